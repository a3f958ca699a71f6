// Tokens: asked for anew for every dial, renewed at once when they have expired, and told to nobody.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "steadfast";
import { WebSocket } from "ws";
import { QUICK } from "./support/options.js";
import { echo, startHttp, startServer } from "./support/servers.js";
import { becomes, next, until } from "./support/waiting.js";

test("a function that fails, or never answers, is asked again", async () => {
  const server = await startServer(echo);
  const answers = [() => Promise.reject(new Error("no token")), () => new Promise(() => {}), () => "nonsense:", () => server.url];
  const conn = connect(() => answers.shift()(), { ...QUICK, connectTimeout: 50 });
  const causes = [];
  conn.addEventListener("retry.failed", ({ detail }) => causes.push(detail.cause.kind));
  await becomes(conn, "CONNECTED");
  assert.deepEqual(causes, ["no_address", "connect_timeout", "no_address"]);
  await conn.close();
  server.close();
});

test("a server that says that a token has expired is dialled at once with a fresh one, but only once", async () => {
  let expired = 1;
  const server = await startServer((socket) => expired-- > 0 && socket.close(4401, "token expired"));
  const asked = [];
  const conn = connect((given) => {
    asked.push(given);
    return server.url;
  }, QUICK);
  const events = [];
  conn.addEventListener("retry.attempt", () => events.push("wait"));
  conn.addEventListener("disconnected", () => events.push("lost"));
  await until(() => asked.length === 2);
  await becomes(conn, "CONNECTED");
  assert.deepEqual(asked, [{ refresh: false }, { refresh: true }]);
  assert.deepEqual(events, ["lost"]);

  expired = 1;
  server.clients.forEach((client) => client.close(4401));
  await next(conn, "retry.attempt");
  assert.deepEqual(asked, [{ refresh: false }, { refresh: true }]);
  await conn.close();
  server.close();
});

/** Lets in clients with the token `new`, and answers 401 to all others. */
function guarded() {
  return startServer(echo, { verifyClient: ({ req }, done) => done(req.url.endsWith("?new"), 401) });
}

/** A source of tokens that keeps an old one, and whose first answers to a refresh are errors. */
function source(url, failures = 0) {
  let token = "old";
  const asked = [];
  const address = async ({ refresh }) => {
    asked.push(refresh);
    if (refresh && failures-- > 0) throw new Error("the server of tokens is away");
    if (refresh) token = "new";
    return `${url}?${token}`;
  };
  return { asked, address };
}

/** Tells no more of a failed dial than a browser does. */
class Silent extends WebSocket {
  constructor(...given) {
    super(...given);
    this.on("error", () => {});
  }
  set onerror(_) {}
  get onerror() {
    return null;
  }
}

test("a refresh that fails is asked for again by each dial, and does not end the session", async () => {
  let links = 0;
  const server = await startServer((socket) => links++ === 0 && socket.close(4401));
  const { asked, address } = source(server.url, 3);
  const conn = connect(address, QUICK);
  await until(() => links === 2);
  assert.deepEqual(asked, [false, true, true, true, true]);
  await conn.close();
  server.close();
});

test("a refusal that nobody sees leads to a fresh token after the second failure", async () => {
  const server = await guarded();
  const { asked, address } = source(server.url);
  const conn = connect(address, { ...QUICK, WebSocket: Silent });
  await becomes(conn, "CONNECTED");
  assert.deepEqual(asked, [false, false, true]);
  await conn.close();
  server.close();
});

test("a refresh after refusals that nobody sees is asked for again if it fails", async () => {
  const server = await guarded();
  const { asked, address } = source(server.url, 2);
  const conn = connect(address, { ...QUICK, WebSocket: Silent });
  await becomes(conn, "CONNECTED");
  assert.deepEqual(asked, [false, false, true, true, true]);
  await conn.close();
  server.close();
});

