import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { SteadfastWebSocket } from "steadfast";
import { SteadfastWebSocket as Inline } from "steadfast/inline";
import { WebSocket } from "ws";
import { startServer, echo } from "./support/servers.js";
import { next, until } from "./support/waiting.js";

const OPTIONS = { WebSocket, maxRetries: 0 };
const NOWHERE = "ws://127.0.0.1:1/";
const STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 };

async function opened(t, behave = echo, protocols = [], options = {}) {
  const server = await startServer(behave, options);
  t.after(() => server.close());
  const socket = new SteadfastWebSocket(server.url, protocols, OPTIONS);
  t.after(() => socket.close());
  await next(socket, "open");
  return { server, socket };
}

/** A socket that does nothing. */
const idle = (url = NOWHERE, protocols = []) => new SteadfastWebSocket(url, protocols, { ...OPTIONS, startClosed: true });

function refused(name, call) {
  assert.throws(call, (error) => error instanceof DOMException && error.name === name);
}

test("the class has the name, the constants and the members of a WebSocket", () => {
  assert.equal(SteadfastWebSocket.name, "SteadfastWebSocket");
  assert.equal(Inline.name, "SteadfastWebSocket");
  assert.equal(SteadfastWebSocket.length, 1);
  const socket = idle();
  for (const [name, value] of Object.entries(STATES)) {
    assert.equal(SteadfastWebSocket[name], value);
    assert.equal(socket[name], value);
    assert.throws(() => (socket[name] = 7), TypeError);
  }
  const names = [];
  for (const name in socket) names.push(name);
  const members = ["binaryType", "bufferedAmount", "close", "extensions", "onclose", "onerror", "onmessage", "onopen"];
  for (const name of [...members, "protocol", "readyState", "send", "url"]) assert.ok(names.includes(name), name);
  assert.equal(String(socket), "[object WebSocket]");
  assert.ok(socket instanceof EventTarget);
  assert.equal(idle("ws://127.0.0.1:1").url, "ws://127.0.0.1:1/");
});

test("a class of with() has the shape of the platform's class", () => {
  const Configured = SteadfastWebSocket.with({ ...OPTIONS, startClosed: true });
  assert.deepEqual([Configured.name, Configured.length], ["WebSocket", 1]);
  assert.equal(Object.getPrototypeOf(Configured), EventTarget);
  assert.equal(Object.getPrototypeOf(Configured.prototype), EventTarget.prototype);
  assert.equal(Configured.prototype.constructor, Configured);
  for (const [name, value] of Object.entries(STATES)) {
    for (const holder of [Configured, Configured.prototype]) {
      const expected = { configurable: false, enumerable: true, value, writable: false };
      assert.deepEqual(Object.getOwnPropertyDescriptor(holder, name), expected, name);
    }
  }
  for (const name of ["binaryType", "close", "onopen", "readyState", "send", "url"]) {
    assert.ok(Object.getOwnPropertyDescriptor(Configured.prototype, name).enumerable, name);
  }
  assert.equal(String(new Configured(NOWHERE)), "[object WebSocket]");
});

test("what is taken from the prototype of a class of with() is gone from its sockets only", () => {
  const Configured = SteadfastWebSocket.with({ ...OPTIONS, startClosed: true });
  const socket = new Configured(NOWHERE);
  assert.equal(socket.readyState, 3);
  delete Configured.prototype.readyState;
  assert.equal(socket.readyState, undefined);
  assert.equal(idle().readyState, 3);
});

test("sockets of classes of with(), and of classes on top of them, are of each class they come from", () => {
  const First = SteadfastWebSocket.with({ ...OPTIONS, startClosed: true });
  class Mine extends First {
    shout() {
      return this.url.toUpperCase();
    }
  }
  const Second = Mine.with({ debug: false });
  const socket = new Second(NOWHERE);
  for (const Class of [Second, Mine, First, SteadfastWebSocket, EventTarget]) assert.ok(socket instanceof Class, Class.name);
  assert.equal(socket.shout(), NOWHERE.toUpperCase());
  assert.ok(!(new First(NOWHERE) instanceof Mine));
  assert.ok(!(idle() instanceof First));
  for (const other of [null, undefined, 1, "socket", {}, new EventTarget()]) assert.ok(!(other instanceof SteadfastWebSocket));
  class Plain extends SteadfastWebSocket {}
  assert.ok(!(idle() instanceof Plain));
});

