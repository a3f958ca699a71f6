import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "steadfast";
import { PRESETS } from "../../../wasm/js/connection/presets.js";
import { BEATING, QUICK } from "./support/options.js";
import { startServer } from "./support/servers.js";
import { becomes, next, until } from "./support/waiting.js";

const { preset: _, ...TIMING } = BEATING;

/** A connection to a server that answers each message with the texts that `answers` gives; and what both have heard. */
async function meet(t, heartbeat, answers = () => []) {
  const heard = [];
  const server = await startServer((socket) => {
    socket.on("message", (data, isBinary) => {
      const message = isBinary ? data : String(data);
      heard.push(message);
      for (const answer of answers(message)) socket.send(answer);
    });
  });
  t.after(() => server.close());
  const conn = connect(server.url, { ...QUICK, heartbeat: { ...TIMING, ...heartbeat } });
  t.after(() => conn.close());
  const messages = [];
  const errors = [];
  conn.addEventListener("message", ({ data }) => messages.push(data));
  conn.addEventListener("error", ({ error }) => errors.push(error));
  await becomes(conn, "CONNECTED");
  const say = (text) => server.clients.forEach((socket) => socket.send(text));
  return { conn, errors, heard, messages, say };
}

const measured = (conn) => next(conn, "heartbeat", ({ detail }) => detail.rtt !== undefined);

test("phoenix: heartbeats have a reference that is told from a library's own, and only their replies are kept back", async (t) => {
  const theirs = '[null,"7","phoenix","phx_reply",{"response":{},"status":"ok"}]';
  const { conn, heard, messages, say } = await meet(t, { preset: "phoenix" }, (message) => {
    const [joinRef, ref, topic, event, payload] = JSON.parse(message);
    assert.deepEqual([joinRef, topic, event, payload], [null, "phoenix", "heartbeat", {}]);
    return [JSON.stringify([joinRef, ref, topic, "phx_reply", { response: {}, status: "ok" }])];
  });
  await measured(conn);
  say(theirs);
  await until(() => messages.length > 0);
  await measured(conn);
  assert.deepEqual(messages, [theirs]);
  assert.equal(heard[0], '[null,"steadfast:0","phoenix","heartbeat",{}]');
});

test("graphql-transport-ws: a server that gives the payload back tells which ping it answers", async (t) => {
  const { conn, heard, messages } = await meet(t, { preset: "graphql-transport-ws" }, (message) => {
    const { type, payload } = JSON.parse(message);
    assert.equal(type, "ping");
    return [JSON.stringify({ payload, type: "pong" })];
  });
  await measured(conn);
  assert.deepEqual(JSON.parse(heard[0]), { type: "ping", payload: { steadfast: 0 } });
  assert.deepEqual(messages, []);
});

test("graphql-transport-ws: a pong without a payload answers the oldest ping, and with none in flight it is a message", async (t) => {
  const bare = '{"type":"pong"}';
  const { conn, messages, say } = await meet(t, { preset: "graphql-transport-ws" }, () => [bare]);
  await measured(conn);
  assert.deepEqual(messages, []);
  // One more than there can be in flight.
  for (let sent = 0; sent < 5; sent++) say(bare);
  await until(() => messages.length > 0);
  assert.equal(messages[0], bare);
});

test("graphql-transport-ws: a pong with somebody else's payload is a message", async (t) => {
  const { messages, say } = await meet(t, { preset: "graphql-transport-ws" });
  const text = '{"type":"pong","payload":{"at":1}}';
  say(text);
  await until(() => messages.length > 0);
  assert.deepEqual(messages, [text]);
});

test("graphql-transport-ws: a ping of the server is answered with its payload, kept back, and proves life", async (t) => {
  const { conn, heard, messages, say } = await meet(t, { preset: "graphql-transport-ws" }, (message) =>
    message.includes('"pong"') ? [] : ['{"type":"ping","payload":{"n":1}}'],
  );
  const missed = [];
  conn.addEventListener("heartbeat", ({ detail }) => missed.push(detail.missed));
  say('{"type":"ping"}');
  // Three pings without a pong would be the end.
  await until(() => heard.filter((message) => message.includes('"ping"')).length > 5);
  assert.equal(conn.state.status, "CONNECTED");
  assert.ok(heard.includes('{"type":"pong","payload":{"n":1}}'));
  assert.ok(heard.includes('{"type":"pong"}'));
  assert.deepEqual(messages, []);
  assert.deepEqual(missed.filter((count) => count > 1), []);
});

test("graphql-transport-ws: a message that merely speaks of pings is a message", async (t) => {
  const { messages, say } = await meet(t, { preset: "graphql-transport-ws" });
  const texts = ['{"id":"1","type":"next","payload":{"data":{"type":"ping"}}}', 'null "ping"', `{"type":"ping"}${" ".repeat(600)}`];
  texts.forEach(say);
  await until(() => messages.length === texts.length);
  assert.deepEqual(messages, texts);
});

test("centrifuge: an empty object is answered if the server asked for it, and kept back if it came alone", async (t) => {
  const { heard, messages, say } = await meet(t, { preset: "centrifuge" });
  say('{"id":1,"connect":{"client":"c","ping":25,"pong":true}}');
  say("{}");
  await until(() => heard.length === 1);
  say('{}\n{"push":{"channel":"a","pub":{"data":1}}}');
  await until(() => heard.length === 2);
  assert.deepEqual(heard, ["{}", "{}"]);
  assert.deepEqual(messages, [
    '{"id":1,"connect":{"client":"c","ping":25,"pong":true}}',
    '{}\n{"push":{"channel":"a","pub":{"data":1}}}',
  ]);
});

