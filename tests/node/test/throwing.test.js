import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { connect, ConnectionManager, executeWithRetry, RetryManager, SteadfastWebSocket } from "steadfast";
import { WebSocket } from "ws";
import { CHOOSES, Sessions } from "./support/acknowledging.js";
import { QUICK } from "./support/options.js";
import { echo, startServer } from "./support/servers.js";
import { becomes, next, until } from "./support/waiting.js";

/** A class that takes no Blob, as that of ws 8.17. */
class WithoutBlob extends WebSocket {
  send(data, ...rest) {
    if (data instanceof Blob) throw new TypeError("the argument must not be a Blob");
    super.send(data, ...rest);
  }
}

/** What was said of messages that the class refuses. */
function refusals(conn) {
  const told = [];
  conn.addEventListener("error", ({ error }) => told.push([error.code, error.cause?.message]));
  conn.addEventListener("message.delivery", ({ detail }) => told.push([detail.delivery, detail.first, detail.last]));
  return told;
}

const REFUSAL = ["message.refused", "the argument must not be a Blob"];

test("a message that the class refuses while the link is up is dropped, and everything goes on", async () => {
  const heard = [];
  const server = await startServer((socket) => socket.on("message", (data) => heard.push(String(data))));
  const conn = connect(server.url, { ...QUICK, WebSocket: WithoutBlob });
  const told = refusals(conn);
  await becomes(conn, "CONNECTED");
  conn.send("one");
  const number = conn.send(new Blob(["two"]));
  conn.send("three");
  await until(() => heard.length === 2);
  assert.deepEqual(told, [REFUSAL, ["dropped", number, number]]);
  assert.deepEqual([conn.waitingMessages, conn.bufferedAmount], [0, 0]);
  conn.reconnect();
  await next(conn, "open");
  conn.send("four");
  await until(() => heard.length === 3);
  assert.deepEqual(heard, ["one", "three", "four"]);
  await conn.close();
  server.close();
});

test("a message that waited and that the class refuses is dropped, and those after it arrive", async () => {
  const heard = [];
  const server = await startServer((socket) => socket.on("message", (data) => heard.push(String(data))));
  const conn = connect(server.url, { ...QUICK, WebSocket: WithoutBlob });
  const told = refusals(conn);
  conn.send("one");
  const number = conn.send(new Blob(["two"]));
  conn.send("three");
  await until(() => heard.length === 2);
  assert.deepEqual(told, [REFUSAL, ["dropped", number, number]]);
  await conn.drained();
  assert.deepEqual([heard, conn.waitingMessages, conn.bufferedAmount], [["one", "three"], 0, 0]);
  await conn.close();
  server.close();
});

test("a message that the class refuses is not counted where the server acknowledges", async () => {
  const sessions = new Sessions();
  const server = await startServer(sessions.serve, CHOOSES);
  const conn = connect(server.url, { ...QUICK, WebSocket: WithoutBlob, protocols: ["steadfast.v1"] });
  const told = refusals(conn);
  for (const data of ["one", new Blob(["two"]), "three"]) conn.send(data);
  await conn.drained();
  conn.send(new Blob(["four"]));
  conn.reconnect();
  await next(conn, "open");
  conn.send("five");
  await conn.drained();
  assert.deepEqual(sessions.heard, ["one", "three", "five"]);
  assert.equal(told.filter(([what]) => what === "dropped").length, 2);
  await conn.close();
  server.close();
});

test("whatever callback throws, the connection still sends, receives, reconnects and closes", async () => {
  const script = fileURLToPath(new URL("./support/throwing-script.js", import.meta.url));
  const server = await startServer(echo);
  const { stdout } = await promisify(execFile)(process.execPath, [script, server.url], { timeout: 60_000 });
  const [lines, result] = [stdout.trim().split("\n"), stdout.trim().split("\n").at(-1)];
  assert.equal(result, "sent, received, reconnected, closed", lines.join("\n"));
  server.close();
});

