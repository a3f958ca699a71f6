// What waits behind a peer that does not read.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SteadfastWebSocket, connect } from "steadfast";
import { CHOOSES, Sessions } from "./support/acknowledging.js";
import { QUICK } from "./support/options.js";
import { startServer } from "./support/servers.js";
import { becomes, next, pause, until } from "./support/waiting.js";

/** More than lies in a socket's buffer before messages wait. */
const BLOCK = new Uint8Array(1 << 18);
/** More than the buffers of the system take, as a number of blocks: 64 MiB. */
const MOST_BLOCKS = 256;

/** A connection to a server that reads nothing before the test lets it; and the texts that the server gets. */
async function mute(options) {
  const got = [];
  let peer;
  const server = await startServer((socket) => {
    peer = socket;
    socket.pause();
    socket.on("message", (data, isBinary) => isBinary || got.push(String(data)));
  });
  const conn = connect(server.url, { ...QUICK, ...options });
  const told = [];
  conn.addEventListener("message.delivery", ({ detail }) => told.push([detail.delivery, detail.first]));
  await becomes(conn, "CONNECTED");
  await until(() => peer);
  return { conn, got, told, read: () => peer.resume(), end: () => conn.close({ timeout: 0 }).then(() => server.close()) };
}

/** Sends blocks until messages wait, since no buffer takes more. */
async function fill(conn) {
  for (let sent = 0; conn.waitingMessages === 0; sent++) {
    assert.ok(sent < MOST_BLOCKS, "the socket takes everything");
    conn.send(BLOCK);
    await pause(2);
    // The system may take what was not taken at once.
    if (conn.waitingMessages > 0) await pause(300);
  }
}

test("behind a peer that does not read, the oldest are dropped", async () => {
  const { conn, got, told, read, end } = await mute({ outbox: { maxMessages: 3, overflow: "drop-oldest" } });
  await fill(conn);
  const numbers = ["one", "two", "three", "four", "five"].map((message) => conn.send(message));
  assert.deepEqual([conn.waitingMessages, told.slice(-2)], [3, [["dropped", numbers[0]], ["dropped", numbers[1]]]]);
  read();
  await conn.drained();
  await until(() => got.length === 3);
  assert.deepEqual(got, ["three", "four", "five"]);
  await end();
});

test("behind a peer that does not read, messages expire", async () => {
  const { conn, got, told, read, end } = await mute({ outbox: { ttl: 60_000 } });
  await fill(conn);
  const fleeting = conn.send("fleeting", { ttl: 50 });
  conn.send("lasting");
  await next(conn, "message.delivery");
  assert.deepEqual(told, [["expired", fleeting]]);
  read();
  await until(() => got.length > 0);
  assert.deepEqual(got, ["lasting"]);
  await end();
});

test("a limit of a single message holds behind what the socket has taken", async () => {
  const { conn, got, told, read, end } = await mute();
  // The socket takes everything that has no limit.
  for (let sent = 0; sent < MOST_BLOCKS / 4; sent++) conn.send(BLOCK);
  assert.equal(conn.waitingMessages, 0);
  const fleeting = conn.send("fleeting", { ttl: 50 });
  conn.send("after it");
  assert.equal(conn.waitingMessages, 2);
  await until(() => told.length > 0);
  assert.deepEqual(told, [["expired", fleeting]]);
  read();
  await until(() => got.length > 0);
  assert.deepEqual(got, ["after it"]);
  await end();
});

test("a burst that only a buffer takes is refused no more than before, whatever limit its messages have", async () => {
  for (const outbox of [{ maxBytes: 1 << 20 }, { maxBytes: 1 << 20, ttl: 60_000 }, { maxMessages: 2, ttl: 60_000 }]) {
    const { conn, got, told, read, end } = await mute({ outbox });
    for (let sent = 0; sent < MOST_BLOCKS / 4; sent++) conn.send(BLOCK);
    for (let sent = 0; sent < 100; sent++) conn.send(String(sent));
    assert.ok(conn.bufferedAmount > 1 << 20);
    read();
    await until(() => got.length === 100);
    assert.deepEqual([got, told], [Array.from({ length: 100 }, (_, sent) => String(sent)), []]);
    await end();
  }
});

test("a close hands over what is held back", async () => {
  const { conn, got, read, end } = await mute({ outbox: { overflow: "drop-oldest" } });
  await fill(conn);
  conn.send("bye");
  const closed = conn.close();
  assert.equal(conn.waitingMessages, 0);
  read();
  await closed;
  await until(() => got.length > 0);
  assert.deepEqual(got, ["bye"]);
  await end();
});

test("a link that is lost loses nothing of what is held back", async () => {
  const got = [];
  let links = 0;
  const server = await startServer((socket) => {
    if (++links === 1) return socket.pause();
    socket.on("message", (data, isBinary) => isBinary || got.push(String(data)));
  });
  const conn = connect(server.url, { ...QUICK, outbox: { overflow: "drop-oldest" } });
  await becomes(conn, "CONNECTED");
  await fill(conn);
  ["one", "two"].forEach((message) => conn.send(message));
  for (const client of server.clients) client.terminate();
  await until(() => got.length === 2);
  assert.deepEqual(got, ["one", "two"]);
  await conn.close();
  server.close();
});

test("messages that a server would acknowledge expire behind it, and the others arrive once and in order", async () => {
  const sessions = new Sessions();
  let peer;
  const server = await startServer((socket) => {
    peer = socket;
    sessions.serve(socket);
  }, CHOOSES);
  const outbox = { maxBytes: 1 << 30, ttl: 60_000 };
  const conn = connect(server.url, { ...QUICK, protocols: ["steadfast.v1"], outbox });
  await becomes(conn, "CONNECTED");
  peer.pause();
  const blocks = Array.from({ length: MOST_BLOCKS / 4 }, (_, block) => String(block).padEnd(BLOCK.length));
  for (const block of blocks) conn.send(block);
  const fleeting = conn.send("fleeting", { ttl: 50 });
  conn.send("lasting");
  const { detail } = await next(conn, "message.delivery");
  assert.deepEqual([detail.delivery, detail.first, detail.last], ["expired", fleeting, fleeting]);
  peer.resume();
  await conn.drained();
  assert.deepEqual(sessions.heard, [...blocks, "lasting"]);
  await conn.close();
  server.close();
});

test("the close of the drop-in class hands over what is held back", async () => {
  const got = [];
  let peer;
  const server = await startServer((socket) => {
    peer = socket;
    socket.pause();
    socket.on("message", (data, isBinary) => isBinary || got.push(String(data)));
  });
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, outbox: { overflow: "drop-oldest" } });
  await next(socket, "open");
  await until(() => peer);
  await fill(socket.connection);
  socket.send("bye");
  assert.ok(socket.connection.waitingMessages > 0);
  socket.close();
  peer.resume();
  const { code } = await next(socket, "close");
  assert.deepEqual([got, code], [["bye"], 1005]);
  server.close();
});