test("centrifuge: a server that wants no answers gets none", async (t) => {
  const { conn, heard, messages, say } = await meet(t, { preset: "centrifuge" });
  say('{"id":1,"connect":{"client":"c","ping":25}}');
  say("{}");
  say('{"push":{}}');
  await until(() => messages.length === 2);
  conn.send("last");
  await until(() => heard.length > 0);
  assert.deepEqual(heard, ["last"]);
});

test("engine.io: the server's ping is answered and kept back", async (t) => {
  const { heard, messages, say } = await meet(t, { preset: "engine.io" });
  say('0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}');
  say("2");
  say("42");
  await until(() => heard.length > 0 && messages.length === 2);
  assert.deepEqual(heard, ["3"]);
  assert.deepEqual(messages, ['0{"sid":"s","upgrades":[],"pingInterval":25000,"pingTimeout":20000}', "42"]);
});

test("functions of one's own say what a ping is, and which ping a message answers", async (t) => {
  const heartbeat = {
    ping: (id) => new Uint8Array([9, id]),
    pong: (data) => (data instanceof ArrayBuffer ? new Uint8Array(data)[1] : undefined),
  };
  const { conn, messages } = await meet(t, heartbeat, (message) => [new Uint8Array([10, message[1]]), "and more"]);
  await measured(conn);
  await until(() => messages.length > 0);
  assert.deepEqual([...new Set(messages)], ["and more"]);
});

test("a pong without an id, by a function of one's own, answers the oldest ping", async (t) => {
  const heartbeat = { ping: () => "PING", pong: (data) => data === "PONG" || undefined };
  const { conn, messages } = await meet(t, heartbeat, () => ["PONG"]);
  await measured(conn);
  await measured(conn);
  assert.deepEqual(messages, []);
});

test("what a function of one's own answers is sent, and the question kept back", async (t) => {
  const { conn, heard, messages, say } = await meet(t, { answer: (data) => (data === "there?" ? "here!" : undefined) });
  say("there?");
  say("hello");
  await until(() => heard.length > 0 && messages.length > 0);
  assert.deepEqual(heard, ["here!"], "nothing else is sent: no ping was given");
  assert.deepEqual(messages, ["hello"]);
  assert.equal(conn.state.latency, undefined);
});

test("a function of one's own that throws is told of, and what came is a message", async (t) => {
  const boom = () => {
    throw new Error("boom");
  };
  const { conn, errors, heard, messages, say } = await meet(t, { ping: boom, pong: boom });
  say("hello");
  await until(() => messages.length > 0 && errors.length > 1);
  assert.deepEqual([...new Set(errors.map((error) => error.message))], ["boom"]);
  assert.deepEqual(messages, ["hello"]);
  assert.deepEqual(heard, []);
  assert.notEqual(conn.state.status, "FAILED");
});

/** Resolves when the link was given up for its silence. */
const silenced = (conn) => next(conn, "disconnected", ({ detail }) => detail.cause.kind === "heartbeat_timeout");

test("engine.io: a server that falls silent for longer than its handshake says is dead", async (t) => {
  const { conn, messages, say } = await meet(t, { preset: "engine.io" });
  const dead = silenced(conn);
  say('0{"sid":"s","upgrades":[],"pingInterval":100,"pingTimeout":100}');
  await dead;
  assert.equal(messages.length, 1);
  await becomes(conn, "CONNECTED");
});

test("centrifuge: how long a server will be silent is said by its reply to connect, and only there", async (t) => {
  const promised = [];
  const callbacks = { reply: () => {}, promise: (silence) => promised.push(silence) };
  const language = PRESETS.centrifuge();
  language.read('{"push":{"channel":"a","pub":{"data":{"connect":{"ping":1}}}}}', callbacks);
  language.read('{"id":1,"connect":{"client":"c","ping":25}}', callbacks);
  language.read('{"id":2,"connect":{"client":"c","ping":1}}', callbacks);
  assert.deepEqual(promised, [35_000]);
});

test("a server that says of itself how long it is silent is held to it, by a function of one's own", async (t) => {
  const heartbeat = { promise: (data) => Number(/^silent for (\d+)$/.exec(data)?.[1]) || undefined };
  const { conn, messages, say } = await meet(t, heartbeat);
  const dead = silenced(conn);
  say("hello");
  say("silent for 200");
  await dead;
  assert.deepEqual(messages, ["hello", "silent for 200"]);
});

test("a promise that makes no sense is told of, and is none", async (t) => {
  const said = [0, -1, NaN, 86_400_001, "200"];
  const { conn, errors, messages, say } = await meet(t, { promise: (data) => said[data] });
  said.forEach((_, index) => say(String(index)));
  await until(() => messages.length === said.length);
  assert.deepEqual([...new Set(errors.map(({ code, field }) => `${code} ${field}`))], ["config.out_of_range heartbeat.promise"]);
  assert.equal(errors.length, said.length);
  assert.equal(conn.state.status, "CONNECTED");
});
