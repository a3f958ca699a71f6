// What each runtime's own class makes of a refused upgrade, and of close frames that no peer may send.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { WebSocketServer } from "ws";
import { RUNTIMES } from "./support/runtimes.js";

const CODES = [0, 999, 1004, 1006, 1015, 1016, 2999, 5000, 65_535];

async function run([runtime, ...flags], program, ...given) {
  const script = fileURLToPath(new URL(`../programs/${program}`, import.meta.url));
  const { stdout } = await promisify(execFile)(runtime, [...flags, script, ...given], { timeout: 60_000 });
  return JSON.parse(stdout);
}

async function serve(t, behave, options = {}) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  await once(server, "listening");
  server.on("connection", (peer, request) => {
    peer.on("error", () => {});
    behave(peer, request);
  });
  t.after(() => {
    for (const peer of server.clients) peer.terminate();
    server.close();
  });
  return `ws://127.0.0.1:${server.address().port}/`;
}

for (const [name, runtime] of Object.entries(RUNTIMES)) {
  test(`in ${name}, a close code that must not be sent is an ordinary loss`, async (t) => {
    const seen = new Set();
    const url = await serve(t, (peer, { url: path }) => {
      if (seen.has(path)) return;
      seen.add(path);
      const code = Number(path.slice(1));
      peer._socket.write(Buffer.from([0x88, 2, code >> 8, code & 0xff]));
    });
    const causes = await run(runtime, "odd_closes.js", url, ...CODES.map(String));
    assert.deepEqual(causes, CODES.map(() => "network"));
  });

  test(`in ${name}, a token that is refused with 401 is renewed`, async (t) => {
    const verifyClient = ({ req }, done) => done(req.url.endsWith("?new"), 401);
    const url = await serve(t, () => {}, { verifyClient });
    const asked = await run(runtime, "tokens.js", url);
    // Where the class tells the status, by the second dial.
    assert.ok(asked.length <= 3, String(asked));
    assert.deepEqual(asked, asked.map((_, index) => index === asked.length - 1));
  });
}
