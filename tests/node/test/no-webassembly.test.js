// Where WebAssembly cannot run, as in Safari's Lockdown Mode.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const SCRIPT = fileURLToPath(new URL("./support/no-webassembly-script.js", import.meta.url));

for (const entry of ["steadfast", "steadfast/connect", "steadfast/inline"]) {
  test(`without WebAssembly everything of ${entry} says so, and nothing of the user's is called`, async () => {
    const { stdout } = await promisify(execFile)(process.execPath, ["--no-expose-wasm", SCRIPT, entry]);
    assert.deepEqual(JSON.parse(stdout), { calls: 0, codes: ["module.unavailable"], status: "FAILED" });
  });
}
