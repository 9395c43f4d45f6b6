/**
 * A subscriber to the shop's events: it mails each customer once that an order is placed, and keeps the price of each
 * order as it is now. It listens for what a rule of outflow dev's bus posts to it; see ../README.md. In Lambda, give
 * handle what the function is invoked with, or the body of each SQS message.
 */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { ConditionalCheckFailedException, DynamoDBClient, UpdateItemCommand } from "@aws-sdk/client-dynamodb";
import { IdempotencyConfig, makeIdempotent } from "@aws-lambda-powertools/idempotency";
import { DynamoDBPersistenceLayer } from "@aws-lambda-powertools/idempotency/dynamodb";
import { isClaimed, isOrderPlaced, isOrderRepriced } from "../../events/typescript/events.js";
import type { AnyEvent, OrderPlaced, OrderRepriced } from "../../events/typescript/events.js";

const client = new DynamoDBClient({});
const table = process.env.HANDLED_TABLE ?? "handled";

/** Once for each event: by the id in its metadata, never the envelope's, which a retry or replay changes. */
const once = {
  persistenceStore: new DynamoDBPersistenceLayer({ tableName: table, awsSdkV3Client: client }),
  config: new IdempotencyConfig({
    eventKeyJmesPath: "metadata.id",
    throwOnNoIdempotencyKey: true,
    expiresAfterSeconds: 15 * 24 * 3600, // more than a queue keeps a message
    responseHook: (id) => {
      console.log(`again ${id}`);
      return id;
    },
  }),
  keyPrefix: "typescript-mailer",
};

const mail = makeIdempotent(async (order: OrderPlaced): Promise<string> => {
  console.log(`mail to ${order.data.user_id ?? "nobody"}: order ${order.metadata.key.order_id} is placed`);
  return order.metadata.id;
}, once);

/**
 * The latest state is not a matter of idempotency but of versions: one conditional write, which keeps the state with the
 * version it is of, so that a late event changes nothing.
 */
async function keepPrice(order: OrderRepriced): Promise<boolean> {
  try {
    await client.send(new UpdateItemCommand({
      TableName: table,
      Key: { id: { S: `typescript-price/${order.metadata.key.order_id}` } },
      UpdateExpression: "SET #v = :v, #t = :t",
      ConditionExpression: "attribute_not_exists(#v) OR #v < :v",
      ExpressionAttributeNames: { "#v": "version", "#t": "total" },
      ExpressionAttributeValues: { ":v": { S: order.metadata.itemVersion }, ":t": { S: order.data.total ?? "nobody" } },
    }));
    return true;
  } catch (error) {
    if (error instanceof ConditionalCheckFailedException) return false;
    throw error;
  }
}

export async function handle(event: AnyEvent): Promise<void> {
  if (isOrderPlaced(event)) {
    if (isClaimed(event.detail)) throw tooLarge(event);
    await mail(event.detail);
  } else if (isOrderRepriced(event)) {
    if (isClaimed(event.detail)) throw tooLarge(event);
    const { metadata, data } = event.detail;
    const said = (await keepPrice(event.detail)) ? `order ${metadata.key.order_id} costs ${data.total ?? "nobody"}` : `late ${metadata.id}`;
    console.log(said);
  }
}

/** Whoever has large items fetches detail.metadata.claim from S3 here, and compares its SHA-256. */
const tooLarge = (event: AnyEvent) => new Error(`the shop's events are never so large as ${event.detail.metadata.id}`);

const server = createServer(async (request, response) => {
  try {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    await handle(JSON.parse(Buffer.concat(chunks).toString("utf8")) as AnyEvent);
    response.writeHead(200).end();
  } catch (error) {
    console.log(`failed: ${error}`);
    response.writeHead(503).end(); // the bus tries again
  }
});
server.listen(0, "127.0.0.1", () => console.log(`listening on http://127.0.0.1:${(server.address() as AddressInfo).port}`));
