// As loading.test.js, of what ends with a module that runs: there is one for each process.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { Loader } from "../../../target/npm-package/loader.js";
import { packageOf } from "../../../target/npm-package/package.js";
import { QUICK } from "./support/options.js";
import { echo, startServer } from "./support/servers.js";
import { next, take } from "./support/waiting.js";

const MODULE = readFileSync(new URL("../../../target/npm-package/steadfast_wasm_bg.wasm", import.meta.url));

test("what is called before the module runs waits its turn, however long it takes to fetch it", async () => {
  let requests = 0;
  const response = async () => {
    requests += 1;
    if (requests === 1) throw new TypeError("no network");
    return requests === 2
      ? new Response(null, { status: 503 })
      : new Response(MODULE, { headers: { "content-type": "application/wasm" } });
  };
  const { connect, ConnectionManager, ready } = packageOf(new Loader({ response }));
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

  await ready();
  new ConnectionManager().close();
  assert.throws(() => connect(server.url, { ...QUICK, retry: { type: "QUADRATIC" } }), { field: "retry.type" });
  await Promise.all([conn.close(), wrong.close()]);
  server.close();
});
