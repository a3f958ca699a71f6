import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "steadfast";
import { QUICK } from "./support/options.js";
import { echo, startProcess, startServer } from "./support/servers.js";
import { becomes, next, take, until } from "./support/waiting.js";

test("a killed server is come back to, and what was sent meanwhile arrives in order and once", async () => {
  let server = await startProcess();
  const conn = connect(`ws://127.0.0.1:${server.port}/`, QUICK);
  const messages = conn[Symbol.asyncIterator]();
  conn.send("before");
  assert.deepEqual(await take(messages, 1), ["before"]);

  await server.kill();
  await becomes(conn, "RECONNECTING");
  const sent = Array.from({ length: 50 }, (_, number) => `while down ${number}`);
  sent.forEach((message) => conn.send(message));
  assert.equal(conn.waitingMessages, 50);
  assert.equal(conn.bufferedAmount, sent.join("").length);

  server = await startProcess(server.port);
  await becomes(conn, "CONNECTED");
  conn.send("after");
  assert.deepEqual(await take(messages, 51), [...sent, "after"]);
  // It tells its parent by another way, which may take longer.
  await until(() => server.heard.length >= 51);
  assert.deepEqual(server.heard, [...sent, "after"]);
  assert.equal(conn.waitingMessages, 0);
  assert.equal(conn.state.totalDisconnections, 1);

  await conn.close();
  await server.kill();
});

test("a server that is not there yet is waited for", async () => {
  const { port, kill } = await startProcess();
  await kill();
  const conn = connect(`ws://127.0.0.1:${port}/`, QUICK);
  conn.send("early");
  const failed = await next(conn, "retry.failed");
  assert.deepEqual(failed.detail.cause, { kind: "network" });
  const server = await startProcess(port);
  assert.deepEqual(await take(conn[Symbol.asyncIterator](), 1), ["early"]);
  await conn.close();
  await server.kill();
});

test("after so many attempts the session has failed", async () => {
  const { port, kill } = await startProcess();
  await kill();
  const conn = connect(`ws://127.0.0.1:${port}/`, { ...QUICK, maxReconnectAttempts: 2 });
  const exhausted = await next(conn, "retry.exhausted");
  assert.equal(exhausted.detail.attempts, 2);
  assert.equal(conn.state.status, "FAILED");
  assert.equal(conn.state.maxReconnectAttempts, 2);
  assert.deepEqual(await conn[Symbol.asyncIterator]().next(), { done: true, value: undefined });
  await conn.close();
});

test("a close code that would come again ends it, and another does not", async () => {
  let code = 1011;
  const server = await startServer((socket) => socket.close(code));
  const conn = connect(server.url, QUICK);
  const first = await next(conn, "disconnected");
  assert.deepEqual(first.detail.cause, { kind: "closed_by_peer", code: 1011 });
  code = 1008;
  await becomes(conn, "FAILED");
  await conn.close();
  server.close();
});

test("a function is asked anew for each dial, and one that fails does not end it", async () => {
  const paths = [];
  const server = await startServer((socket, request) => {
    paths.push(request.url);
    if (paths.length < 2) socket.terminate();
    else echo(socket);
  });
  const errors = [];
  let calls = 0;
  const address = async () => {
    calls += 1;
    if (calls === 1) throw new Error("no token yet");
    if (calls === 2) return "ftp://example.com/";
    return new URL(`?token=${calls}`, server.url);
  };
  const conn = connect(address, QUICK);
  conn.addEventListener("error", (event) => errors.push(event.error.code ?? event.error.message));
  await until(() => paths.length === 2 && conn.state.status === "CONNECTED");
  assert.deepEqual(errors, ["no token yet", "config.url"]);
  assert.deepEqual(paths, ["/?token=3", "/?token=4"]);
  await conn.close();
  server.close();
});

test("a function for the sub-protocols is asked anew for each dial, and one that fails does not end it", async () => {
  const chosen = [];
  const server = await startServer((socket) => {
    chosen.push(socket.protocol);
    if (chosen.length < 2) socket.terminate();
  });
  const errors = [];
  let calls = 0;
  const protocols = async () => {
    calls += 1;
    if (calls === 1) throw new Error("no token yet");
    if (calls === 2) return [7];
    return calls === 3 ? "token.3" : ["token.4", "other"];
  };
  const conn = connect(server.url, { ...QUICK, protocols });
  conn.addEventListener("error", (event) => errors.push(event.error.code ?? event.error.message));
  await until(() => chosen.length === 2 && conn.state.status === "CONNECTED");
  assert.deepEqual(errors, ["no token yet", "config.type"]);
  assert.deepEqual(chosen, ["token.3", "token.4"]);
  await conn.close();
  server.close();
});

test("a dial to a server that never answers is given up", async () => {
  const conn = connect(() => new Promise(() => {}), { ...QUICK, connectTimeout: 50 });
  const failed = await next(conn, "retry.failed");
  assert.deepEqual(failed.detail.cause, { kind: "connect_timeout" });
  await conn.close();
});
