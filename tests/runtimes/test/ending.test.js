// A peer that is gone answers no close frame. Node's own class waits for one as long as the process lives.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { startMute } from "./support/mute.js";
import { RUNTIMES } from "./support/runtimes.js";

/** A process that has not ended by itself is killed after this, which fails the test; its connections end after 3 s. */
const PATIENCE = { timeout: 60_000 };

let server;

before(async () => (server = await startMute()));
after(() => server.close());

for (const name of ["Node 22", "Node 24"]) {
  for (const [what, path, event] of [
    ["that were never upgraded", "", "retry.failed"],
    ["that fell silent", "open", "disconnected"],
  ]) {
    test(`in ${name}, links ${what} leave no handle, and the process ends`, async () => {
      const { lost, sockets } = JSON.parse(await run(name, "losing.js", server.url + path, event));
      assert.equal(lost, 14);
      assert.ok(sockets <= 1, `${sockets} sockets are left`);
    });
  }
}

for (const name of ["Bun", "Node 22", "Node 24"]) {
  for (const kind of ["connection", "socket"]) {
    test(`in ${name}, the process ends after a ${kind} was closed whose peer does not answer`, async () => {
      assert.equal(await run(name, "closing.js", `${server.url}open`, kind), "closed\n");
    });
  }
}

async function run(name, script, ...args) {
  const [runtime, ...flags] = RUNTIMES[name];
  const path = fileURLToPath(new URL(`../programs/${script}`, import.meta.url));
  const { stdout } = await promisify(execFile)(runtime, [...flags, path, ...args], PATIENCE);
  return stdout;
}
