import assert from "node:assert/strict";
import { test } from "node:test";
import { SteadfastWebSocket } from "steadfast";
import { WebSocket } from "ws";
import { startServer } from "./support/servers.js";
import { next, until } from "./support/waiting.js";

const WAITS = { minReconnectionDelay: 5, maxReconnectionDelay: 10 };
const QUICK = { WebSocket, ...WAITS };

/** A server that keeps what it hears; `refuses` closes every link with a code. */
async function listening() {
  const heard = [];
  const behaviour = { code: undefined };
  const server = await startServer((socket) => {
    if (behaviour.code) return socket.close(behaviour.code);
    socket.on("message", (data) => heard.push(String(data)));
  });
  return { heard, server, behaviour };
}

/** Reconnects, and sees that exactly this arrives, and that nothing is buffered then. */
async function arrives(socket, heard, expected) {
  assert.equal(socket.bufferedAmount, expected.join("").length);
  socket.reconnect();
  assert.equal(socket.bufferedAmount, expected.join("").length);
  await until(() => heard.length >= expected.length);
  assert.deepEqual(heard, expected);
  await until(() => socket.bufferedAmount === 0);
  socket.close();
}

test("what is sent with startClosed is sent after reconnect()", async () => {
  const { heard, server } = await listening();
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, startClosed: true });
  for (const text of ["one", "two"]) socket.send(text);
  await arrives(socket, heard, ["one", "two"]);
  server.close();
});

test("what is sent after close() is sent after reconnect()", async () => {
  const { heard, server } = await listening();
  const socket = new SteadfastWebSocket(server.url, [], QUICK);
  await next(socket, "open");
  socket.close();
  socket.send("closing");
  await next(socket, "close");
  socket.send("closed");
  await arrives(socket, heard, ["closing", "closed"]);
  server.close();
});

test("what waits at close() is sent after reconnect()", async () => {
  const { heard, server } = await listening();
  const socket = new SteadfastWebSocket(server.url, [], QUICK);
  socket.send("waits");
  socket.close();
  socket.send("later");
  await next(socket, "close");
  await arrives(socket, heard, ["waits", "later"]);
  server.close();
});

test("what waits between two links at close() is sent after reconnect()", async () => {
  const { heard, server } = await listening();
  const socket = new SteadfastWebSocket("ws://127.0.0.1:1/", [], { WebSocket, minReconnectionDelay: 60_000 });
  await next(socket, "close");
  socket.send("waits");
  socket.close();
  assert.equal(socket.bufferedAmount, 5);
  server.close();
  assert.deepEqual(heard, []);
});

test("what is sent before and after the retries ran out is sent after reconnect()", async () => {
  const { heard, server } = await listening();
  let refused = 0;
  class Refusing extends WebSocket {
    constructor(url, ...rest) {
      super(refused++ < 2 ? "ws://127.0.0.1:1/" : url, ...rest);
    }
  }
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, WebSocket: Refusing, maxRetries: 1 });
  socket.send("before");
  await next(socket, "close");
  await next(socket, "close");
  assert.equal(socket.readyState, 3);
  await until(() => socket.connection.state.status !== "RECONNECTING");
  socket.send("after");
  await arrives(socket, heard, ["before", "after"]);
  server.close();
});

test("what is sent after a close code that is final is sent after reconnect()", async () => {
  const { heard, server, behaviour } = await listening();
  behaviour.code = 4400;
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, fatalCloseCodes: [4400] });
  await next(socket, "close");
  await until(() => socket.connection.state.status !== "CONNECTED");
  socket.send("kept");
  behaviour.code = undefined;
  await arrives(socket, heard, ["kept"]);
  server.close();
});

test("a buffer that is kept is as it was when it was sent, and a ttl is none of the class", async () => {
  const { heard, server } = await listening();
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, startClosed: true });
  const bytes = new TextEncoder().encode("abc");
  socket.send(bytes);
  bytes.fill(0);
  await arrives(socket, heard, ["abc"]);
  server.close();
});

test("what was lost with its socket is not sent again", async () => {
  const { heard, server } = await listening();
  const socket = new SteadfastWebSocket(server.url, [], QUICK);
  await next(socket, "open");
  socket.send("once");
  await until(() => heard.length === 1);
  socket.close();
  await next(socket, "close");
  socket.send("twice");
  socket.reconnect();
  await until(() => heard.length === 2);
  assert.deepEqual(heard, ["once", "twice"]);
  socket.close();
  server.close();
});
