// The documents of shop's search indexes, as OpenSearch gives them in _source.
// Generated from the model; change the model instead.

/** A number of up to 38 digits in plain notation, such as "42.1". A JavaScript number would lose digits. */
export type Decimal = string;
/** A time in RFC 3339, such as "2026-11-02T09:21:00Z". */
export type Timestamp = string;
/** Bytes in base64. */
export type Base64 = string;

/** What Outflow adds to every document. Readers of the alias see only documents that are not deleted. */
export interface Outflow<Entity extends string> {
  entity: Entity;
  /** Of the newest change in the document; as a text it never falls. */
  version: string;
  /** When that change was made. */
  at: Timestamp | null;
  deleted: boolean;
  tenant: string | null;
  model: string;
  /** Paths of values that their declared types cannot hold, and that are therefore left out. */
  dropped: string[];
  /** Whatever else is here is Outflow's own, and may change. */
  [internal: string]: unknown;
}

/** An element of lines in OrdersDocument: OrderLine. */
export interface OrdersLinesElement {
  order_id: string;
  item_id: string;
  price?: Decimal;
  product_id?: string;
  /** An integer; beyond 2^53 JSON.parse loses digits. */
  qty?: number;
}

/** A document of the index orders: Order. */
export interface OrdersDocument {
  order_id: string;
  created_at?: Timestamp;
  status?: "NEW" | "PAID" | "SHIPPED" | "DONE" | (string & {});
  total?: Decimal;
  user_id?: string;
  /** Sorted by their keys; absent where there is none. */
  lines?: OrdersLinesElement[];
  outflow: Outflow<"Order">;
}

/** A document of the index products: Product. */
export interface ProductsDocument {
  product_id: string;
  description?: string;
  price?: Decimal;
  tags?: Array<string>;
  title: string;
  outflow: Outflow<"Product">;
}

/** A document of the index users: User. */
export interface UsersDocument {
  user_id: string;
  email?: string;
  name?: string;
  outflow: Outflow<"User">;
}

/** The documents by the name of their index. */
export interface Documents {
  "orders": OrdersDocument;
  "products": ProductsDocument;
  "users": UsersDocument;
}
