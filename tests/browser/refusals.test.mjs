// What makes no sense is refused in JavaScript as in Rust, which reads the same table in tests/tests/e2e/bad_options.rs.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { pathOf } from "./harness/process.mjs";
import { stage } from "./harness/stage.mjs";

const table = JSON.parse(await readFile(pathOf("tests/conformance/refusals.json"), "utf8"));

/** What only JavaScript can get wrong: in Rust it does not compile. */
const ONLY_HERE = [
  { name: "an unknown option", options: { retries: 3 }, code: "config.unknown_field", field: "retries" },
  { name: "an unknown option within", options: { outbox: { max: 3 } }, code: "config.unknown_field", field: "outbox.max" },
  { name: "a text for a number", options: { connectTimeout: "1s" }, code: "config.type", field: "connectTimeout" },
  { name: "not a number", options: { stableAfter: NaN }, code: "config.out_of_range", field: "stableAfter" },
  { name: "hidden for more than a day", options: { suspendHiddenAfter: 86_400_001 }, code: "config.out_of_range", field: "suspendHiddenAfter" },
  { name: "an unknown overflow", options: { outbox: { overflow: "burn" } }, code: "config.unknown_value", field: "outbox.overflow" },
  { name: "a code that is none", options: { expiredCloseCodes: [70_000] }, code: "config.type", field: "expiredCloseCodes" },
  { name: "an unknown preset", options: { heartbeat: { preset: "morse" } }, code: "config.unknown_value", field: "heartbeat.preset" },
];

test("a page is told what is wrong with what it asks for", async (t) => {
  const { page } = await stage(t);

  await t.test("the module runs", () => page.evaluate(() => window.steadfast.ready()));
  for (const { name, url, code } of table.urls) {
    await t.test(name, async () => {
      const refusal = await refusalOf(page, url, {});
      assert.deepEqual([refusal?.name, refusal?.code], ["SteadfastError", code]);
    });
  }
  for (const { name, options, code, field } of [...table.options, ...ONLY_HERE]) {
    await t.test(name, async () => {
      const refusal = await refusalOf(page, "ws://127.0.0.1:1/", options);
      assert.deepEqual(refusal, { name: "SteadfastError", code, field });
    });
  }
});

test("options that make sense are accepted", async (t) => {
  const { echo, collector, client } = await stage(t);
  await client.connect(echo, collector, { maxReconnectAttempts: 1, stableAfter: 0, outbox: { maxMessages: 0 } });
  await client.becomes("CONNECTED");
});

/** How connecting is refused; null if it is not. */
function refusalOf(page, url, options) {
  const report = options.report && { url: "http://127.0.0.1:1/v1/reports", key: "pk_none", ...options.report };
  return page.evaluate(
    async ([address, given]) => {
      try {
        await window.steadfast.connect(address, given).close();
        return null;
      } catch ({ name, code, field }) {
        return { name, code, field };
      }
    },
    [url, { ...options, report }],
  );
}
