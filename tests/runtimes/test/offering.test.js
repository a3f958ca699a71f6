// What each runtime's own class makes of a server that does not know `steadfast.v1`. Node 24's and later ones do not tell.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { WebSocketServer } from "ws";
import { RUNTIMES } from "./support/runtimes.js";

const OFFER = "steadfast.v1";
const SCRIPT = fileURLToPath(new URL("../programs/offering.js", import.meta.url));

/** The offers that it takes to be connected: to a server that takes no sub-protocol, and to one that answers 400. */
const OFFERS = {
  "Bun": [[OFFER, undefined], [OFFER, undefined]],
  "Deno": [[OFFER], [OFFER, undefined]],
  "Node 22": [[OFFER, undefined], [OFFER, OFFER, undefined]],
  "Node 24": [[OFFER, OFFER, undefined], [OFFER, OFFER, undefined]],
};

/** A server that takes no sub-protocol, or refuses with 400 who offers one. */
async function serve(t, refuses) {
  const http = createServer();
  const offers = [];
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => false });
  http.on("upgrade", (request, socket, rest) => {
    socket.on("error", () => {});
    const offered = request.headers["sec-websocket-protocol"];
    offers.push(offered);
    if (refuses && offered !== undefined) return socket.end("HTTP/1.1 400 X\r\ncontent-length: 0\r\n\r\n");
    server.handleUpgrade(request, socket, rest, (peer) => {
      peer.on("error", () => {});
      peer.on("message", (data) => peer.send(String(data)));
    });
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  t.after(() => {
    for (const peer of server.clients) peer.terminate();
    http.close();
  });
  return { url: `ws://127.0.0.1:${http.address().port}/`, offers };
}

for (const [name, expected] of Object.entries(OFFERS)) {
  for (const [refuses, offers] of [false, true].map((refuses, index) => [refuses, expected[index]])) {
    test(`in ${name}, a server that ${refuses ? "answers 400 to" : "does not take"} steadfast.v1 is connected to without it`, async (t) => {
      const server = await serve(t, refuses);
      const [runtime, ...flags] = RUNTIMES[name];
      const { stdout } = await promisify(execFile)(runtime, [...flags, SCRIPT, server.url], { timeout: 60_000 });
      assert.deepEqual(JSON.parse(stdout), { protocol: "", data: "hello" });
      assert.deepEqual(server.offers, offers);
    });
  }
}