test("a long outage costs the server of the tokens little", async () => {
  const { asked, address } = source("ws://127.0.0.1:1/");
  const conn = connect(address, { ...QUICK, retry: { type: "FIXED", fixedDelay: 5 }, WebSocket: Silent });
  await until(() => asked.length >= 40);
  const refreshes = asked.slice(0, 40).flatMap((refresh, index) => (refresh ? [index + 1] : []));
  assert.deepEqual(refreshes, [3, 5, 9, 17]);
  await conn.close();
});

test("a close for a policy ends the session only if the token was fresh", async () => {
  const server = await startServer((socket) => socket.close(1008));
  const { asked, address } = source(server.url);
  const conn = connect(address, QUICK);
  await becomes(conn, "FAILED");
  assert.deepEqual(asked, [false, true]);
  assert.deepEqual(conn.state.failure, { reason: "final_close_code", cause: { kind: "closed_by_peer", code: 1008 } });
  await conn.close();
  server.close();
});

test("nothing secret is in events, errors or reports", async () => {
  const secret = "s3cr3t";
  const bodies = [];
  const collector = await startHttp(({ body }) => {
    bodies.push(body);
    return 200;
  });
  const server = await startServer((socket) => socket.on("message", () => socket.close(4401, `bad token ${secret}`)));
  let dials = 0;
  const address = () => {
    dials += 1;
    if (dials === 2) return `ws://127.0.0.1:1/?token=${secret}`;
    if (dials === 3) return `ftp://user:${secret}@nowhere.invalid/#${secret}`;
    return `${server.url}?token=${secret}`;
  };
  const conn = connect(address, {
    ...QUICK,
    protocols: () => ["chat", `token.${secret}`],
    report: { url: collector.url, key: "pk_test", interval: 100 },
  });
  const told = [];
  for (const type of ["registered", "status.changed", "quality.changed", "heartbeat", "disconnected", "retry.attempt"]) {
    conn.addEventListener(type, ({ detail }) => told.push(detail));
  }
  for (const type of ["retry.failed", "retry.success", "retry.exhausted", "message.delivery"]) {
    conn.addEventListener(type, ({ detail }) => told.push(detail));
  }
  conn.addEventListener("error", ({ error }) => told.push({ ...error, message: error.message, stack: error.stack }));
  await becomes(conn, "CONNECTED");
  conn.send(`message ${secret}`);
  await until(() => dials >= 4);
  await becomes(conn, "CONNECTED");
  told.push(conn.state);
  await conn.close();
  assert.ok(bodies.length > 0 && told.length > 5);
  assert.ok(!JSON.stringify([told, bodies]).includes(secret));
  server.close();
  collector.close();
});

test("reconnect gives a fresh link now, after the attempts ran out and after closing, too", async () => {
  const server = await startServer(echo);
  let url = server.url;
  const conn = connect(() => url, { ...QUICK, maxReconnectAttempts: 1 });
  await becomes(conn, "CONNECTED");
  const lost = next(conn, "disconnected");
  conn.reconnect();
  assert.deepEqual((await lost).detail.cause, { kind: "reconnect_requested" });
  await becomes(conn, "CONNECTED");

  url = "ws://127.0.0.1:1/";
  conn.reconnect();
  await becomes(conn, "FAILED");
  url = server.url;
  conn.reconnect();
  await becomes(conn, "CONNECTED");

  const closing = conn.close();
  assert.equal(conn.state.status, "DISCONNECTED");
  conn.reconnect();
  await becomes(conn, "CONNECTED");
  await closing;
  const messages = conn[Symbol.asyncIterator]();
  conn.send("again");
  assert.deepEqual(await messages.next(), { done: false, value: "again" });
  await conn.close();
  server.close();
});

test("a server that lets a link in and drops it at once for its token is met with a fresh one", async () => {
  const server = await startServer((socket, request) => request.url.endsWith("?new") || socket.terminate());
  const asked = [];
  const source = ({ refresh }) => {
    asked.push(refresh);
    return `${server.url}?${refresh ? "new" : "old"}`;
  };
  const conn = connect(source, { ...QUICK, stableAfter: 100 });
  await until(() => asked.length === 3);
  await becomes(conn, "CONNECTED");
  await conn.close();
  assert.deepEqual(asked, [false, false, true]);
  server.close();
});
