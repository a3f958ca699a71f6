// Delivery that survives reconnects, with a server that speaks steadfast.v1.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "steadfast";
import { CHOOSES, Sessions } from "./support/acknowledging.js";
import { QUICK } from "./support/options.js";
import { startServer } from "./support/servers.js";
import { becomes, next, take, until } from "./support/waiting.js";

/** A server with sessions, and a connection to it. */
async function stage(options = {}) {
  const sessions = new Sessions();
  const server = await startServer(sessions.serve, CHOOSES);
  const conn = connect(server.url, { ...QUICK, protocols: "steadfast.v1", ...options });
  const dropLinks = () => server.clients.forEach((client) => client.terminate());
  const end = async () => {
    await conn.close();
    server.close();
  };
  return { sessions, conn, dropLinks, end };
}

test("a message is kept until the server has acknowledged it", async () => {
  const { sessions, conn, end } = await stage();
  sessions.acknowledges = false;
  conn.send("one");
  conn.send(new Uint8Array([1, 2]));
  await until(() => sessions.heard.length === 2);
  assert.deepEqual([conn.waitingMessages, conn.bufferedAmount], [2, 5]);
  sessions.acknowledges = true;
  conn.send("three");
  await conn.drained();
  assert.equal(conn.waitingMessages, 0);
  assert.deepEqual(sessions.heard, ["one", [1, 2], "three"]);
  await end();
});

test("what a lost link swallowed is sent again, once and in order, and so is what the server had sent", async () => {
  const { sessions, conn, dropLinks, end } = await stage();
  const messages = conn[Symbol.asyncIterator]();
  conn.send("one");
  assert.deepEqual(await take(messages, 1), ["one"]);
  sessions.acknowledges = false;
  conn.send("two");
  assert.deepEqual(await take(messages, 1), ["two"]);
  sessions.isDeaf = true;
  conn.send("three");
  conn.send("four");
  dropLinks();
  await becomes(conn, "RECONNECTING");
  conn.send("five");
  sessions.isDeaf = false;
  sessions.acknowledges = true;
  assert.deepEqual(await take(messages, 3), ["three", "four", "five"]);
  await conn.drained();
  assert.deepEqual(sessions.heard, ["one", "two", "three", "four", "five"]);
  assert.deepEqual(sessions.hellos.map(({ token, received }) => [token, received]), [[undefined, 0], ["token-1", 2]]);
  await end();
});

test("what a server that forgot the session may have got is reported as unknown, and not sent again", async () => {
  const { sessions, conn, dropLinks, end } = await stage();
  await becomes(conn, "CONNECTED");
  sessions.acknowledges = false;
  const sent = [conn.send("one"), conn.send("two")];
  await until(() => sessions.heard.length === 2);
  sessions.forget();
  const told = next(conn, "message.delivery");
  dropLinks();
  const { delivery, count, first, last } = (await told).detail;
  assert.deepEqual([delivery, count, [first, last]], ["unknown", 2, sent]);
  sessions.acknowledges = true;
  conn.send("three");
  await conn.drained();
  assert.deepEqual(sessions.heard, ["one", "two", "three"]);
  await end();
});

test("a text that reads as a message of the sub-protocol is refused", async () => {
  const { conn, end } = await stage();
  await becomes(conn, "CONNECTED");
  assert.throws(() => conn.send('{"steadfast":"ack","received":1}'), { code: "message.reserved" });
  assert.equal(conn.waitingMessages, 0);
  await end();
});

test("a server that breaks the sub-protocol is left", async () => {
  const sessions = new Sessions();
  const behave = (socket) => {
    sessions.serve(socket);
    // The welcome is out by then.
    socket.on("message", () => socket.send('{"steadfast":"ack","received":99}'));
  };
  const server = await startServer(behave, CHOOSES);
  const conn = connect(server.url, { ...QUICK, protocols: "steadfast.v1" });
  assert.deepEqual((await next(conn, "disconnected")).detail.cause, { kind: "protocol_violation" });
  await conn.close();
  server.close();
});
