// workerd compiles nothing while it runs: a worker has to be put together with its modules beforehand.

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { EXPECTED } from "./support/expected.js";
import { program } from "./support/programs.js";
import { startServer } from "./support/server.js";

const WORKER = fileURLToPath(new URL("../programs/worker.js", import.meta.url));
const MODULES = ["steadfast_connection_bg.wasm", "steadfast_services_bg.wasm"];

const CONFIGURATION = `
using Workerd = import "/workerd/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "main", worker = .worker),
    (name = "internet", network = (allow = ["private"])),
  ],
  sockets = [(name = "http", address = "127.0.0.1:0", http = (), service = "main")],
);

const worker :Workerd.Worker = (
  modules = [
    (name = "worker.js", esModule = embed "worker.js"),
${MODULES.map((name) => `    (name = "${name}", wasm = embed "${name}"),`).join("\n")}
  ],
  compatibilityDate = "2026-11-01",
);
`;

let folder;
let server;
let workerd;
let address;

before(async () => {
  server = await startServer();
  folder = mkdtempSync(join(tmpdir(), "steadfast-workerd-"));
  const conditions = ["workerd", "worker", "browser"];
  const outfile = join(folder, "worker.js");
  await build({ entryPoints: [WORKER], outfile, bundle: true, format: "esm", conditions, external: ["*.wasm"] });
  for (const name of MODULES) {
    copyFileSync(fileURLToPath(import.meta.resolve(`steadfast/${name}`)), join(folder, name));
  }
  writeFileSync(join(folder, "workerd.capnp"), CONFIGURATION);
  const flags = ["serve", join(folder, "workerd.capnp"), "--control-fd=3"];
  workerd = spawn(program("@cloudflare", "bin/workerd"), flags, { stdio: ["ignore", "inherit", "inherit", "pipe"] });
  address = await listening(workerd);
});

after(async () => {
  workerd.kill();
  await once(workerd, "exit");
  rmSync(folder, { recursive: true });
  server.close();
});

test("in workerd, a connection comes back and calls are tried again, with nothing waited for first", async () => {
  const response = await fetch(`${address}?url=${encodeURIComponent(server.url)}`);
  assert.deepEqual(await response.json(), EXPECTED);
});

/** Where workerd listens, once it does. */
async function listening(child) {
  child.once("exit", (code) => child.stdio[3].destroy(new Error(`workerd ended with ${code}`)));
  for await (const line of createInterface({ input: child.stdio[3] })) {
    const { event, port } = JSON.parse(line);
    if (event === "listen") return `http://127.0.0.1:${port}/`;
  }
  throw new Error("workerd ended");
}
