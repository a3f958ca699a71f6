import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { connect, SteadfastWebSocket } from "steadfast";
import { WebSocket } from "ws";
import { QUICK } from "./support/options.js";
import { startServer } from "./support/servers.js";
import { becomes, pause, until } from "./support/waiting.js";

const { cases } = JSON.parse(readFileSync(new URL("../../conformance/outbox.json", import.meta.url)));

/** A store whose answer keeps the driver from beginning until `open()`. */
function closedStore() {
  let open;
  const opened = new Promise((resolve) => (open = resolve));
  return { open, load: () => opened.then(() => undefined), save: () => {}, remove: () => {} };
}

/** A server that keeps what it hears. */
async function listening(options) {
  const heard = [];
  const server = await startServer((socket) => socket.on("message", (data) => heard.push(String(data))), options);
  return { heard, server };
}

/** Connections in each state in which messages wait: before the driver has begun, and while nobody can be reached. */
const STATES = {
  "before the module runs": (options) => connect("ws://127.0.0.1:1/", { ...QUICK, ...options, persist: closedStore() }),
  "while there is no link": (options) => connect("ws://127.0.0.1:1/", { ...QUICK, ...options }),
};

for (const [state, open] of Object.entries(STATES)) {
  for (const { name, outbox, sends, waiting, dropped = [], refused = {} } of cases) {
    test(`${state}: ${name}`, async () => {
      const conn = open({ outbox });
      const lost = [];
      const sending = new AbortController();
      conn.addEventListener("message.delivery", ({ detail }) => lost.push(detail), { signal: sending.signal });
      const places = [];
      const texts = {};
      for (const [place, bytes] of sends.entries()) {
        try {
          places[conn.send("x".repeat(bytes))] = place;
        } catch (error) {
          assert.equal(error.code, "outbox.full");
          texts[place] = error.message;
        }
      }
      await pause(0);
      // close() tells of the rest.
      sending.abort();
      assert.deepEqual(lost.map(({ first }) => places[first]), dropped);
      for (const { delivery, count, first, last } of lost) assert.deepEqual([delivery, count, last], ["dropped", 1, first]);
      assert.deepEqual(texts, refused);
      assert.equal(conn.waitingMessages, waiting.length);
      assert.equal(conn.bufferedAmount, waiting.reduce((sum, place) => sum + sends[place], 0));
      await conn.close({ timeout: 0 });
    });
  }

  for (const ttl of [-5, 0, -0, NaN, Infinity, -Infinity, 86_400_001, "5", null, {}, 5n]) {
    test(`${state}: a ttl of ${typeof ttl === "object" ? JSON.stringify(ttl) : `${typeof ttl} ${ttl}`} is refused`, async () => {
      const conn = open({});
      const code = typeof ttl === "number" ? "config.out_of_range" : "config.type";
      assert.throws(() => conn.send("x", { ttl }), { code, field: "ttl" });
      assert.equal(conn.waitingMessages, 0);
      await conn.close({ timeout: 0 });
    });
  }

  test(`${state}: options that are no object, and what is no message, are refused`, async () => {
    const conn = open({});
    assert.throws(() => conn.send("x", 5), { code: "config.type", field: "options" });
    for (const data of [5, null, undefined, {}, []]) assert.throws(() => conn.send(data), { code: "message.type" });
    assert.equal(conn.send("x"), 0);
    await conn.close({ timeout: 0 });
  });

  test(`${state}: a text that reads as a control frame is refused where steadfast.v1 is offered`, async () => {
    for (const protocols of [["steadfast.v1"], () => ["steadfast.v1"]]) {
      const conn = open({ protocols });
      assert.throws(() => conn.send('{"steadfast":"ack","received":1}'), { code: "message.reserved" });
      assert.equal(conn.waitingMessages, 0);
      await conn.close({ timeout: 0 });
    }
    const conn = open({ protocols: ["chat"] });
    assert.equal(conn.send('{"steadfast":"ack","received":1}'), 0);
    await conn.close({ timeout: 0 });
  });
}

test("while the link is up the same is refused as before", async () => {
  const { server } = await listening({ handleProtocols: () => "chat" });
  const conn = connect(server.url, { ...QUICK, protocols: ["steadfast.v1", "chat"] });
  await becomes(conn, "CONNECTED");
  for (const ttl of [-5, 0, NaN, "5", null]) assert.throws(() => conn.send("x", { ttl }), { field: "ttl" });
  assert.throws(() => conn.send("x", "5"), { code: "config.type", field: "options" });
  assert.throws(() => conn.send('{"steadfast":1}'), { code: "message.reserved" });
  assert.throws(() => conn.send(5), { code: "message.type" });
  assert.equal(conn.send("x", { ttl: 5 }), 0);
  await conn.close({ timeout: 0 });
  server.close();
});

test("what a listener of message.delivery sends before the module runs takes no other message's place", async () => {
  const { heard, server } = await listening();
  const persist = closedStore();
  const conn = connect(server.url, { ...QUICK, persist, outbox: { maxMessages: 3, overflow: "drop-oldest" } });
  const numbers = [];
  let nested = 0;
  conn.addEventListener("message.delivery", ({ detail }) => {
    if (nested++ < 2) numbers.push(conn.send(`instead of ${detail.first}`));
  });
  for (let n = 0; n < 4; n++) numbers.push(conn.send(`message ${n}`));
  assert.equal(new Set(numbers).size, numbers.length);
  assert.equal(conn.waitingMessages, 3);
  persist.open();
  await until(() => heard.length === 3);
  assert.deepEqual(heard, ["message 3", "instead of 0", "instead of 1"]);
  await conn.close();
  server.close();
});

test("a message that has expired before the module runs gives its room to another, and never arrives", async () => {
  const { heard, server } = await listening();
  const persist = closedStore();
  const conn = connect(server.url, { ...QUICK, persist, outbox: { maxMessages: 1, ttl: 20 } });
  const told = [];
  conn.addEventListener("message.delivery", ({ detail }) => told.push([detail.delivery, detail.first]));
  conn.send("old");
  await pause(30);
  conn.send("new", { ttl: 60_000 });
  assert.deepEqual(told, [["expired", 0]]);
  persist.open();
  await until(() => heard.length > 0);
  assert.deepEqual(heard, ["new"]);
  await conn.close();
  server.close();
});

test("a SteadfastWebSocket that starts closed keeps by the same bounds, and counts the rest as a WebSocket does", async () => {
  const { heard, server } = await listening();
  const socket = new SteadfastWebSocket(server.url, [], { WebSocket, startClosed: true, maxEnqueuedMessages: 2 });
  for (const text of ["one", "two", "three"]) socket.send(text);
  assert.equal(socket.bufferedAmount, 11);
  socket.reconnect();
  assert.equal(socket.bufferedAmount, 6);
  await until(() => heard.length === 2);
  assert.deepEqual(heard, ["one", "two"]);
  await until(() => socket.bufferedAmount === 0);
  socket.close();
  server.close();
});