test("before anything happened it is connecting, with nothing known of the server", (t) => {
  const socket = new SteadfastWebSocket(NOWHERE, ["chat"], OPTIONS);
  t.after(() => socket.close());
  const { url, readyState, protocol, extensions, binaryType, bufferedAmount } = socket;
  assert.deepEqual(
    { url, readyState, protocol, extensions, binaryType, bufferedAmount },
    { url: NOWHERE, readyState: 0, protocol: "", extensions: "", binaryType: "blob", bufferedAmount: 0 },
  );
});

test("no URL is a type error, by a class of with(), too", () => {
  assert.throws(() => new (SteadfastWebSocket.with(OPTIONS))(), TypeError);
  assert.throws(() => new SteadfastWebSocket(), TypeError);
  assert.throws(() => SteadfastWebSocket(NOWHERE), TypeError);
});

for (const url of ["", "/relative", "ws://", "ftp://127.0.0.1/", "mailto:a@b.c", "about:blank", "ws://127.0.0.1/#", "ws://127.0.0.1/#a", null, 7]) {
  test(`the URL ${JSON.stringify(url)} is a syntax error`, () => refused("SyntaxError", () => idle(url)));
}

test("an http URL is a WebSocket's", () => {
  assert.equal(idle("http://127.0.0.1:1/a b").url, "ws://127.0.0.1:1/a%20b");
  assert.equal(idle(new URL("https://example.com/")).url, "wss://example.com/");
});

for (const protocols of ["", "a b", "a,b", "a\u0000", "ä", "a\u007f", ["a", "a"], ["a", ""], [undefined, undefined], new Set(["a/b"])]) {
  const shown = JSON.stringify(protocols instanceof Set ? [...protocols] : protocols);
  test(`the sub-protocols ${shown} are a syntax error`, () => refused("SyntaxError", () => idle(NOWHERE, protocols)));
}

test("sub-protocols may be a text, a list or any iterable, and differ in case only", () => {
  for (const protocols of [undefined, [], "chat", ["chat", "Chat"], new Set(["chat"]), null, "!#$%&'*+-.^_`|~09AZaz"]) {
    idle(NOWHERE, protocols);
  }
});

test("what comes after the arguments that are known is ignored unless it is an object", (t) => {
  const socket = new (SteadfastWebSocket.with({ ...OPTIONS, startClosed: true }))(NOWHERE, "chat", "stray");
  t.after(() => socket.close());
  assert.equal(socket.readyState, 3);
});

test("what the server chose is shown", async (t) => {
  const { socket } = await opened(t, echo, ["first", "second"], { handleProtocols: () => "second", perMessageDeflate: true });
  assert.equal(socket.protocol, "second");
  assert.match(socket.extensions, /permessage-deflate/);
  assert.equal(socket.readyState, 1);
});

test("a text comes back as a text, with the origin of the server", async (t) => {
  const { server, socket } = await opened(t);
  assert.equal(socket.send("hello"), undefined);
  const event = await next(socket, "message");
  assert.ok(event instanceof MessageEvent);
  assert.equal(event.data, "hello");
  assert.equal(event.origin, new URL(server.url).origin);
  assert.equal(event.target, socket);
  assert.deepEqual([event.bubbles, event.cancelable], [false, false]);
});

