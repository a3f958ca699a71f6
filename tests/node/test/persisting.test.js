// Sessions that are kept in a store of the user's own. How browsers keep them is in tests/browser.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "steadfast";
import { QUICK } from "./support/options.js";
import { echo, startServer } from "./support/servers.js";
import { becomes, next, take, until } from "./support/waiting.js";

/** A store that answers by promises. */
function store() {
  const records = new Map();
  return {
    records,
    load: async (key) => structuredClone(records.get(key)),
    save: async (key, record) => void records.set(key, structuredClone(record)),
    remove: async (key) => void records.delete(key),
  };
}

test("a session goes on from its record, with the messages that waited, before those that are sent meanwhile", async () => {
  const persist = store();
  const options = { ...QUICK, persist, persistKey: "chat", outbox: { persist: true } };
  const first = connect("ws://127.0.0.1:1/", options);
  first.send("one");
  first.send(new Uint8Array([2]));
  await until(() => persist.records.get("steadfast:chat")?.messages.length === 2);
  const record = structuredClone(persist.records.get("steadfast:chat"));
  const { sessionId } = first.state;
  await first.close();
  assert.equal(persist.records.size, 0);

  persist.records.set("steadfast:chat", record);
  const server = await startServer(echo);
  const second = connect(server.url, options);
  assert.equal(second.send("three"), 0);
  const [one, two, three] = await take(second[Symbol.asyncIterator](), 3);
  assert.deepEqual([one, [...new Uint8Array(two)], three], ["one", [2], "three"]);
  assert.equal(second.state.sessionId, sessionId);
  await second.close();
  server.close();
});

test("a store that fails is reported once, and the connection goes on", async () => {
  const server = await startServer(echo);
  const failing = { ...store(), save: () => Promise.reject(new Error("full")) };
  const conn = connect(server.url, { ...QUICK, persist: failing });
  const errors = [];
  conn.addEventListener("error", ({ error }) => errors.push([error.code, error.message]));
  await becomes(conn, "CONNECTED");
  await next(conn, "error");
  assert.deepEqual(errors, [["persist.failed", "the session could not be kept: full"]]);
  await conn.close();
  server.close();
});

test("what is no store is refused", () => {
  for (const [persist, code] of [
    ["disk", "config.unknown_value"],
    [{ load: () => {} }, "config.type"],
    [7, "config.type"],
  ]) {
    assert.throws(() => connect("ws://127.0.0.1:1/", { ...QUICK, persist }), { code, field: "persist" });
  }
  const wrong = { ...QUICK, outbox: { persist: 1 } };
  assert.throws(() => connect("ws://127.0.0.1:1/", wrong), { code: "config.type", field: "outbox.persist" });
});

test("a store that never loads is given up after a while, and the connection goes on without it", async () => {
  const server = await startServer(echo);
  const saved = [];
  const hanging = { ...store(), load: () => new Promise(() => {}), save: async (key) => void saved.push(key) };
  const conn = connect(server.url, { ...QUICK, persist: hanging });
  const { error } = await next(conn, "error");
  assert.equal(error.code, "persist.failed");
  assert.match(error.message, /has not loaded/);
  await becomes(conn, "CONNECTED");
  await conn.close();
  assert.deepEqual(saved, []);
  server.close();
});
