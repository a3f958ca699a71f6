import assert from "node:assert/strict";
import { test } from "node:test";
import { connect, ConnectionManager } from "steadfast/inline";
import { QUICK } from "./support/options.js";
import { echo, startServer } from "./support/servers.js";
import { take } from "./support/waiting.js";

test("the entry that carries the module in itself does the same, at once", async () => {
  new ConnectionManager().close();
  const server = await startServer(echo);
  const conn = connect(server.url, QUICK);
  conn.send("hello");
  assert.deepEqual(await take(conn[Symbol.asyncIterator](), 1), ["hello"]);
  await conn.close();
  server.close();
});
