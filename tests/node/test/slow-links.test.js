// A message that takes longer than a pong may take.

import assert from "node:assert/strict";
import { test } from "node:test";
import { SteadfastWebSocket, connect } from "steadfast";
import { WebSocket } from "ws";
import { QUICK } from "./support/options.js";
import { startServer } from "./support/servers.js";
import { next, pause } from "./support/waiting.js";

const LENGTH = 60_000;
const PIECE = 500;
/** A pong may take 0.3 s, and the message takes 2.4 s at least. */
const HEARTBEAT = {
  preset: "steadfast",
  intervals: { excellent: 100, good: 100, poor: 100, critical: 100, unknown: 100 },
  lateMin: 300,
  lateMax: 300,
  maxMissed: 2,
};
const OPTIONS = { ...QUICK, heartbeat: HEARTBEAT };

/** Sends a message in pieces and half of another, and answers nothing. */
async function sendSlowly(socket) {
  const frame = Buffer.alloc(LENGTH + 4);
  // A final binary frame, whose length follows in two bytes (RFC 6455, 5.2).
  frame.set([0x82, 126, LENGTH >> 8, LENGTH & 0xff]);
  const bytes = Buffer.concat([frame, frame.subarray(0, LENGTH / 2)]);
  for (let from = 0; from < bytes.length; from += PIECE) {
    // Nothing else of ws writes parts of a frame.
    socket._socket.write(bytes.subarray(from, from + PIECE));
    await pause(20);
  }
}

/** Waits for the message, which has to come over the first link, and for the end of that link. */
async function outlasts(conn) {
  const causes = [];
  conn.addEventListener("disconnected", ({ detail }) => causes.push(detail.cause.kind));
  const ended = next(conn, "disconnected");
  const { data } = await Promise.race([next(conn, "message"), ended.then(() => assert.fail(`lost: ${causes}`))]);
  assert.equal(data.byteLength ?? data.size, LENGTH);
  // The rest of the second never comes.
  await ended;
  assert.deepEqual(causes, ["heartbeat_timeout"]);
}

for (const [name, options] of [
  ["ws", OPTIONS],
  ["Node", { ...OPTIONS, WebSocket: undefined }],
]) {
  const skip = name === "Node" && globalThis.WebSocket === undefined && "this Node has no class of its own";
  test(`a message that comes slowly keeps its link until no more of it comes (${name})`, { skip }, async () => {
    const server = await startServer(sendSlowly);
    const conn = connect(server.url, options);
    await outlasts(conn);
    await conn.close({ timeout: 0 });
    server.close();
  });
}

test("a message that comes slowly keeps the link of the drop-in class", async () => {
  const server = await startServer(sendSlowly);
  const socket = new SteadfastWebSocket(server.url, [], OPTIONS);
  await outlasts(socket.connection);
  await socket.connection.close({ timeout: 0 });
  server.close();
});

/** How long a server reads nothing on a new link, in ms: longer than a link may be silent by its heartbeats (600), twice that. */
const SILENCE = 3_000;

/** A class as a page has it: it shows no bytes, and ends no connection. */
class Blind {
  onopen = null;
  onclose = null;
  onerror = null;
  onmessage = null;
  #inner;

  constructor(url, protocols) {
    this.#inner = new WebSocket(url, protocols);
    for (const name of ["open", "close", "error", "message"]) {
      this.#inner.addEventListener(name, (event) => this[`on${name}`]?.(event));
    }
  }

  get readyState() {
    return this.#inner.readyState;
  }

  get protocol() {
    return this.#inner.protocol;
  }

  set binaryType(type) {
    this.#inner.binaryType = type;
  }

  send(data) {
    this.#inner.send(data);
  }

  close(code, reason) {
    this.#inner.close(code, reason);
  }
}

/** A server that reads nothing on each new link for so long, and answers heartbeats then. */
function startSlowServer() {
  return startServer((socket) => {
    socket.pause();
    setTimeout(() => socket.resume(), SILENCE);
    socket.on("message", (data) => {
      const { steadfast, id } = JSON.parse(String(data));
      if (steadfast === "ping") socket.send(JSON.stringify({ steadfast: "pong", id }));
    });
  });
}

test("a server that answers the close frame of a link that was given up teaches patience with the next", async () => {
  const server = await startSlowServer();
  const conn = connect(server.url, { ...OPTIONS, WebSocket: Blind });
  let lost = 0;
  conn.addEventListener("disconnected", () => (lost += 1));
  const pong = ({ detail }) => detail.rtt !== undefined;
  await next(conn, "heartbeat", pong);
  assert.ok(lost > 0, "no link was given up");
  await conn.close({ timeout: 0 });
  server.close();
});
