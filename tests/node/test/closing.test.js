import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect } from "steadfast";
import { QUICK } from "./support/options.js";
import { echo, echoAndPong, startHttp, startServer } from "./support/servers.js";
import { becomes, next, pause, until } from "./support/waiting.js";

const SCRIPT = fileURLToPath(new URL("./support/closed-script.js", import.meta.url));

test("a program that closed everything ends by itself", async () => {
  const server = await startServer(echoAndPong);
  const collector = await startHttp(() => 200);
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, server.url, collector.url], { timeout: 8000 });
  assert.equal(stdout, "closed\n");
  collector.close();
  server.close();
});

test("closing takes effect at once, tells the peer, and may be done again", async () => {
  const codes = [];
  const server = await startServer((socket) => socket.on("close", (code) => codes.push(code)));
  const conn = connect(server.url, QUICK);
  await becomes(conn, "CONNECTED");
  const lost = next(conn, "disconnected");
  const closed = conn.close();
  assert.equal(conn.state.status, "DISCONNECTED");
  assert.deepEqual((await lost).detail.cause, { kind: "closed_by_user" });
  assert.equal(conn.close(), closed);
  await closed;
  await until(() => codes.length === 1);
  assert.deepEqual(codes, [1000]);
  assert.equal(conn.state.status, "DISCONNECTED");
  assert.equal(conn.state.totalDisconnections, 1);
  assert.equal(conn.bufferedAmount, 0);
  server.close();
});

test("a connection closed before it was opened never dials", async () => {
  const dialled = [];
  class Watched extends QUICK.WebSocket {
    constructor(...given) {
      super(...given);
      dialled.push(this);
    }
  }
  const conn = connect("ws://127.0.0.1:1/", { ...QUICK, WebSocket: Watched });
  await conn.close();
  await pause(50);
  assert.deepEqual(dialled, []);
});

test("a close within a listener takes until the peer has answered the goodbye", async () => {
  const server = await startServer(echo);
  for (const name of ["open", "message"]) {
    let socket;
    class Watched extends QUICK.WebSocket {
      constructor(...given) {
        super(...given);
        socket = this;
      }
    }
    const conn = connect(server.url, { ...QUICK, WebSocket: Watched });
    conn.addEventListener("open", () => conn.send("hello"), { once: true });
    const state = await new Promise((resolve) => {
      const listener = async () => {
        await conn.close();
        resolve(socket.readyState);
      };
      conn.addEventListener(name, listener, { once: true });
    });
    assert.equal(state, Watched.CLOSED, name);
  }
  server.close();
});

test("a listener may close", async () => {
  const server = await startServer(echo);
  for (const name of ["registered", "status.changed", "retry.success", "open", "message"]) {
    const conn = connect(server.url, QUICK);
    conn.send("hello");
    await new Promise((resolve) => conn.addEventListener(name, () => resolve(conn.close()), { once: true }));
    assert.equal(conn.state.status, "DISCONNECTED", name);
  }
  await until(() => server.clients.size === 0);
  server.close();
});

test("a disposed connection is closed", { skip: Symbol.asyncDispose === undefined }, async () => {
  const server = await startServer(echo);
  const conn = connect(server.url, QUICK);
  await becomes(conn, "CONNECTED");
  await conn[Symbol.asyncDispose]();
  assert.equal(conn.state.status, "DISCONNECTED");
  conn[Symbol.dispose]();
  server.close();
});

/** A server that tells of each link once it has ended: the texts that came, and the close code. */
async function startRecorder() {
  const ended = [];
  const server = await startServer((socket) => {
    const texts = [];
    socket.on("message", (data) => texts.push(String(data)));
    socket.on("close", (code) => ended.push([texts, code]));
  });
  return { server, ended };
}

test("a message that was just sent arrives before the close every time", async () => {
  const { server, ended } = await startRecorder();
  for (let run = 0; run < 50; run++) {
    const conn = connect(server.url, QUICK);
    await becomes(conn, "CONNECTED");
    conn.send("bye");
    await conn.close();
    await until(() => ended.length > run);
    assert.deepEqual(ended[run], [["bye"], 1000], `run ${run}`);
  }
  server.close();
});

