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

/** An element of parts_of in AllThingsDocument: ThingPart. */
export interface AllThingsPartsOfElement {
  id: string;
  /** An integer; beyond 2^53 JSON.parse loses digits. */
  n: number;
  part: string;
  note?: string;
}

/** A document of the index all-things: Thing. */
export interface AllThingsDocument {
  id: string;
  /** An integer; beyond 2^53 JSON.parse loses digits. */
  n: number;
  active?: boolean;
  at?: Timestamp;
  bytes?: Base64;
  /** An integer; beyond 2^53 JSON.parse loses digits. */
  count?: number;
  grid?: Array<Array<number>>;
  labels?: Record<string, {
    delete?: boolean;
  }>;
  price?: Decimal;
  ratio?: number;
  size: {
    deep?: {
      stops?: Array<{
        city?: string;
      }>;
    };
    w?: number;
  };
  state?: "A" | "quote \" and \\" | "line" | (string & {});
  tags?: Array<string>;
  title: string;
  /** Sorted by their keys; absent where there is none. */
  parts_of?: AllThingsPartsOfElement[];
  outflow: Outflow<"Thing">;
}

/** An element of parts_of in AllThingsDocument2: ThingPart. */
export interface AllThingsPartsOfElement2 {
  id: string;
  /** An integer; beyond 2^53 JSON.parse loses digits. */
  n: number;
  part: string;
  note?: string;
}

/** A document of the index all_things: Thing. */
export interface AllThingsDocument2 {
  id: string;
  /** An integer; beyond 2^53 JSON.parse loses digits. */
  n: number;
  active?: boolean;
  at?: Timestamp;
  bytes?: Base64;
  /** An integer; beyond 2^53 JSON.parse loses digits. */
  count?: number;
  grid?: Array<Array<number>>;
  labels?: Record<string, {
    delete?: boolean;
  }>;
  price?: Decimal;
  ratio?: number;
  size: {
    deep?: {
      stops?: Array<{
        city?: string;
      }>;
    };
    w?: number;
  };
  state?: "A" | "quote \" and \\" | "line" | (string & {});
  tags?: Array<string>;
  title: string;
  /** Sorted by their keys; absent where there is none. */
  parts_of?: AllThingsPartsOfElement2[];
  outflow: Outflow<"Thing">;
}

/** An element of parts_of in ThingsDocument: ThingPart. */
export interface ThingsPartsOfElement {
  id: string;
  /** An integer; beyond 2^53 JSON.parse loses digits. */
  n: number;
  part: string;
  note?: string;
}

/** A document of the index things: Thing. */
export interface ThingsDocument {
  id: string;
  /** An integer; beyond 2^53 JSON.parse loses digits. */
  n: number;
  active?: boolean;
  at?: Timestamp;
  bytes?: Base64;
  /** An integer; beyond 2^53 JSON.parse loses digits. */
  count?: number;
  grid?: Array<Array<number>>;
  labels?: Record<string, {
    delete?: boolean;
  }>;
  price?: Decimal;
  ratio?: number;
  shown?: {
    city?: string;
  };
  size: {
    deep?: {
      stops?: Array<{
        city?: string;
      }>;
    };
    w?: number;
  };
  state?: "A" | "quote \" and \\" | "line" | (string & {});
  tags?: Array<string>;
  title: string;
  /** Sorted by their keys; absent where there is none. */
  parts_of?: ThingsPartsOfElement[];
  outflow: Outflow<"Thing">;
}

/** The documents by the name of their index. */
export interface Documents {
  "all-things": AllThingsDocument;
  "all_things": AllThingsDocument2;
  "things": ThingsDocument;
}
