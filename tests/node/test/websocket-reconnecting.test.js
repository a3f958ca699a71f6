import assert from "node:assert/strict";
import { test } from "node:test";
import { SteadfastWebSocket } from "steadfast";
import { WebSocket } from "ws";
import { BEATING } from "./support/options.js";
import { echo, echoAndPong, startProcess, startServer } from "./support/servers.js";
import { next, until } from "./support/waiting.js";

const WAITS = { minReconnectionDelay: 20, maxReconnectionDelay: 100 };
const QUICK = { WebSocket, ...WAITS };

/** What happened to a socket, and in which state. */
function witness(socket) {
  const events = [];
  for (const type of ["open", "message", "error", "close"]) {
    socket.addEventListener(type, (event) => events.push([type, event.data ?? event.code ?? "", socket.readyState]));
  }
  return events;
}

const names = (events) => events.map(([type]) => type);

/** A class that counts its sockets. */
function counting() {
  const made = [];
  class Counted extends WebSocket {
    constructor(...given) {
      super(...given);
      made.push(this);
    }
  }
  const alive = () => made.filter(({ readyState }) => readyState < WebSocket.CLOSED).length;
  return { Counted, made, alive };
}

test("a link that is lost is closed, then open again, and what was sent meanwhile arrives in order and once", async (t) => {
  let server = await startProcess();
  const socket = new SteadfastWebSocket(`ws://127.0.0.1:${server.port}/`, [], QUICK);
  t.after(() => socket.close());
  const events = witness(socket);
  socket.send("early");
  await next(socket, "message");
  await server.kill();
  await until(() => names(events).includes("close"));
  const sent = Array.from({ length: 20 }, (_, number) => `while down ${number}`);
  sent.forEach((message) => socket.send(message));
  assert.equal(socket.bufferedAmount, sent.join("").length);
  server = await startProcess(server.port);
  await until(() => names(events).filter((type) => type === "message").length === 21);
  await until(() => server.heard.length === sent.length);
  assert.deepEqual(server.heard, sent);
  assert.deepEqual(events.slice(0, 3), [["open", "", 1], ["message", "early", 1], ["close", 1006, 3]]);
  assert.ok(names(events).filter((type) => type === "open").length === 2);
  await server.kill();
});

test("a dial that fails is an error and a close, each time", async (t) => {
  const socket = new SteadfastWebSocket("ws://127.0.0.1:1/", [], QUICK);
  t.after(() => socket.close());
  const events = witness(socket);
  await until(() => events.length >= 6);
  assert.deepEqual(names(events.slice(0, 6)), ["error", "close", "error", "close", "error", "close"]);
  assert.ok(socket.retryCount >= 2);
});

for (const maxRetries of [0, 1]) {
  test(`with maxRetries ${maxRetries}, retryCount is never more than that`, async () => {
    const socket = new SteadfastWebSocket("ws://127.0.0.1:1/", [], { ...QUICK, maxRetries });
    const counts = [];
    socket.addEventListener("error", () => counts.push(socket.retryCount));
    await until(() => counts.length === maxRetries + 1 && !socket.shouldReconnect);
    assert.deepEqual(counts.at(-1), maxRetries);
  });
}

test("shouldReconnect says whether it dials again by itself", () => {
  const socket = new SteadfastWebSocket("ws://127.0.0.1:1/", [], { ...QUICK, startClosed: true });
  assert.equal(socket.shouldReconnect, false);
  socket.reconnect();
  assert.equal(socket.shouldReconnect, true);
  socket.close();
  assert.equal(socket.shouldReconnect, false);
});

test("after so many retries it is closed for good, and reconnect() begins again", async (t) => {
  let server = await startProcess();
  await server.kill();
  const socket = new SteadfastWebSocket(`ws://127.0.0.1:${server.port}/`, [], { ...QUICK, maxRetries: 2 });
  t.after(() => socket.close());
  const events = witness(socket);
  await until(() => names(events).filter((type) => type === "close").length === 3);
  assert.equal(socket.connection.state.status, "DISCONNECTED");
  socket.send("kept");
  assert.equal(socket.bufferedAmount, 4);
  const { sessionId } = socket.connection.state;
  server = await startProcess(server.port);
  socket.reconnect();
  assert.equal(socket.readyState, 0);
  assert.equal((await next(socket, "message")).data, "kept");
  assert.equal(socket.connection.state.sessionId, sessionId);
  await server.kill();
});

test("reconnect() within the last close event begins again", async (t) => {
  let attempts = 0;
  const server = await startServer((peer) => (attempts++ === 0 ? peer.close(1011) : echo(peer)));
  t.after(() => server.close());
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, maxRetries: 0 });
  t.after(() => socket.close());
  socket.onclose = () => socket.reconnect();
  await until(() => attempts === 2 && socket.readyState === 1);
  socket.send("hello");
  assert.equal((await next(socket, "message")).data, "hello");
  socket.onclose = null;
});

