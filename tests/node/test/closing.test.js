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
