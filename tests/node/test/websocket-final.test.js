// After which close codes a SteadfastWebSocket comes back: all, unless its user says which are final.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SteadfastWebSocket } from "steadfast";
import { WebSocket } from "ws";
import { echo, startServer } from "./support/servers.js";
import { next, until } from "./support/waiting.js";

const QUICK = { WebSocket, minReconnectionDelay: 20, maxReconnectionDelay: 100 };

/** A server that closes its first links with these codes, one each, and then echoes. */
async function closing(t, codes) {
  const links = [...codes];
  const server = await startServer((peer) => (links.length > 0 ? peer.close(links.shift(), "no") : echo(peer)));
  t.after(() => server.close());
  return server;
}

/** Waits until there were that many close events, and there will be no further dial. */
async function ended(socket, closes, count) {
  await until(() => closes.length === count && socket.connection.state.status === "DISCONNECTED");
}

function open(t, server, options) {
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, ...options });
  t.after(() => socket.close());
  const closes = [];
  socket.addEventListener("close", ({ code }) => closes.push(code));
  return { socket, closes };
}

test("a socket comes back after every close code", async (t) => {
  const codes = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 3000, 3003, 4000, 4401, 4403, 4409];
  const server = await closing(t, codes);
  const { socket, closes } = open(t, server, { retry: { type: "FIXED", fixedDelay: 10 } });
  await until(() => closes.length === codes.length && socket.readyState === 1);
  assert.deepEqual(closes, codes);
  socket.send("hello");
  assert.equal((await next(socket, "message")).data, "hello");
});

test("the codes that its user names are final, and reconnect() begins again", async (t) => {
  const server = await closing(t, [1008, 4001]);
  const { socket, closes } = open(t, server, { fatalCloseCodes: [4001] });
  await ended(socket, closes, 2);
  assert.deepEqual([closes, socket.readyState], [[1008, 4001], 3]);
  socket.reconnect();
  await next(socket, "open");
});

test("a function decides whether a socket comes back, told what the close event says", async (t) => {
  const server = await closing(t, [1011, 4001, 1000]);
  const asked = [];
  const shouldReconnect = (close) => {
    asked.push(close);
    return close.code !== 1000;
  };
  const { socket, closes } = open(t, server, { shouldReconnect });
  await ended(socket, closes, 3);
  assert.deepEqual(closes, [1011, 4001, 1000]);
  assert.deepEqual(asked, closes.map((code) => ({ code, reason: "no", wasClean: true })));
});

test("a function is asked after a dial that failed, too", async () => {
  const asked = [];
  const shouldReconnect = ({ code }) => asked.push(code) < 3;
  const socket = new SteadfastWebSocket("ws://127.0.0.1:1/", [], { ...QUICK, shouldReconnect });
  const closes = [];
  socket.addEventListener("close", ({ code }) => closes.push(code));
  await ended(socket, closes, 3);
  assert.deepEqual([asked, closes], [[1006, 1006, 1006], [1006, 1006, 1006]]);
});

test("the name that partysocket has for the function is understood, and the own name counts", async () => {
  const never = () => false;
  for (const options of [{ shouldReconnectOnClose: never }, { shouldReconnectOnClose: () => true, shouldReconnect: never }]) {
    const socket = new SteadfastWebSocket("ws://127.0.0.1:1/", [], { ...QUICK, ...options });
    const states = [];
    socket.addEventListener("close", () => states.push(socket.shouldReconnect));
    await until(() => states.length > 0);
    assert.deepEqual(states, [false]);
  }
});

test("a function that throws ends nothing, and its error is told", async (t) => {
  const server = await closing(t, [4001]);
  const shouldReconnect = () => {
    throw new Error("undecided");
  };
  const { socket, closes } = open(t, server, { shouldReconnect });
  const errors = [];
  socket.addEventListener("error", ({ error }) => errors.push(error.message));
  await until(() => closes.length === 1 && socket.readyState === 1);
  assert.deepEqual(errors, ["undecided"]);
});

test("what is no function is refused", () => {
  const open = (shouldReconnect) => new SteadfastWebSocket("ws://127.0.0.1:1/", [], { ...QUICK, shouldReconnect });
  for (const wrong of [true, null, "yes", 1]) {
    assert.throws(() => open(wrong), { code: "config.type", field: "shouldReconnect" });
    const other = { ...QUICK, shouldReconnectOnClose: wrong };
    const field = "shouldReconnectOnClose";
    assert.throws(() => new SteadfastWebSocket("ws://127.0.0.1:1/", [], other), { code: "config.type", field });
  }
});

test("maxRetries ends a socket whose server closes each link", async (t) => {
  const server = await closing(t, Array(20).fill(1008));
  const { socket, closes } = open(t, server, { maxRetries: 3 });
  await ended(socket, closes, 4);
  assert.deepEqual(closes, [1008, 1008, 1008, 1008]);
});

test("a socket whose address is a function asks for a fresh token after a close for a policy", async (t) => {
  const server = await closing(t, [1008]);
  const asked = [];
  const url = (given) => {
    asked.push(given.refresh);
    return server.url;
  };
  const socket = new SteadfastWebSocket(url, (given) => (asked.push(given.refresh), ["chat"]), QUICK);
  t.after(() => socket.close());
  await until(() => asked.length === 4 && socket.readyState === 1);
  assert.deepEqual(asked, [false, false, true, true]);
});

test("closing a socket that is being dialled ends soon, although its class fires no close event then", async () => {
  // As Node 22's own class does.
  class Silent {
    static dials = 0;
    readyState = 0;
    bufferedAmount = 0;
    protocol = "";
    constructor() {
      Silent.dials += 1;
    }
    close() {
      this.readyState = 2;
      this.onerror?.({ message: "Connection was closed before it was established." });
    }
  }
  const socket = new SteadfastWebSocket("ws://127.0.0.1:1/", [], { WebSocket: Silent, closeTimeout: 600_000 });
  await until(() => Silent.dials > 0);
  socket.close();
  const { code, reason, wasClean } = await next(socket, "close");
  assert.deepEqual({ code, reason, wasClean }, { code: 1006, reason: "", wasClean: false });
});