test("messages sent before there was a link arrive before the close", async () => {
  const { server, ended } = await startRecorder();
  const conn = connect(server.url, QUICK);
  conn.send("early");
  const closed = conn.close();
  assert.throws(() => conn.send("late"), { code: "connection.closed" });
  await closed;
  await until(() => ended.length > 0);
  assert.deepEqual(ended, [[["early"], 1000]]);
  assert.equal(conn.state.status, "DISCONNECTED");
  server.close();
});

test("a server that comes back within the limit gets what waited", async () => {
  const gone = await startServer(echo);
  const { port } = new URL(gone.url);
  await gone.close();
  const conn = connect(gone.url, QUICK);
  conn.send("kept");
  const closed = conn.close({ timeout: 20_000 });
  await pause(200);
  const texts = [];
  const server = await startServer((socket) => socket.on("message", (data) => texts.push(String(data))), { port: Number(port) });
  await closed;
  assert.deepEqual(texts, ["kept"]);
  server.close();
});

test("the limit ends a close of which the messages cannot be sent, and what is dropped is told", async () => {
  const gone = await startServer(echo);
  await gone.close();
  for (const [options, given] of [[{ closeTimeout: 300 }, undefined], [{}, { timeout: 300 }], [{}, { timeout: 0 }]]) {
    const conn = connect(gone.url, { ...QUICK, ...options });
    const number = conn.send("never");
    const dropped = next(conn, "message.delivery");
    const begin = performance.now();
    await conn.close(given);
    assert.ok(performance.now() - begin < 2000);
    const { delivery, count, first, last } = (await dropped).detail;
    assert.deepEqual({ delivery, count, first, last }, { delivery: "dropped", count: 1, first: number, last: number });
    assert.equal(conn.bufferedAmount, 0);
  }
});

test("a second close can shorten the limit, and gives the same promise", async () => {
  const gone = await startServer(echo);
  await gone.close();
  const conn = connect(gone.url, QUICK);
  conn.send("never");
  const closed = conn.close({ timeout: 600_000 });
  assert.equal(conn.close({ timeout: 50 }), closed);
  await closed;
});

test("a reconnect takes a close back that still sends what waits", async () => {
  const { server, ended } = await startRecorder();
  const conn = connect(server.url, QUICK);
  conn.send("kept");
  const closed = conn.close();
  conn.reconnect();
  await closed;
  await becomes(conn, "CONNECTED");
  conn.send("more");
  await conn.close();
  await until(() => ended.length > 0);
  assert.deepEqual(ended.at(-1), [["kept", "more"], 1000]);
  server.close();
});

test("a permanent failure ends a close at once", async () => {
  const server = await startServer((socket) => socket.close(1008));
  const conn = connect(server.url, { ...QUICK, protocols: "steadfast.v1" });
  conn.send("never");
  await conn.close({ timeout: 600_000 });
  assert.equal(conn.state.status, "DISCONNECTED");
  server.close();
});

test("a limit that makes no sense is refused, and nothing is closed", async () => {
  for (const timeout of [-1, NaN, Infinity, 600_001, "1"]) {
    assert.throws(() => connect("ws://127.0.0.1:1", { ...QUICK, closeTimeout: timeout }), { field: "closeTimeout" });
    const conn = connect("ws://127.0.0.1:1", QUICK);
    assert.throws(() => conn.close({ timeout }), { field: "timeout" });
    conn.send("still taken");
    await conn.close({ timeout: 0 });
  }
});

test("a program that ends after a close has sent everything and said goodbye", async () => {
  const { server, ended } = await startRecorder();
  const program = `
    import { connect } from "steadfast";
    import { WebSocket } from "ws";
    const conn = connect(process.argv[1], { WebSocket });
    await new Promise((resolve) => conn.addEventListener("open", resolve));
    conn.send(new Uint8Array(8 << 20));
    conn.send("bye");
    await conn.close();
    process.exit();`;
  const cwd = fileURLToPath(new URL(".", import.meta.url));
  await promisify(execFile)(process.execPath, ["--input-type=module", "--eval", program, server.url], { cwd, timeout: 20_000 });
  await until(() => ended.length === 1);
  assert.deepEqual([ended[0][0].at(-1), ended[0][1]], ["bye", 1000]);
  server.close();
});
