// How the package behaves where the module has to be fetched, as browsers do. Node reads it at once, so the parts are
// put together here with a loader that fetches.

import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import { after, before, test } from "node:test";
import { connectingOf, connections } from "../../../target/npm-package/connection/connecting.js";
import { Loader } from "../../../target/npm-package/platform/loader.js";
import { services, servicesOf } from "../../../target/npm-package/platform/serving.js";
import { QUICK } from "./support/options.js";
import { echo, startServer } from "./support/servers.js";
import { next } from "./support/waiting.js";

const MODULE = readFileSync(new URL("../../../target/npm-package/steadfast_connection_bg.wasm", import.meta.url));

/** What the next request for the module is answered with. */
let status = 200;
let moduleServer;
let server;
let package_;

before(async () => {
  moduleServer = createServer((_request, response) => {
    response.writeHead(status, { "content-type": "application/wasm" }).end(status === 200 ? MODULE : "");
    status = 200;
  }).listen(0, "127.0.0.1");
  await once(moduleServer, "listening");
  const url = `http://127.0.0.1:${moduleServer.address().port}/`;
  const source = { response: () => fetch(url) };
  package_ = { ...connectingOf(new Loader(connections, source)), ...servicesOf(new Loader(services, source)) };
  server = await startServer(echo);
});

after(() => {
  moduleServer.close();
  moduleServer.closeAllConnections();
  server.close();
});

test("before the module runs, what can be said at once is said at once", () => {
  assert.throws(() => package_.connect("ftp://127.0.0.1/", QUICK), { code: "config.url" });
  assert.throws(() => new package_.ConnectionManager(), { code: "module.not_ready" });
});

test("a module that will never run makes the connection fail, and says why", async () => {
  status = 404;
  const conn = package_.connect(server.url, QUICK);
  const messages = conn[Symbol.asyncIterator]();
  const told = next(conn, "error");
  await assert.rejects(conn.ready, { name: "SteadfastError", code: "module.failed" });
  assert.equal((await told).error.code, "module.failed");
  assert.equal(conn.state.status, "FAILED");
  await assert.rejects(messages.next(), { code: "module.failed" });
  await conn.close();
});

test("a connection that is closed before the module runs is closed", async () => {
  const conn = package_.connect(server.url, QUICK);
  await conn.close();
  assert.equal(conn.state.status, "DISCONNECTED");
  assert.throws(() => conn.send("late"), { code: "connection.closed" });
  await conn.ready;
});
