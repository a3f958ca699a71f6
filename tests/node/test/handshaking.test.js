import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { SteadfastWebSocket, connect } from "steadfast";
import { WebSocket } from "ws";
import { BEATING, QUICK } from "./support/options.js";
import { startServer } from "./support/servers.js";
import { becomes, next, pause, until } from "./support/waiting.js";

/** A server that closes clients that do not log in first with a token that `takes`; it reports all that comes. */
async function startStrict(takes = () => true, options) {
  const heard = [];
  const codes = [];
  const server = await startServer((socket) => {
    let isIn = false;
    socket.on("close", (code) => codes.push(code));
    socket.on("message", (data, isBinary) => {
      heard.push(isBinary ? [...data] : String(data));
      if (isIn) return;
      const [, token] = /^login (.*)/.exec(String(data)) ?? [];
      if (token === undefined || !takes(token)) return socket.close(4401);
      isIn = true;
      socket.send("ready");
      socket.send("news");
    });
  }, options);
  return { server, heard, codes, drop: () => server.clients.forEach((client) => client.close(1012)) };
}

const logIn = (token) => async ({ send, receive }) => {
  send(`login ${await token()}`);
  const answer = await receive();
  if (answer !== "ready") throw new Error(`unexpected: ${answer}`);
};

test("the login comes before what waits on every link, and its token is renewed", async () => {
  let valid = 0;
  const { server, heard, drop } = await startStrict((token) => token === String(valid));
  let mine = 0;
  const conn = connect(server.url, {
    ...QUICK,
    handshake: ({ refresh, ...link }) => logIn(async () => (refresh ? (mine = valid) : mine))(link),
  });
  const news = [];
  conn.addEventListener("message", ({ data }) => news.push(data));
  for (let link = 0; link < 3; link++) {
    if (link > 0) await until(() => conn.state.totalDisconnections === link);
    for (let number = 0; number < 3; number++) conn.send(`${link} ${number}`);
    await until(() => heard.at(-1) === `${link} 2`);
    const expected = [`login ${link}`, `${link} 0`, `${link} 1`, `${link} 2`];
    assert.deepEqual(heard.splice(0), link > 0 ? [`login ${link - 1}`, ...expected] : expected);
    await until(() => news.length === link + 1);
    valid++;
    drop();
  }
  assert.deepEqual(news, ["news", "news", "news"], "what came after the answer is no part of the handshake");
  await conn.close({ timeout: 0 });
  server.close();
});

test("nothing is sent before a handshake has ended, and the status says so", async () => {
  const { server, heard } = await startStrict();
  let go;
  const gone = new Promise((resolve) => (go = resolve));
  const conn = connect(server.url, { ...QUICK, heartbeat: BEATING, handshake: (link) => gone.then(() => logIn(() => "x")(link)) });
  conn.send(new Uint8Array([1, 2]));
  await pause(200);
  assert.deepEqual([heard, conn.state.status], [[], "RECONNECTING"]);
  go();
  await becomes(conn, "CONNECTED");
  // A heartbeat goes ahead of the first message.
  await until(() => heard.some((message) => typeof message !== "string"));
  assert.equal(heard[0], "login x");
  await conn.close();
  server.close();
});

test("a handshake may return at once, and may not be asynchronous", async () => {
  const { server } = await startStrict();
  const seen = [];
  const conn = connect(server.url, {
    ...QUICK,
    handshake({ send, attempt, refresh, url, protocol, signal }) {
      seen.push({ attempt, refresh, url, protocol, aborted: signal.aborted });
      send("login at once");
    },
  });
  const { value } = await conn[Symbol.asyncIterator]().next();
  assert.equal(value, "ready");
  assert.deepEqual(seen, [{ attempt: 0, refresh: false, url: server.url, protocol: "", aborted: false }]);
  await conn.close();
  server.close();
});

test("a handshake that fails is a failed attempt, and an error carries the reason", async () => {
  const { server } = await startStrict();
  const reason = new Error("no token today");
  for (const handshake of [() => Promise.reject(reason), () => { throw reason; }]) {
    const conn = connect(server.url, { ...QUICK, handshake });
    const failed = next(conn, "retry.failed");
    const { error } = await next(conn, "error");
    assert.deepEqual([error.code, error.cause], ["handshake.failed", reason]);
    assert.deepEqual((await failed).detail.cause, { kind: "handshake_failed" });
    assert.notEqual(conn.state.status, "CONNECTED");
    await conn.close();
  }
  server.close();
});

test("a handshake may close with a code, which may be final", async () => {
  const { server, codes } = await startStrict();
  const handshake = () => Promise.reject(Object.assign(new Error("banned"), { closeCode: 4403 }));
  const conn = connect(server.url, { ...QUICK, fatalCloseCodes: [4403], handshake });
  const failed = next(conn, "retry.failed");
  await becomes(conn, "FAILED");
  assert.deepEqual((await failed).detail.cause, { kind: "handshake_failed", code: 4403 });
  await until(() => codes.length === 1);
  assert.deepEqual(codes, [4403]);
  await conn.close();
  server.close();
});

test("a handshake that says that its credentials expired is asked for fresh ones at once", async () => {
  const { server } = await startStrict();
  const asked = [];
  const conn = connect(server.url, {
    WebSocket,
    handshake({ refresh }) {
      asked.push(refresh);
      if (!refresh) throw Object.assign(new Error("expired"), { closeCode: 4401 });
    },
  });
  await becomes(conn, "CONNECTED");
  assert.deepEqual(asked, [false, true]);
  await conn.close();
  server.close();
});

