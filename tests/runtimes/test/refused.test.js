// Each runtime's own class tells of a dial that fails in its own way. Node 22's fires no `close` event.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { createServer } from "node:net";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { RUNTIMES } from "./support/runtimes.js";

const SCRIPT = fileURLToPath(new URL("../programs/refused.js", import.meta.url));

for (const [name, [runtime, ...flags]] of Object.entries(RUNTIMES)) {
  test(`in ${name}, dials that are refused are told once each, within a moment and with a code that means it`, async () => {
    const { stdout } = await promisify(execFile)(runtime, [...flags, SCRIPT, await refusingUrl()], { timeout: 60_000 });
    const { failed, events } = JSON.parse(stdout);
    assert.deepEqual(failed, [[0, "network"], [1, "network"], [2, "network"]]);
    assert.deepEqual(events, ["error", 1006, "error", 1006, "error", 1006]);
  });
}

/** An address where nobody listens. */
async function refusingUrl() {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return `ws://127.0.0.1:${port}/`;
}
