// A shop that keeps its items with ElectroDB. Run with a phase of the shop's life, it writes what happens in it; then it
// prints, as ElectroDB reads them back: all orders, all customers, and one collection.
//
//   node shop.cjs first|second    (environment: TABLE, ENDPOINT)
"use strict";
const { DynamoDBClient } = require("@aws-sdk/client-dynamodb");
const { Entity, Service } = require("electrodb");

const client = new DynamoDBClient({ endpoint: process.env.ENDPOINT, region: "us-east-1" });
const options = { client, table: process.env.TABLE };

const order = new Entity({
  model: { entity: "order", version: "1", service: "shop" },
  attributes: {
    orderId: { type: "string", required: true },
    customerId: { type: "string", required: true },
    status: { type: ["NEW", "PAID", "SHIPPED"], default: "NEW" },
    total: { type: "number" },
    gift: { type: "boolean" },
    note: { type: "string", field: "nt" },
    tags: { type: "set", items: "string" },
    steps: { type: "list", items: { type: "string" } },
    address: { type: "map", properties: { city: { type: "string" }, zip: { type: "string" } } },
  },
  indexes: {
    primary: { pk: { field: "pk", composite: ["orderId"] }, sk: { field: "sk", composite: [] } },
    account: {
      collection: "account", index: "gsi1",
      pk: { field: "gsi1pk", composite: ["customerId"] }, sk: { field: "gsi1sk", composite: ["orderId"] },
    },
  },
}, options);

const customer = new Entity({
  model: { entity: "customer", version: "1", service: "shop" },
  attributes: {
    customerId: { type: "string", required: true },
    name: { type: "string" },
    visits: { type: "number" },
  },
  indexes: {
    primary: { pk: { field: "pk", composite: ["customerId"] }, sk: { field: "sk", composite: [] } },
    account: {
      collection: "account", index: "gsi1",
      pk: { field: "gsi1pk", composite: ["customerId"] }, sk: { field: "gsi1sk", composite: [] },
    },
  },
}, options);

const service = new Service({ order, customer });

const phases = {
  async first() {
    await customer.create({ customerId: "Cu-1", name: "Ann Lee", visits: 1 }).go();
    await customer.put({ customerId: "cu-2", name: "Bo Chen" }).go();
    await order.create({
      orderId: "Ab", customerId: "Cu-1", total: 84.2, gift: false, note: "ring twice", tags: ["b", "a"],
      steps: ["placed"], address: { city: "Zürich", zip: "8001" },
    }).go();
    await order.create({ orderId: "gone", customerId: "Cu-1", total: 1 }).go();
    await order.create({ orderId: "again", customerId: "Cu-1", total: 2, note: "first life" }).go();
    await order.create({ orderId: "A/b|c%25#d é", customerId: "cu-2", total: 0.000001 }).go();
  },
  async second() {
    await order.patch({ orderId: "Ab" }).set({ status: "PAID", total: 99.95 }).append({ steps: ["paid"] }).go();
    // Keys are written in lower case: Ab and aB are one item, whose attributes say aB from now on.
    await order.put({ orderId: "aB", customerId: "cu-2", status: "SHIPPED", total: 5, tags: ["c"] }).go();
    await order.patch({ orderId: "aB" }).add({ tags: ["d", "e"] }).remove(["total"]).go();
    await order.patch({ orderId: "aB" }).delete({ tags: ["c"] }).go();
    await order.delete({ orderId: "GONE" }).go();
    await order.delete({ orderId: "again" }).go();
    await order.create({ orderId: "Again", customerId: "cu-2", address: { city: "Bern" } }).go();
    await customer.update({ customerId: "CU-1" }).add({ visits: 2 }).go();
    await customer.upsert({ customerId: "cu-3", name: "Chi" }).go();
    await service.transaction.write(({ order, customer }) => [
      order.create({ orderId: "tx", customerId: "cu-3" }).commit(),
      customer.patch({ customerId: "cu-3" }).set({ visits: 1 }).commit(),
    ]).go();
  },
};

async function main() {
  await phases[process.argv[2]]();
  const all = async (entity) => (await entity.scan.go({ pages: "all" })).data;
  const account = (await service.collections.account({ customerId: "cu-2" }).go({ pages: "all" })).data;
  console.log(JSON.stringify({ orders: await all(order), customers: await all(customer), account }));
}

main().catch((fault) => {
  console.error(fault);
  process.exitCode = 1;
});
