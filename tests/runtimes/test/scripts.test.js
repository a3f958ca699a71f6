// Deno and Bun read the package as Node does, from where npm put it.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { EXPECTED } from "./support/expected.js";
import { program } from "./support/programs.js";
import { startServer } from "./support/server.js";

const SCRIPT = fileURLToPath(new URL("../programs/script.js", import.meta.url));

const RUNTIMES = {
  Bun: [program("@oven", "bin/bun")],
  Deno: [program("@deno", "deno"), "run", "--quiet", "--no-lock", "--allow-read", "--allow-net", "--allow-env"],
};

for (const [name, [runtime, ...flags]] of Object.entries(RUNTIMES)) {
  test(`in ${name}, a connection comes back and calls are tried again, with nothing waited for first`, async () => {
    const server = await startServer();
    const { stdout } = await promisify(execFile)(runtime, [...flags, SCRIPT, server.url]);
    assert.deepEqual(JSON.parse(stdout), EXPECTED);
    server.close();
  });
}
