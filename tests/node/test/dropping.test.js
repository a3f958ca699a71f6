// The fate of messages that cannot wait.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "steadfast";
import { QUICK } from "./support/options.js";
import { echo, startServer } from "./support/servers.js";
import { becomes, next, take } from "./support/waiting.js";

/** A connection that has no link, and what it tells of deliveries. */
async function without(outbox) {
  const conn = connect("ws://127.0.0.1:1/", { ...QUICK, outbox });
  const told = [];
  conn.addEventListener("message.delivery", ({ detail }) => told.push([detail.delivery, detail.first, detail.last]));
  await becomes(conn, "RECONNECTING");
  return { conn, told };
}

test("the oldest go, if they shall", async () => {
  const { conn, told } = await without({ maxMessages: 2, overflow: "drop-oldest" });
  ["one", "two", "three"].forEach((message) => conn.send(message));
  assert.deepEqual(told, [["dropped", 0, 0]]);
  assert.deepEqual([conn.waitingMessages, conn.bufferedAmount], [2, 8]);
  await conn.close();
});

test("the newest goes, if it shall", async () => {
  const { conn, told } = await without({ maxBytes: 8, overflow: "drop-newest" });
  ["four", "five", "!"].forEach((message) => conn.send(message));
  assert.deepEqual(told, [["dropped", 2, 2]]);
  assert.deepEqual([conn.waitingMessages, conn.bufferedAmount], [2, 8]);
  await conn.close();
});

test("one that could never wait is refused, whatever shall be dropped", async () => {
  const { conn, told } = await without({ maxBytes: 3, overflow: "drop-oldest" });
  conn.send("one");
  assert.throws(() => conn.send("four"), { code: "outbox.full" });
  assert.deepEqual([conn.waitingMessages, told], [1, []]);
  await conn.close();
});

test("a message that is worth nothing any more is dropped, and an event says so", async () => {
  const { conn } = await without({ ttl: 60_000 });
  conn.send("lasting");
  const fleeting = conn.send("fleeting", { ttl: 20 });
  const { detail } = await next(conn, "message.delivery");
  assert.deepEqual([detail.delivery, detail.first, detail.last], ["expired", fleeting, fleeting]);
  assert.equal(conn.waitingMessages, 1);
  await conn.close();
});

test("a time to live that is none is refused", async () => {
  const { conn } = await without();
  for (const [ttl, code] of [[0, "config.out_of_range"], [86_400_001, "config.out_of_range"], ["1", "config.type"]]) {
    assert.throws(() => conn.send("x", { ttl }), { code, field: "ttl" });
  }
  assert.equal(conn.waitingMessages, 0);
  await conn.close();
});

test("whoever waits until all has been sent is told, and so is whoever waits in vain", async () => {
  const server = await startServer(echo);
  const conn = connect(server.url, QUICK);
  conn.send("one");
  await conn.drained();
  assert.equal(conn.waitingMessages, 0);
  assert.deepEqual(await take(conn[Symbol.asyncIterator](), 1), ["one"]);
  await conn.drained();
  await conn.close();
  server.close();

  const { conn: lost } = await without();
  lost.send("never");
  const drained = lost.drained();
  await lost.close();
  await assert.rejects(drained, { code: "connection.closed" });
});
