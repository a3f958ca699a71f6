import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { connect, SteadfastWebSocket } from "steadfast";
import { WebSocket } from "ws";
import { QUICK } from "./support/options.js";
import { startServer } from "./support/servers.js";
import { next, pause, until } from "./support/waiting.js";

/** A server, and the headers and offers of its last request. */
async function requests() {
  const seen = {};
  const server = await startServer((_, request) => Object.assign(seen, { headers: request?.headers }));
  return { seen, server };
}

test("the third argument of a class of with() goes to the class underneath, as SignalR gives it", async () => {
  const { seen, server } = await requests();
  const Socket = SteadfastWebSocket.with({ WebSocket, maxRetries: 1 });
  const socket = new Socket(server.url, undefined, { headers: { "x-token": "abc" }, followRedirects: true, whatever: 1 });
  await next(socket, "open");
  await until(() => seen.headers);
  assert.equal(seen.headers["x-token"], "abc");
  socket.close();
  server.close();
});

test("the class takes options of the class underneath among its own, and connect() by socketOptions", async () => {
  const { seen, server } = await requests();
  const socket = new SteadfastWebSocket(server.url, [], { WebSocket, headers: { "x-token": "def" } });
  await next(socket, "open");
  await until(() => seen.headers);
  assert.equal(seen.headers["x-token"], "def");
  socket.close();
  seen.headers = undefined;
  const conn = connect(server.url, { ...QUICK, socketOptions: { headers: { "x-token": "ghi" } } });
  await next(conn, "open");
  await until(() => seen.headers);
  assert.equal(seen.headers["x-token"], "ghi");
  await conn.close();
  assert.throws(() => connect(server.url, { ...QUICK, socketOptions: 5 }), { code: "config.type", field: "socketOptions" });
  server.close();
});