test("after close() nothing is dialled, until reconnect()", async (t) => {
  const { Counted, made, alive } = counting();
  const server = await startServer(echo);
  t.after(() => server.close());
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, WebSocket: Counted });
  await next(socket, "open");
  socket.close();
  socket.reconnect();
  await next(socket, "open");
  await until(() => alive() === 1);
  socket.close();
  await next(socket, "close");
  socket.reconnect();
  await next(socket, "open");
  assert.equal(made.length, 3);
  socket.close();
  await next(socket, "close");
  assert.equal(alive(), 0);
});

test("reconnect() on an open link closes it with the code given, and keeps one socket and what waits", async (t) => {
  const { Counted, made, alive } = counting();
  const heard = [];
  const server = await startServer((peer) => {
    echo(peer);
    peer.on("close", (code, reason) => heard.push([code, String(reason)]));
  });
  t.after(() => server.close());
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, WebSocket: Counted });
  t.after(() => socket.close());
  await next(socket, "open");
  const events = witness(socket);
  socket.reconnect(4001, "fresh");
  socket.send("kept");
  assert.equal((await next(socket, "message")).data, "kept");
  assert.deepEqual(names(events), ["close", "open", "message"]);
  assert.equal(events[0][1], 4001);
  assert.equal(made.length, 2);
  await until(() => heard.length === 1 && alive() === 1);
  assert.deepEqual(heard, [[4001, "fresh"]]);
});

test("close() between two links is the end of it, without another event", async () => {
  const { Counted, made } = counting();
  const server = await startServer((peer) => peer.close(1011));
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, WebSocket: Counted });
  const events = witness(socket);
  await next(socket, "close");
  socket.close();
  assert.equal(socket.readyState, 3);
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(made.length, 1);
  assert.deepEqual(names(events), ["open", "close"]);
  server.close();
});

test("one that starts closed does nothing before reconnect()", async (t) => {
  const { Counted, made } = counting();
  const server = await startServer(echo);
  t.after(() => server.close());
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, WebSocket: Counted, startClosed: true });
  t.after(() => socket.close());
  assert.deepEqual([socket.readyState, socket.retryCount, socket.connection], [3, 0, undefined]);
  socket.close();
  socket.send("too early");
  assert.deepEqual([socket.bufferedAmount, made.length], [9, 0]);
  socket.reconnect();
  await next(socket, "open");
  assert.deepEqual([socket.bufferedAmount, made.length], [0, 1]);
});

test("functions for the address and the sub-protocols are asked for each dial, and one that rejects does not end it", async (t) => {
  const heard = [];
  const server = await startServer((peer, { url }) => {
    heard.push([url, peer.protocol]);
    if (heard.length === 1) peer.terminate();
  });
  t.after(() => server.close());
  let calls = 0;
  const url = async () => {
    calls++;
    if (calls === 1 || calls === 3) throw new Error("no token yet");
    return `${server.url}?token=${calls}`;
  };
  const socket = new SteadfastWebSocket(url, () => [`p${calls}`, "other"], QUICK);
  t.after(() => socket.close());
  assert.equal(socket.url, "");
  const events = witness(socket);
  const errors = [];
  socket.addEventListener("error", ({ error }) => errors.push(error.message));
  await until(() => heard.length === 2 && socket.readyState === 1);
  assert.deepEqual(heard.map(([path]) => path), ["/?token=2", "/?token=4"]);
  assert.equal(socket.url, `${server.url}?token=4`);
  assert.deepEqual(errors, ["no token yet", "no token yet"]);
  assert.deepEqual(names(events), ["error", "close", "open", "close", "error", "close", "open"]);
  server.clients.forEach((peer) => peer.send("hello"));
  assert.equal((await next(socket, "message")).origin, new URL(server.url).origin);
});

test("a queue that is full refuses, and keeps what it has", async (t) => {
  const heard = [];
  const server = await startProcess();
  await server.kill();
  const socket = new SteadfastWebSocket(`ws://127.0.0.1:${server.port}/`, [], { ...QUICK, maxEnqueuedMessages: 2 });
  t.after(() => socket.close());
  socket.send("first");
  socket.send("second");
  assert.throws(() => socket.send("third"), (error) => {
    assert.ok(error instanceof DOMException);
    assert.deepEqual([error.name, error.cause.code], ["InvalidStateError", "outbox.full"]);
    return true;
  });
  const again = await startProcess(server.port);
  socket.addEventListener("message", ({ data }) => heard.push(data));
  await until(() => heard.length === 2);
  assert.deepEqual(heard, ["first", "second"]);
  await again.kill();
});

test("without a queue sending before the link is up is refused, as by the platform's class", async (t) => {
  const server = await startServer(echo);
  t.after(() => server.close());
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, maxEnqueuedMessages: 0 });
  t.after(() => socket.close());
  assert.throws(() => socket.send("early"), { name: "InvalidStateError" });
  socket.onopen = () => socket.send("in time");
  assert.equal((await next(socket, "message")).data, "in time");
});

