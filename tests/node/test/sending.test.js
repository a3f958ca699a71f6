import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, SteadfastError } from "steadfast";
import { QUICK } from "./support/options.js";
import { echo, startServer } from "./support/servers.js";
import { becomes, take, until } from "./support/waiting.js";

const bytes = (buffer) => [...new Uint8Array(buffer)];

test("texts, buffers, views and blobs go out and come back as they are", async () => {
  const server = await startServer(echo);
  const conn = connect(server.url, QUICK);
  const messages = conn[Symbol.asyncIterator]();
  const send = async () => {
    conn.send("héllo 😀");
    conn.send(new Uint8Array([1, 2, 3]).buffer);
    conn.send(new Uint8Array([0, 1, 2, 3, 4]).subarray(1, 4));
    conn.send(new Blob(["blob"]));
    const [text, buffer, view, blob] = await take(messages, 4);
    assert.equal(text, "héllo 😀");
    assert.deepEqual([bytes(buffer), bytes(view)], [[1, 2, 3], [1, 2, 3]]);
    assert.equal(new TextDecoder().decode(blob), "blob");
  };
  await send();
  assert.equal(conn.state.status, "CONNECTED");
  await send();
  await conn.close();
  server.close();
});

test("a buffer that waits is sent as it was, whatever its owner does with it", async () => {
  const server = await startServer(echo);
  const conn = connect(server.url, QUICK);
  const buffer = new Uint8Array([1, 2, 3]);
  conn.send(buffer);
  buffer.fill(9);
  const [message] = await take(conn[Symbol.asyncIterator](), 1);
  assert.deepEqual(bytes(message), [1, 2, 3]);
  await conn.close();
  server.close();
});

test("an outbox refuses one message too many, and keeps what it has", async () => {
  const conn = connect("ws://127.0.0.1:1/", { ...QUICK, outbox: { maxMessages: 2 } });
  conn.send("one");
  await becomes(conn, "RECONNECTING");
  conn.send("two");
  assert.throws(() => conn.send("three"), { name: "SteadfastError", code: "outbox.full" });
  assert.equal(conn.waitingMessages, 2);
  await conn.close();
});

test("an outbox counts the bytes of UTF-8", async () => {
  const conn = connect("ws://127.0.0.1:1/", { ...QUICK, outbox: { maxBytes: 1000 } });
  let sum = 0;
  for (const text of ["ascii", "é", "€", "😀", "a😀é€", "\ud800", "x\udc00y", "\ud83dx"]) {
    conn.send(text);
    sum += new TextEncoder().encode(text).length;
    assert.equal(conn.bufferedAmount, sum, JSON.stringify(text));
  }
  assert.throws(() => conn.send("é".repeat(500)), (error) => error instanceof SteadfastError);
  await conn.close();
});

test("what is no message is refused and nothing is sent", async () => {
  const server = await startServer(echo);
  const conn = connect(server.url, QUICK);
  await becomes(conn, "CONNECTED");
  for (const wrong of [undefined, null, 1, true, {}, [1]]) {
    assert.throws(() => conn.send(wrong), { name: "SteadfastError", code: "message.type" });
  }
  assert.equal(conn.waitingMessages, 0);
  await conn.close();
  assert.throws(() => conn.send("late"), { code: "connection.closed" });
  server.close();
});

test("a message sent from a listener takes its place behind those that wait", async () => {
  const server = await startServer(echo);
  const conn = connect(server.url, QUICK);
  const messages = conn[Symbol.asyncIterator]();
  conn.addEventListener("status.changed", (event) => {
    if (event.detail.to === "CONNECTED") conn.send("third");
  });
  conn.send("first");
  conn.send("second");
  assert.deepEqual(await take(messages, 3), ["first", "second", "third"]);
  await conn.close();
  server.close();
});

test("a socket that is about to close gets no message; it waits for the next one", async () => {
  let sockets = 0;
  const server = await startServer((socket) => {
    sockets += 1;
    echo(socket);
  });
  let current;
  class Watched extends QUICK.WebSocket {
    constructor(...given) {
      super(...given);
      current = this;
    }
  }
  const conn = connect(server.url, { ...QUICK, WebSocket: Watched });
  const messages = conn[Symbol.asyncIterator]();
  await becomes(conn, "CONNECTED");
  current.close();
  conn.send("kept");
  assert.equal(conn.waitingMessages, 1);
  assert.deepEqual(await take(messages, 1), ["kept"]);
  await until(() => sockets === 2);
  await conn.close();
  server.close();
});

test("a burst beyond the bounds of the outbox goes out from a listener for open, as the link is up", async () => {
  const server = await startServer(echo);
  const conn = connect(server.url, { ...QUICK, outbox: { maxMessages: 2, maxBytes: 1000 } });
  const messages = conn[Symbol.asyncIterator]();
  conn.addEventListener("open", () => {
    for (let i = 0; i < 20; i++) conn.send(`${i}`.padEnd(500));
  });
  const heard = await take(messages, 20);
  assert.deepEqual(heard.map(Number), [...Array(20).keys()]);
  await conn.close();
  server.close();
});
