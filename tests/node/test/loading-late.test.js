// As loading.test.js, of what ends with a module that runs: there is one for each process.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { connectingOf, connections } from "../../../target/npm-package/connection/connecting.js";
import { Loader } from "../../../target/npm-package/platform/loader.js";
import { services, servicesOf } from "../../../target/npm-package/platform/serving.js";
import { QUICK } from "./support/options.js";
import { echo, startServer } from "./support/servers.js";
import { becomes, next, take } from "./support/waiting.js";

const moduleOf = (name) => readFileSync(new URL(`../../../target/npm-package/steadfast_${name}_bg.wasm`, import.meta.url));
const HEADERS = { "content-type": "application/wasm" };

test("what is called before the module runs waits its turn, however long it takes to fetch it", async () => {
  let requests = 0;
  const response = async () => {
    requests += 1;
    if (requests === 1) throw new TypeError("no network");
    return requests === 2
      ? new Response(null, { status: 503 })
      : new Response(moduleOf("connection"), { headers: HEADERS });
  };
  const { connect } = connectingOf(new Loader(connections, { response }));
  const server = await startServer(echo);

  const wrong = connect(server.url, { ...QUICK, retry: { type: "QUADRATIC" } });
  const conn = connect(server.url, { ...QUICK, outbox: { maxMessages: 3, maxBytes: 100 } });
  assert.equal(conn.state.status, "DISCONNECTED");
  const messages = conn[Symbol.asyncIterator]();
  ["one", "two", "three"].forEach((message) => conn.send(message));
  assert.throws(() => conn.send("four"), { code: "outbox.full" });
  assert.deepEqual([conn.waitingMessages, conn.bufferedAmount], [3, 11]);
  assert.equal((await next(conn, "error")).error.code, "module.unreachable");

  await assert.rejects(wrong.ready, { code: "config.out_of_range", field: "retry.type" });
  assert.equal(wrong.state.status, "FAILED");

  await conn.ready;
  assert.deepEqual(await take(messages, 3), ["one", "two", "three"]);
  assert.equal(requests, 3);

  assert.throws(() => connect(server.url, { ...QUICK, retry: { type: "QUADRATIC" } }), { field: "retry.type" });
  await Promise.all([conn.close(), wrong.close()]);
  server.close();
});

test("a connection whose session cannot be kept, for want of the script that does it, says so and goes on", async () => {
  const persistence = () => Promise.reject(new TypeError("no network"));
  const { connect } = connectingOf(new Loader(connections, { bytes: () => moduleOf("connection") }, { persistence }));
  const server = await startServer(echo);
  const conn = connect(server.url, { ...QUICK, persist: { load() {}, save() {}, remove() {} } });
  const { error } = await next(conn, "error");
  assert.deepEqual([error.code, error.message], ["persist.failed", "the session cannot be kept: no network (a service worker has to import \"steadfast/persist\" beforehand)"]);
  await becomes(conn, "CONNECTED");
  await conn.close();
  server.close();
});

test("the module of the classes is fetched for them alone, when it is waited for", async () => {
  let requests = 0;
  const response = async () => {
    requests += 1;
    return new Response(moduleOf("services"), { headers: HEADERS });
  };
  const loader = new Loader(services, { response });
  const { ConnectionManager } = servicesOf(loader);
  assert.throws(() => new ConnectionManager(), { code: "module.not_ready" });
  assert.equal(requests, 0);
  await loader.ready();
  new ConnectionManager().close();
  assert.equal(requests, 1);
});