test("without reconnecting it is dialled until it is open, and closed for good when that link is lost", async () => {
  const { Counted, made } = counting();
  let server = await startProcess();
  await server.kill();
  const Class = SteadfastWebSocket.with({ ...QUICK, WebSocket: Counted, reconnect: false });
  const socket = new Class(`ws://127.0.0.1:${server.port}/`);
  assert.ok(socket instanceof SteadfastWebSocket);
  const events = witness(socket);
  await until(() => made.length === 3);
  assert.deepEqual([events, socket.readyState], [[], 0]);
  server = await startProcess(server.port);
  await until(() => events.length > 0);
  const dials = made.length;
  await server.kill();
  await until(() => names(events).includes("close"));
  await new Promise((resolve) => setTimeout(resolve, 150));
  assert.equal(made.length, dials);
  assert.deepEqual(events, [["open", "", 1], ["close", 1006, 3]]);
});

test("without reconnecting, retries that ran out are an error and a close", async () => {
  const socket = new SteadfastWebSocket("ws://127.0.0.1:1/", [], { ...QUICK, reconnect: false, maxRetries: 2 });
  const events = witness(socket);
  await next(socket, "close");
  assert.deepEqual(names(events), ["error", "close"]);
  assert.equal(socket.readyState, 3);
});

test("a link whose heartbeats are not answered is closed and dialled again", async (t) => {
  const server = await startServer(echoAndPong);
  t.after(() => server.close());
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, heartbeat: BEATING });
  t.after(() => socket.close());
  await next(socket.connection, "heartbeat");
  for (const peer of server.clients) peer.pause();
  const { code, reason, wasClean } = await next(socket, "close");
  assert.deepEqual({ code, reason, wasClean }, { code: 1006, reason: "heartbeat timeout", wasClean: false });
  await next(socket, "open");
});

test("a dial that takes too long is given up, by the option of reconnecting-websocket", async (t) => {
  const server = await startServer(echo, { verifyClient: (_, done) => void done });
  t.after(() => server.close());
  const socket = new SteadfastWebSocket(server.url, [], { ...QUICK, connectionTimeout: 50 });
  t.after(() => socket.close());
  const [failed, { code, reason }] = await Promise.all([next(socket, "error"), next(socket, "close")]);
  assert.deepEqual([failed.message, failed.error.name], ["TIMEOUT", "TimeoutError"]);
  assert.deepEqual([code, reason], [1006, "connect timeout"]);
});

test("the waits are between half and all of what was asked for", async (t) => {
  const options = { WebSocket, minReconnectionDelay: 40, maxReconnectionDelay: 90, reconnectionDelayGrowFactor: 2 };
  const socket = new SteadfastWebSocket("ws://127.0.0.1:1/", [], options);
  t.after(() => socket.close());
  const delays = [];
  socket.connection.addEventListener("retry.attempt", ({ detail }) => delays.push(detail.delay));
  await until(() => delays.length === 4);
  [[20, 40], [40, 80], [45, 90], [45, 90]].forEach(([least, most], attempt) => {
    assert.ok(delays[attempt] >= least && delays[attempt] <= most, `${attempt}: ${delays[attempt]}`);
  });
});

test("the connection's own options are understood, and unknown ones refused by name", (t) => {
  const refused = (options) => {
    try {
      new SteadfastWebSocket("ws://127.0.0.1:1/", [], { WebSocket, ...options }).close();
    } catch (error) {
      return [error.code, error.field];
    }
  };
  const session = { sessionId: "s1", organizationId: "acme" };
  const accepted = { session, retry: { type: "FIXED", fixedDelay: 10 }, outbox: { maxBytes: 7 }, minUptime: 1000, maxRetries: 3, debug: false };
  assert.equal(refused(accepted), undefined);
  assert.equal(refused({ maxEnqueuedMessages: Infinity, maxRetries: Infinity }), undefined);
  assert.deepEqual(refused({ retires: 3 }), ["config.unknown_field", "retires"]);
  assert.deepEqual(refused({ startClosed: "no" }), ["config.type", "startClosed"]);
  assert.deepEqual(refused({ reconnect: 0 }), ["config.type", "reconnect"]);
  assert.deepEqual(refused({ closeTimeout: -1 }), ["config.out_of_range", "closeTimeout"]);
  assert.deepEqual(refused({ maxRetries: -1 }), ["config.out_of_range", "maxRetries"]);
  assert.deepEqual(refused({ minReconnectionDelay: "1s" }), ["config.type", "minReconnectionDelay"]);
});

test("to close the connection underneath is to close the socket", async () => {
  const server = await startServer(echo);
  const socket = new SteadfastWebSocket(server.url, [], QUICK);
  await next(socket, "open");
  void socket.connection.close();
  assert.equal(socket.readyState, 3);
  socket.send("late");
  assert.equal(socket.bufferedAmount, 4);
  server.close();
});

test("for those who look for a fault, what happens is written to the console, without the address", async (t) => {
  const lines = [];
  t.mock.method(console, "debug", (...line) => lines.push(JSON.stringify(line)));
  const socket = new SteadfastWebSocket("ws://127.0.0.1:1/?token=secret", [], { ...QUICK, debug: true });
  await next(socket, "close");
  socket.close();
  assert.match(lines.join("\n"), /"steadfast","retry.failed"/);
  assert.doesNotMatch(lines.join("\n"), /secret/);
});