test("bytes come as the binary type says, which may be changed at any time", async (t) => {
  const { socket } = await opened(t);
  socket.send(new Uint8Array([1, 2]));
  const { data } = await next(socket, "message");
  assert.ok(data instanceof Blob);
  assert.deepEqual(new Uint8Array(await data.arrayBuffer()), new Uint8Array([1, 2]));
  socket.binaryType = "arraybuffer";
  socket.send(new Blob(["ab"]));
  assert.deepEqual((await next(socket, "message")).data, new Uint8Array([97, 98]).buffer);
  socket.binaryType = "nonsense";
  assert.equal(socket.binaryType, "arraybuffer");
});

test("bytes are sent as they are seen through a view", async (t) => {
  const { socket } = await opened(t);
  socket.binaryType = "arraybuffer";
  const { buffer } = new Uint8Array([1, 2, 3, 4]);
  socket.send(new DataView(buffer, 1, 2));
  assert.deepEqual((await next(socket, "message")).data, new Uint8Array([2, 3]).buffer);
});

test("anything else is sent as a text", async (t) => {
  const { socket } = await opened(t);
  for (const [given, text] of [[null, "null"], [undefined, "undefined"], [7, "7"], [{}, "[object Object]"], [["a", "b"], "a,b"]]) {
    socket.send(given);
    assert.equal((await next(socket, "message")).data, text);
  }
});

test("nothing, and shared memory, cannot be sent", async (t) => {
  const { socket } = await opened(t);
  assert.throws(() => socket.send(), TypeError);
  assert.throws(() => socket.send(new Uint8Array(new SharedArrayBuffer(1))), TypeError);
});

test("close codes and reasons that are not allowed are refused, and nothing has happened", async (t) => {
  const { socket } = await opened(t);
  for (const code of [0, 999, 1001, 1005, 1006, 2999, 5000, NaN, null, "text", 0x10000 + 1000]) {
    refused("InvalidAccessError", () => socket.close(code));
  }
  refused("SyntaxError", () => socket.close(1000, "x".repeat(124)));
  refused("SyntaxError", () => socket.close(3000, "ä".repeat(62)));
  refused("InvalidAccessError", () => socket.reconnect(1001));
  assert.equal(socket.readyState, 1);
});

for (const [given, code, reason] of [[[], 1005, ""], [[1000], 1000, ""], [[3000, "ä".repeat(61)], 3000, "ä".repeat(61)], [["4999", 7], 4999, "7"]]) {
  test(`close(${given.join(", ")}) is a clean close with the code ${code}, on both sides`, async (t) => {
    const heard = [];
    const { socket } = await opened(t, (peer) => peer.on("close", (code, reason) => heard.push([code, String(reason)])));
    const states = [];
    socket.addEventListener("error", () => states.push("error"));
    assert.equal(socket.close(...given), undefined);
    assert.equal(socket.readyState, 2);
    const event = await next(socket, "close");
    assert.deepEqual([event.code, event.reason, event.wasClean, socket.readyState], [code, reason, true, 3]);
    assert.deepEqual([event.bubbles, event.cancelable], [false, false]);
    await until(() => heard.length > 0);
    assert.deepEqual(heard, [[code, reason]]);
    assert.deepEqual(states, []);
  });
}

test("a second close changes nothing, and there is one close event", async (t) => {
  const { socket } = await opened(t);
  const codes = [];
  socket.addEventListener("close", ({ code }) => codes.push(code));
  socket.close(3001);
  socket.close(3002);
  await next(socket, "close");
  socket.close(3003);
  assert.deepEqual(codes, [3001]);
});

test("a close within the open event is heard by the server", async (t) => {
  const heard = [];
  const server = await startServer((peer) => peer.on("close", (code) => heard.push(code)));
  t.after(() => server.close());
  const socket = new SteadfastWebSocket(server.url, [], OPTIONS);
  socket.onopen = () => socket.close(3005);
  const event = await next(socket, "close");
  assert.deepEqual([event.code, event.wasClean], [3005, true]);
  assert.deepEqual(heard, [3005]);
});

