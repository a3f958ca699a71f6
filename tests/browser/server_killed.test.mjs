// A page survives the sudden death of its server.

import assert from "node:assert/strict";
import { test } from "node:test";

import { known, stage, texts } from "./harness/stage.mjs";

test("what a page sends while the server is dead arrives in order and once", async (t) => {
  const { echo, collector, client } = await stage(t);
  await client.connect(echo, collector, { session: { sessionId: "page" } });
  await client.becomes("CONNECTED");
  await client.send(texts(0, 10));
  await client.receives(10);
  await known(collector, "page", 0);

  await echo.kill();
  await client.becomes("RECONNECTING");
  await client.send(texts(10, 60));
  await echo.restart();
  await client.becomes("CONNECTED");
  await client.send(texts(60, 70));
  // Were one of them sent twice, its copy would stand among the others.
  assert.deepEqual(await client.receives(70), texts(0, 70));
  await known(collector, "page", 1);

  await client.close();
  const { statuses, causes, errors } = await client.seen();
  assert.deepEqual(statuses, ["RECONNECTING", "CONNECTED", "RECONNECTING", "CONNECTED", "DISCONNECTED"]);
  assert.deepEqual(causes.at(-1), "closed_by_user");
  assert.equal(causes.length, 2);
  assert.deepEqual(errors, []);
});