test("a class whose members are missing or throw is a dial that fails, and is tried again", async () => {
  const server = await startServer(echo);
  let broken = 0;
  class Broken extends WebSocket {
    constructor(...given) {
      super(...given);
      const wrong = ["binaryType", "onopen", "onclose", "onerror", "onmessage"][broken++];
      if (wrong === undefined) return;
      const refuse = () => {
        throw new Error(`no ${wrong}`);
      };
      this.on("error", () => {});
      Object.defineProperty(this, wrong, { get: refuse, set: refuse });
    }
  }
  const conn = connect(server.url, { ...QUICK, WebSocket: Broken });
  const errors = [];
  conn.addEventListener("error", ({ error }) => errors.push(error.message));
  await becomes(conn, "CONNECTED");
  assert.deepEqual(errors, ["no binaryType", "no onopen", "no onclose", "no onerror", "no onmessage"]);
  await conn.close();
  server.close();
});

test("a class whose sub-protocol cannot be read has chosen none, and is asked once", async () => {
  const server = await startServer(echo);
  let reads = 0;
  class Secretive extends WebSocket {
    get protocol() {
      reads++;
      throw new Error("no protocol");
    }
  }
  for (const how of [{}, { handshake: async ({ protocol }) => assert.equal(protocol, "") }]) {
    const conn = connect(server.url, { ...QUICK, WebSocket: Secretive, ...how });
    const errors = [];
    conn.addEventListener("error", ({ error }) => errors.push(error.message));
    await becomes(conn, "CONNECTED");
    assert.equal(conn.protocol, "");
    for (const text of ["one", "two"]) {
      conn.send(text);
      assert.equal((await next(conn, "message")).data, text);
    }
    assert.deepEqual([errors, reads], [["no protocol"], 1]);
    reads = 0;
    await conn.close();
  }
  server.close();
});

test("a class without states, a reason or a way to close is used as far as it goes", async () => {
  const server = await startServer(echo);
  /** What every class has, and no more. */
  class Bare {
    #inner;
    constructor(url) {
      this.#inner = new WebSocket(url);
      this.#inner.binaryType = "arraybuffer";
      this.#inner.onopen = () => this.onopen?.();
      this.#inner.onmessage = ({ data }) => this.onmessage?.({ data });
      this.#inner.onclose = () => this.onclose?.();
    }
    send(data) {
      this.#inner.send(data);
    }
  }
  const conn = connect(server.url, { ...QUICK, WebSocket: Bare });
  const answer = next(conn, "message");
  conn.send("early");
  assert.equal((await answer).data, "early");
  server.drop?.();
  await conn.close();
  server.close();
});

test("a getter of the options that throws is refused, and what was made before goes on and closes", () => {
  const metadata = {
    get mood() {
      throw new Error("no mood");
    },
  };
  const manager = new ConnectionManager();
  assert.throws(() => manager.registerConnection("a", "u", "o", "web", metadata), { message: "no mood" });
  assert.equal(manager.registerConnection("b", "u", "o", "web").sessionId, "b");
  manager.close();
});

test("a thenable that throws, and a result that cannot be looked at, end an operation and no other", async () => {
  const thenable = {
    get then() {
      throw new Error("no then");
    },
  };
  const strategy = { type: "FIXED", fixedDelay: 1 };
  const manager = new RetryManager();
  const throwing = manager.executeWithRetry("a", () => thenable, strategy, 2, { perAttemptTimeout: 10_000 });
  await assert.rejects(throwing, { message: "no then" });
  const calling = { then: () => assert.fail("no call") };
  await assert.rejects(manager.executeWithRetry("b", () => calling, strategy, 2, { perAttemptTimeout: 10_000 }));
  const unreadable = Object.defineProperty({}, "status", { get: () => assert.fail("no status") });
  assert.equal(await executeWithRetry("c", () => unreadable, strategy), unreadable);
  assert.deepEqual(manager.operations(), []);
  const breaker = manager.executeWithCircuitBreaker("d", () => thenable);
  await assert.rejects(breaker, { message: "no then" });
  manager.close();
});
