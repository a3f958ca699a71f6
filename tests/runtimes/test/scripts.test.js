// Deno, Bun and other versions of Node read the package as Node does, from where npm put it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { EXPECTED } from "./support/expected.js";
import { RUNTIMES } from "./support/runtimes.js";
import { startServer } from "./support/server.js";

const SCRIPT = fileURLToPath(new URL("../programs/script.js", import.meta.url));

for (const [name, [runtime, ...flags]] of Object.entries(RUNTIMES)) {
  test(`in ${name}, a connection comes back and calls are tried again, with nothing waited for first`, async () => {
    const server = await startServer();
    const { stdout } = await promisify(execFile)(runtime, [...flags, SCRIPT, server.url]);
    assert.deepEqual(JSON.parse(stdout), EXPECTED);
    server.close();
  });
}