test("no option of Steadfast's goes to the class underneath", async () => {
  const typesOf = (idea) => readFileSync(new URL(`../../../wasm/js/types/${idea}.d.ts`, import.meta.url), "utf8");
  const types = typesOf("options") + typesOf("websocket");
  const names = ["ConnectOptions", "SteadfastWebSocketOptions"].flatMap((name) => {
    const body = types.match(new RegExp(`export interface ${name}[^{]*\\{([^]*?)\\n\\}`))[1];
    return Array.from(body.matchAll(/^  (\w+)\??[:(]/gm), ([, option]) => option);
  });
  assert.ok(names.length > 25, names.join());
  const given = [];
  class Recording extends WebSocket {
    constructor(...arguments_) {
      super(...arguments_);
      given.push(arguments_[2]);
    }
  }
  const Socket = SteadfastWebSocket.with({ WebSocket: Recording });
  const socket = new Socket("ws://127.0.0.1:1/", [], Object.fromEntries(names.filter((name) => name !== "WebSocket").map((name) => [name, undefined])));
  await until(() => given.length > 0);
  assert.deepEqual(given[0], undefined);
  socket.close();
});

test("without an address a class of with() throws as the platform's class does", () => {
  const Socket = SteadfastWebSocket.with({ WebSocket });
  assert.throws(() => new Socket(), TypeError);
  assert.throws(() => new (class extends Socket {})(), TypeError);
  assert.throws(() => new SteadfastWebSocket(), TypeError);
});

test("null and undefined protocols offer none, also where a function gives them", async () => {
  const { seen, server } = await requests();
  for (const protocols of [null, undefined, () => null, () => undefined, async () => null, []]) {
    seen.headers = undefined;
    const socket = new SteadfastWebSocket(server.url, protocols, { WebSocket });
    await next(socket, "open");
    await until(() => seen.headers);
    assert.equal(seen.headers["sec-websocket-protocol"], undefined);
    socket.close();
  }
  server.close();
});

test("with maxEnqueuedMessages nothing but the number of messages is bounded", () => {
  const big = "x".repeat(3 << 20);
  for (const maxEnqueuedMessages of [Infinity, 2]) {
    const socket = new SteadfastWebSocket("ws://127.0.0.1:1/", [], { WebSocket, maxEnqueuedMessages });
    socket.send(big);
    socket.send(big);
    assert.equal(socket.bufferedAmount, 2 * big.length);
    if (maxEnqueuedMessages === 2) assert.throws(() => socket.send(""), { name: "InvalidStateError" });
    socket.close();
  }
  const bounded = new SteadfastWebSocket("ws://127.0.0.1:1/", [], { WebSocket, maxEnqueuedMessages: Infinity, outbox: { maxBytes: 5 } });
  assert.throws(() => bounded.send(big), { name: "InvalidStateError" });
  bounded.close();
});

test("retryCount is the number of the retry that has failed, from 0", async () => {
  const counts = async (maxRetries) => {
    const socket = new SteadfastWebSocket("ws://127.0.0.1:1/", [], { WebSocket, maxRetries, minReconnectionDelay: 5, maxReconnectionDelay: 5 });
    const seen = [];
    socket.onerror = () => seen.push(socket.retryCount);
    let closes = 0;
    socket.onclose = () => closes++;
    await until(() => closes > maxRetries);
    assert.equal(socket.retryCount, seen.at(-1));
    return seen;
  };
  assert.deepEqual(await counts(0), [0]);
  assert.deepEqual(await counts(2), [0, 1, 2]);
});

test("close() while it is dialled is one close event, whenever the class fires its own", async () => {
  /** A class that fires its events within `close()`, as that of Node 24, in a microtask, late, or never. */
  const firing = (how) =>
    class Firing extends EventTarget {
      readyState = 0;
      protocol = "";
      bufferedAmount = 0;
      send() {}
      close() {
        this.readyState = 3;
        const fire = () => {
          this.onerror?.({ type: "error" });
          this.onclose?.({ type: "close", code: 1006, reason: "", wasClean: false });
        };
        if (how === "at once") fire();
        if (how === "twice") fire(fire());
        if (how === "in a microtask") queueMicrotask(fire);
        if (how === "late") setTimeout(fire, 5);
      }
    };
  for (const how of ["at once", "twice", "in a microtask", "late", "never"]) {
    const socket = new SteadfastWebSocket("ws://127.0.0.1:1/", [], { WebSocket: firing(how), closeTimeout: 50 });
    const events = [];
    for (const type of ["open", "error", "close"]) socket.addEventListener(type, () => events.push(type));
    await pause(5);
    socket.close();
    assert.deepEqual([events, socket.readyState], [[], 2], how);
    await until(() => events.includes("close"));
    await pause(80);
    assert.equal(events.filter((type) => type === "close").length, 1, how);
    assert.equal(socket.readyState, 3);
  }
});

test("an option that makes no sense is refused under the name that its user wrote", () => {
  const wrong = {
    closeTimeout: [-1, 600_001, Infinity],
    connectionTimeout: [0, -1, NaN],
    maxEnqueuedMessages: [-1, 0.5],
    maxReconnectionDelay: [-1, Infinity, NaN],
    maxRetries: [-1, 1.5],
    minReconnectionDelay: [-1, Infinity],
    minUptime: [-1, Infinity],
    reconnectionDelayGrowFactor: [0.5, Infinity],
  };
  for (const [name, values] of Object.entries(wrong)) {
    for (const value of values) {
      const make = () => new SteadfastWebSocket("ws://127.0.0.1:1/", [], { WebSocket, startClosed: true, [name]: value });
      const says = new RegExp(`^${name} is ${value}; allowed is `);
      assert.throws(make, { name: "SteadfastError", code: "config.out_of_range", field: name, message: says });
    }
  }
});

test("an infinite connectionTimeout is the longest there is", async () => {
  const { server } = await requests();
  const socket = new SteadfastWebSocket(server.url, [], { WebSocket, connectionTimeout: Infinity });
  await next(socket, "open");
  socket.close();
  server.close();
});

test("with() takes an object of options, and nothing else", () => {
  for (const options of [5, "x", null, [], () => {}]) {
    assert.throws(() => SteadfastWebSocket.with(options), { name: "SteadfastError", code: "config.type", field: "options" });
  }
  assert.equal(typeof SteadfastWebSocket.with(), "function");
});
