// What is wrong with options is known when the module runs, which is later in browsers: put together as in loading.test.js.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { setImmediate } from "node:timers/promises";
import { connectingOf, connections } from "../../../target/npm-package/connection/connecting.js";
import { Loader } from "../../../target/npm-package/platform/loader.js";
import { QUICK } from "./support/options.js";
import { next } from "./support/waiting.js";

const MODULE = readFileSync(new URL("../../../target/npm-package/steadfast_connection_bg.wasm", import.meta.url));
const HEADERS = { "content-type": "application/wasm" };
const WRONG = { ...QUICK, stableAfter: "long" };

test("a wrong option is told to who listens for errors, and is an unhandled rejection if nobody does", async (t) => {
  const unhandled = [];
  const note = (reason) => unhandled.push(reason.field);
  // The test runner takes them for failures of the test.
  const listeners = process.listeners("unhandledRejection");
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", note);
  t.after(() => {
    process.removeAllListeners("unhandledRejection");
    for (const listener of listeners) process.on("unhandledRejection", listener);
  });

  const { connect, SteadfastWebSocket } = packageOf();
  const heard = connect("ws://127.0.0.1:1/", WRONG);
  const socket = new SteadfastWebSocket("ws://127.0.0.1:1/", [], WRONG);
  const [{ error }] = await Promise.all([next(heard, "error"), next(socket, "close")]);
  assert.equal(error.field, "stableAfter");
  await setImmediate();
  assert.deepEqual(unhandled, []);
  await assert.rejects(heard.ready, { field: "stableAfter" });

  const unheard = packageOf().connect("ws://127.0.0.1:1/", WRONG);
  while (unheard.state.status !== "FAILED") await setImmediate();
  await setImmediate();
  assert.deepEqual(unhandled, ["stableAfter"]);
});

/** The package as it is in a browser, before its module was fetched. */
function packageOf() {
  const response = async () => new Response(MODULE, { headers: HEADERS });
  return connectingOf(new Loader({ ...connections, exports: undefined }, { response }));
}
