// Closing while the module is still being loaded: a module that runs ends that, so there is one test for each process.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { connectingOf, connections } from "../../../target/npm-package/connection/connecting.js";
import { Loader } from "../../../target/npm-package/platform/loader.js";
import { QUICK } from "./support/options.js";
import { startServer } from "./support/servers.js";
import { until } from "./support/waiting.js";

const MODULE = readFileSync(new URL("../../../target/npm-package/steadfast_connection_bg.wasm", import.meta.url));

test("a close sends what was sent before the module runs, within its limit, and waits for nothing else", async () => {
  let fetched;
  const response = () => new Promise((resolve) => (fetched = resolve));
  const { connect } = connectingOf(new Loader(connections, { response }));
  const texts = [];
  const server = await startServer((socket) => socket.on("message", (data) => texts.push(String(data))));

  const impatient = connect(server.url, QUICK);
  impatient.send("never");
  const empty = connect(server.url, QUICK);
  const wrong = connect(server.url, { ...QUICK, retry: { type: "QUADRATIC" } });
  wrong.ready.catch(() => {});
  wrong.send("never");
  const patient = connect(server.url, QUICK);
  patient.send("bye");

  await Promise.all([impatient.close({ timeout: 50 }), empty.close({ timeout: 600_000 })]);
  const closing = [wrong.close({ timeout: 600_000 }), patient.close({ timeout: 600_000 })];
  assert.throws(() => patient.send("late"), { code: "connection.closed" });
  await until(() => fetched);
  fetched(new Response(MODULE, { headers: { "content-type": "application/wasm" } }));
  await Promise.all(closing);
  assert.deepEqual(texts, ["bye"]);

  const kept = connect(server.url, { ...QUICK, persist: { load() {}, save() {}, remove: () => new Promise(() => {}) } });
  kept.send("kept");
  await kept.close({ timeout: 500 });
  await until(() => texts.length === 2);
  server.close();
});
