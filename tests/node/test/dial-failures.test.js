// Why a dial has failed, where the class tells it; and servers that do not know `steadfast.v1`.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { createServer as createTcp } from "node:net";
import { test } from "node:test";
import { SteadfastWebSocket, connect } from "steadfast";
import { WebSocketServer } from "ws";
import { QUICK } from "./support/options.js";
import { becomes, next } from "./support/waiting.js";

/** A server that answers the first bytes of each connection with these. */
async function answering(bytes) {
  const server = createTcp((socket) => {
    socket.on("error", () => {});
    socket.once("data", () => socket.end(bytes));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return { port: server.address().port, close: () => server.close() };
}

/** The event of the first dial, which fails. */
async function firstFailure(url, options = QUICK) {
  const conn = connect(url, options);
  const { detail } = await next(conn, "retry.failed");
  await conn.close();
  return detail;
}

const head = (status) => `HTTP/1.1 ${status} X\r\ncontent-length: 0\r\n\r\n`;

const ANSWERS = [
  [head(404), { kind: "rejected", status: 404 }],
  [head(426), { kind: "rejected", status: 426 }],
  ["HTTP/1.1 302 X\r\nlocation: /there\r\ncontent-length: 0\r\n\r\n", { kind: "redirect" }],
  ["SSH-2.0-OpenSSH_9.2\r\n", { kind: "not_web_socket" }],
  [Buffer.from([21, 3, 3, 0, 2, 2, 70]), { kind: "tls_expected" }],
];

for (const [bytes, cause] of ANSWERS) {
  test(`with ws, a server that answers ${JSON.stringify(String(bytes).slice(0, 20))} has a cause and a message`, async () => {
    const server = await answering(bytes);
    const detail = await firstFailure(`ws://127.0.0.1:${server.port}/?token=secret`);
    assert.deepEqual(detail.cause, cause);
    assert.match(detail.message, /./);
    assert.doesNotMatch(detail.message, /secret/);
    server.close();
  });
}

test("with ws, TLS to a plain port and a name that nobody knows have causes of their own", async () => {
  const server = await answering(head(400));
  assert.deepEqual((await firstFailure(`wss://127.0.0.1:${server.port}/`)).cause, { kind: "tls_unsupported" });
  assert.deepEqual((await firstFailure("ws://steadfast.invalid/")).cause, { kind: "dns" });
  server.close();
});

test("with ws, a message that is longer than the class takes has a cause of its own", async () => {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  await once(server, "listening");
  server.on("connection", (socket) => socket.send("x".repeat(2000)));
  class Small extends QUICK.WebSocket {
    constructor(url, protocols) {
      super(url, protocols, { maxPayload: 1000 });
    }
  }
  const conn = connect(`ws://127.0.0.1:${server.address().port}/`, { ...QUICK, WebSocket: Small });
  const { detail } = await next(conn, "disconnected");
  assert.deepEqual(detail.cause, { kind: "message_too_long" });
  await conn.close();
  for (const client of server.clients) client.terminate();
  server.close();
});

/** A server that does not know `steadfast.v1`: it takes no sub-protocol, or answers 400 to that one. */
async function ignorant({ refuses }) {
  const http = createServer();
  const offers = [];
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => false });
  http.on("upgrade", (request, socket, rest) => {
    const offered = request.headers["sec-websocket-protocol"];
    offers.push(offered);
    if (refuses && offered !== undefined) return socket.end(head(400));
    server.handleUpgrade(request, socket, rest, (peer) => peer.on("message", (data) => peer.send(String(data))));
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const close = () => {
    for (const client of server.clients) client.terminate();
    http.close();
  };
  return { url: `ws://127.0.0.1:${http.address().port}/`, offers, close };
}

for (const refuses of [false, true]) {
  test(`a server that ${refuses ? "answers 400 to" : "does not take"} steadfast.v1 is connected to without it`, async () => {
    const server = await ignorant({ refuses });
    const conn = connect(server.url, { ...QUICK, protocols: ["steadfast.v1"] });
    conn.addEventListener("retry.failed", ({ detail }) => assert.fail(`a dial failed: ${detail.message}`));
    await becomes(conn, "CONNECTED");
    assert.deepEqual(server.offers, ["steadfast.v1", undefined]);
    assert.equal(conn.protocol, "");
    conn.send("hello");
    assert.equal((await next(conn, "message")).data, "hello");
    // The server has not learnt it meanwhile, and is asked again after its second link only.
    for (const offers of [[undefined], ["steadfast.v1", undefined]]) {
      server.offers.length = 0;
      conn.reconnect();
      await becomes(conn, "CONNECTED");
      assert.deepEqual(server.offers, offers);
    }
    await conn.close();
    server.close();
  });
}

test("a handshake can insist on steadfast.v1", async () => {
  const server = await ignorant({ refuses: false });
  const handshake = ({ protocol }) => {
    if (protocol !== "steadfast.v1") throw new Error("it does not acknowledge messages");
  };
  const conn = connect(server.url, { ...QUICK, protocols: ["steadfast.v1"], handshake });
  conn.addEventListener("open", () => assert.fail("it is open"));
  for (let attempt = 0; attempt < 3; attempt++) {
    const { detail } = await next(conn, "retry.failed");
    assert.deepEqual(detail.cause, { kind: "handshake_failed" });
  }
  await conn.close();
  server.close();
});

for (const refuses of [false, true]) {
  test(`one dial is enough for a server that ${refuses ? "answers 400 to" : "does not take"} steadfast.v1`, async () => {
    const server = await ignorant({ refuses });
    const socket = new SteadfastWebSocket(server.url, ["steadfast.v1"], { ...QUICK, maxRetries: 0 });
    const heard = [];
    for (const name of ["open", "error", "close"]) socket.addEventListener(name, () => heard.push(name));
    socket.send("hello");
    const { data } = await new Promise((resolve, reject) => {
      socket.addEventListener("message", resolve);
      socket.addEventListener("close", () => reject(new Error(`heard ${heard}`)));
    });
    assert.equal(data, "hello");
    assert.deepEqual(heard, ["open"]);
    assert.deepEqual(server.offers, ["steadfast.v1", undefined]);
    socket.close();
    server.close();
  });
}

test("a server that answers 400 whatever is offered has refused the dial", async () => {
  const http = createServer();
  const offers = [];
  http.on("upgrade", (request, socket) => {
    offers.push(request.headers["sec-websocket-protocol"]);
    socket.end(head(400));
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const conn = connect(`ws://127.0.0.1:${http.address().port}/`, { ...QUICK, protocols: ["steadfast.v1"] });
  const { detail } = await next(conn, "retry.failed");
  assert.deepEqual(detail.cause, { kind: "rejected", status: 400 });
  assert.deepEqual(offers, ["steadfast.v1", undefined]);
  await conn.close();
  http.close();
});
