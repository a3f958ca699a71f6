import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { echo, startServer } from "./support/servers.js";

const SCRIPT = fileURLToPath(new URL("./support/replacing-script.js", import.meta.url));

/** What the script prints that replaces the global class: it has a limit, since a recursion would never end. */
async function replaced(...given) {
  const server = await startServer(echo);
  const { stdout } = await promisify(execFile)(process.execPath, [SCRIPT, server.url, ...given], { timeout: 30_000 });
  server.close();
  return stdout.trim();
}

for (const entry of ["steadfast", "steadfast/connect", "steadfast/inline"]) {
  test(`${entry}: SteadfastWebSocket in the place of the platform's class dials with that class`, async () => {
    assert.equal(await replaced("class", entry), "class echo, connect echo, sockets 2");
  });
}

test("a class of with(), and a subclass of it, in the place of the platform's class dial with that class", async () => {
  assert.equal(await replaced("with", "steadfast"), "class echo, connect echo, sockets 2");
});

test("a class of with() that was given a class, in the place of the platform's, dials with the one it was given", async () => {
  assert.equal(await replaced("given", "steadfast"), "class echo, connect echo, sockets 2");
});

test("a copy of the package that is loaded after the first one took the place dials with the platform's class", async () => {
  assert.equal(await replaced("copies", "steadfast", "steadfast/inline"), "class echo, connect echo, sockets 2");
});

test("where the platform has no class, one that is added after the package was loaded is taken", async () => {
  assert.equal(await replaced("late", "steadfast"), "class echo, connect echo, sockets 2");
});

test("a class given by the option is taken whatever the global is", async () => {
  assert.equal(await replaced("option", "steadfast"), "class echo, connect echo, sockets 2");
});