test("a handshake that never ends is ended by the connect timeout", async () => {
  const { server, codes } = await startStrict();
  const signals = [];
  const conn = connect(server.url, {
    ...QUICK,
    connectTimeout: 100,
    handshake: ({ signal }) => new Promise(() => signals.push(signal)),
  });
  assert.deepEqual((await next(conn, "retry.failed")).detail.cause, { kind: "connect_timeout" });
  assert.equal(signals[0].aborted, true);
  await until(() => codes.length > 0);
  await conn.close();
  server.close();
});

test("a link that is lost ends a handshake and what it receives", async () => {
  const server = await startServer((socket) => socket.on("message", () => socket.close(1013)));
  let received;
  const conn = connect(server.url, {
    ...QUICK,
    async handshake({ send, receive, signal }) {
      send("hello");
      received ??= await receive().catch((error) => [error.code, signal.aborted]);
      await new Promise(() => {});
    },
  });
  assert.deepEqual((await next(conn, "retry.failed")).detail.cause, { kind: "closed_by_peer", code: 1013 });
  await until(() => received);
  assert.deepEqual(received, ["handshake.interrupted", true]);
  await conn.close();
  server.close();
});

test("closing ends a handshake, and is not kept waiting by it", async () => {
  const { server, heard } = await startStrict();
  for (const end of [(conn) => conn.close({ timeout: 100 }), (conn) => conn.close({ timeout: 0 }), (conn) => conn.reconnect()]) {
    const signals = [];
    const conn = connect(server.url, { ...QUICK, handshake: ({ signal }) => new Promise(() => signals.push(signal)) });
    conn.send("never");
    await until(() => signals.length === 1);
    void end(conn);
    await until(() => signals[0].aborted);
    await conn.close({ timeout: 0 });
  }
  assert.deepEqual(heard, []);
  server.close();
});

test("what a handshake keeps of its link is of no use afterwards", async () => {
  const { server, heard } = await startStrict();
  let kept;
  const conn = connect(server.url, { ...QUICK, handshake: (link) => ((kept = link), logIn(() => "x")(link)) });
  await becomes(conn, "CONNECTED");
  assert.throws(() => kept.send("late"), { code: "handshake.over" });
  await assert.rejects(kept.receive(), { code: "handshake.over" });
  assert.equal(kept.signal.aborted, true);
  await until(() => heard.length === 1);
  await conn.close();
  server.close();
});

test("a handshake that is no function, and a message that is none, are refused", async () => {
  assert.throws(() => connect("ws://127.0.0.1:1", { ...QUICK, handshake: "login" }), { field: "handshake" });
  const { server } = await startStrict();
  const conn = connect(server.url, { ...QUICK, handshake: ({ send }) => send({ token: 1 }) });
  const { error } = await next(conn, "error");
  assert.equal(error.cause.code, "message.type");
  await conn.close();
  server.close();
});

test("under the sub-protocol the hello comes after the handshake", async () => {
  const { server, heard } = await startStrict(() => true, { handleProtocols: () => "steadfast.v1" });
  const conn = connect(server.url, { ...QUICK, protocols: "steadfast.v1", handshake: ({ send }) => send("login x") });
  await until(() => heard.length > 1);
  assert.equal(heard[0], "login x");
  assert.match(heard[1], /^\{"steadfast":"hello"/);
  await conn.close();
  server.close();
});

test("heartbeats of a server are answered during a handshake, and what it promised then holds afterwards", async () => {
  const server = await startServer((socket) => {
    socket.send('0{"sid":"s","pingInterval":100,"pingTimeout":100}');
    socket.send("2");
    socket.on("message", (data) => String(data) === "3" && socket.send("40"));
  });
  const received = [];
  const conn = connect(server.url, {
    ...QUICK,
    heartbeat: { preset: "engine.io" },
    async handshake({ receive }) {
      received.push(await receive(), await receive());
    },
  });
  const { detail } = await next(conn, "disconnected");
  assert.deepEqual(received.slice(0, 2), ['0{"sid":"s","pingInterval":100,"pingTimeout":100}', "40"]);
  assert.deepEqual(detail.cause, { kind: "heartbeat_timeout" }, "it was silent for longer than it had promised");
  await conn.close();
  server.close();
});

test("a SteadfastWebSocket has a handshake, too, and opens after it", async () => {
  const { server, heard } = await startStrict();
  const Socket = SteadfastWebSocket.with({ WebSocket, handshake: logIn(() => "x") });
  const socket = new Socket(server.url);
  socket.binaryType = "arraybuffer";
  socket.send("early");
  const messages = [];
  socket.onmessage = ({ data }) => messages.push(data);
  await once(socket, "open");
  await until(() => heard.length === 2);
  assert.deepEqual([heard, messages], [["login x", "early"], ["news"]]);
  socket.close(4000, "done");
  const [{ code, wasClean }] = await once(socket, "close");
  assert.deepEqual([code, wasClean], [4000, true]);
  server.close();
});

test("a SteadfastWebSocket that is closed during its handshake says goodbye and closes once", async () => {
  const { server, codes } = await startStrict();
  let begun = false;
  const socket = new SteadfastWebSocket(server.url, [], { WebSocket, handshake: () => new Promise(() => (begun = true)) });
  await until(() => begun);
  assert.equal(socket.readyState, SteadfastWebSocket.CONNECTING);
  let closes = 0;
  socket.addEventListener("close", () => closes++);
  socket.close(4001);
  assert.equal(socket.readyState, SteadfastWebSocket.CLOSING);
  await until(() => closes === 1 && codes.length === 1);
  assert.deepEqual(codes, [4001]);
  await pause(50);
  assert.equal(closes, 1);
  server.close();
});