test("a close while it is connecting is an error and a close, later", async (t) => {
  // It takes connections and says nothing.
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  t.after(() => server.close());
  for (const moment of ["before the dial", "during the dial"]) {
    const socket = new SteadfastWebSocket(`ws://127.0.0.1:${server.address().port}/`, [], OPTIONS);
    const events = [];
    for (const type of ["open", "error", "close"]) socket.addEventListener(type, () => events.push([type, socket.readyState]));
    if (moment === "during the dial") await once(server, "connection");
    socket.close();
    assert.deepEqual(events, []);
    assert.equal(socket.readyState, 2);
    const { code, wasClean } = await next(socket, "close");
    assert.deepEqual([code, wasClean], [1006, false], moment);
    assert.deepEqual(events, [["error", 3], ["close", 3]], moment);
  }
});

test("a peer that never says goodbye is waited for as long as was asked", async (t) => {
  const server = await startServer((peer) => peer.pause());
  t.after(() => server.close());
  const socket = new SteadfastWebSocket(server.url, [], { ...OPTIONS, closeTimeout: 50 });
  await next(socket, "open");
  socket.close(1000);
  const { code, reason, wasClean } = await next(socket, "close");
  assert.deepEqual({ code, reason, wasClean }, { code: 1006, reason: "close timeout", wasClean: false });
});

test("what the server closes with is told, without an error", async (t) => {
  const { socket } = await opened(t, (peer) => peer.on("message", () => peer.close(4321, "enough")));
  let errors = 0;
  socket.onerror = () => errors++;
  socket.send("");
  const { code, reason, wasClean } = await next(socket, "close");
  assert.deepEqual({ code, reason, wasClean, errors }, { code: 4321, reason: "enough", wasClean: true, errors: 0 });
  assert.equal(socket.readyState, 3);
});

test("a server that is not there is an error and a close", async () => {
  const socket = new SteadfastWebSocket(NOWHERE, [], OPTIONS);
  const [error, { code, wasClean }] = await Promise.all([next(socket, "error"), next(socket, "close")]);
  assert.equal(socket.readyState, 3);
  assert.match(error.message, /ECONNREFUSED/);
  assert.deepEqual([code, wasClean], [1006, false]);
});

test("what is sent too late is counted as buffered, and goes nowhere", async (t) => {
  const { socket } = await opened(t);
  socket.close();
  socket.send("ä");
  assert.equal(socket.bufferedAmount, 2);
  await next(socket, "close");
  socket.send(new Uint8Array(3));
  assert.equal(socket.bufferedAmount, 5);
});

test("a handler is a function, an object that is not called, or null", () => {
  const socket = idle();
  for (const type of ["open", "message", "error", "close"]) {
    const name = `on${type}`;
    assert.equal(socket[name], null);
    const heard = [];
    const handler = function (event) {
      heard.push([this, event.type]);
    };
    socket[name] = handler;
    assert.equal(socket[name], handler);
    socket.dispatchEvent(new Event(type));
    assert.deepEqual(heard, [[socket, type]]);
    const object = { handleEvent: () => heard.push("object") };
    socket[name] = object;
    assert.equal(socket[name], object);
    socket.dispatchEvent(new Event(type));
    for (const nothing of [7, "text", true, undefined, Symbol.iterator, null]) {
      socket[name] = handler;
      socket[name] = nothing;
      assert.equal(socket[name], null);
    }
    socket.dispatchEvent(new Event(type));
    assert.equal(heard.length, 1);
  }
});

test("a handler takes its turn among the listeners, and keeps it when it is replaced", () => {
  const socket = idle();
  const heard = [];
  socket.addEventListener("open", () => heard.push(1));
  socket.onopen = () => heard.push("replaced");
  socket.addEventListener("open", () => heard.push(3));
  socket.onopen = () => heard.push(2);
  socket.dispatchEvent(new Event("open"));
  assert.deepEqual(heard, [1, 2, 3]);
});

test("a method on something else is a type error", () => {
  const { close, send } = SteadfastWebSocket.prototype;
  assert.throws(() => close.call({}, 7), TypeError);
  assert.throws(() => send.call(null, "text"), TypeError);
});
