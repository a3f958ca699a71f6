import assert from "node:assert/strict";
import { test } from "node:test";

import { Sessions } from "../src/sessions/sessions.ts";
import { session } from "./fixture.ts";

test("a reload forgets sessions that are gone", async () => {
  const sessions = new Sessions();
  sessions.update([session("gone"), session("there")]);
  await sessions.reload(async () => [session("there")]);
  assert.deepEqual(
    sessions.values().map(({ sessionId }) => sessionId),
    ["there"],
  );
});

test("what changed while a reload was under way is newer than its answer", async () => {
  const sessions = new Sessions();
  await sessions.reload(async () => {
    sessions.update([session("a", { status: "FAILED" }), session("b")]);
    return [session("a")];
  });
  assert.equal(sessions.find("a")?.status, "FAILED");
  assert.ok(sessions.find("b"));
});

test("a reload that fails changes nothing", async () => {
  const sessions = new Sessions();
  sessions.update([session("a")]);
  await assert.rejects(sessions.reload(() => Promise.reject(new Error("no answer"))));
  assert.equal(sessions.size, 1);
});

test("beyond its bound it keeps the sessions that were heard of last", () => {
  const sessions = new Sessions(2);
  sessions.update([
    session("old", { lastHeard: 1 }),
    session("new", { lastHeard: 3 }),
    session("lost", { lastHeard: 2 }),
  ]);
  assert.deepEqual(
    sessions
      .values()
      .map(({ sessionId }) => sessionId)
      .sort(),
    ["lost", "new"],
  );
  sessions.countedAs(3);
  assert.equal(sessions.total, 3);
});
