// A page notices that its server is gone although the connection stays open.

import assert from "node:assert/strict";
import { test } from "node:test";

import { known, stage, texts } from "./harness/stage.mjs";

test("heartbeats notice a black hole, and what a page sends meanwhile arrives in order and once", async (t) => {
  const { echo, collector, client } = await stage(t);
  const intervals = { excellent: 500, good: 500, poor: 500, critical: 500, unknown: 500 };
  await client.connect(echo, collector, {
    session: { sessionId: "page" },
    heartbeat: { preset: "steadfast", intervals, lateMin: 1_000, maxMissed: 2 },
  });
  await client.becomes("CONNECTED");
  await client.send(["before"]);
  await client.receives(1);

  await echo.behave("blackhole");
  // A socket takes this one, and it is never heard of again.
  await client.send(["into the hole"]);
  await client.becomes("RECONNECTING");
  await client.send(texts(0, 50));
  await echo.behave("normal");
  await client.becomes("CONNECTED");
  await client.send(["after"]);
  assert.deepEqual(await client.receives(52), ["before", ...texts(0, 50), "after"]);
  await known(collector, "page", 1);

  await client.close();
  const { causes, errors } = await client.seen();
  assert.deepEqual(causes, ["heartbeat_timeout", "closed_by_user"]);
  assert.deepEqual(errors, []);
});
