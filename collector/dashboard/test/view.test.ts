import assert from "node:assert/strict";
import { test } from "node:test";

import { apply, INITIAL_VIEW, PAGE_SIZE } from "../src/sessions/view.ts";
import type { View } from "../src/sessions/view.ts";
import type { Session } from "../src/collector/wire.ts";
import { session } from "./fixture.ts";

const shown = (view: Partial<View>, sessions: Session[]) =>
  apply({ ...INITIAL_VIEW, ...view }, sessions).rows.map(({ sessionId }) => sessionId);

test("at first those that need attention stand on top, the worst quality first", () => {
  const sessions = [
    session("fine", { connectionQuality: "EXCELLENT" }),
    session("bad", { connectionQuality: "CRITICAL" }),
    session("unknown"),
    session("lost", { status: "RECONNECTING" }),
    session("over", { status: "FAILED" }),
  ];
  assert.deepEqual(shown({}, sessions), ["over", "lost", "bad", "fine", "unknown"]);
});

test("numbers in names sort as numbers", () => {
  const sessions = [session("client-10"), session("client-9")];
  assert.deepEqual(shown({ sort: "sessionId" }, sessions), ["client-9", "client-10"]);
});

test("what is absent comes last in both directions", () => {
  const sessions = [
    session("none"),
    session("slow", { latency: 90 }),
    session("fast", { latency: 2 }),
  ];
  assert.deepEqual(shown({ sort: "latency" }, sessions), ["fast", "slow", "none"]);
  assert.deepEqual(shown({ sort: "latency", descending: true }, sessions), [
    "slow",
    "fast",
    "none",
  ]);
});

test("text is looked for in every name, whatever its case", () => {
  const sessions = [
    session("a", { userId: "Ada" }),
    session("b", { clientType: "web" }),
    session("c", { connectionQuality: "POOR" }),
  ];
  assert.deepEqual(shown({ text: " ada " }, sessions), ["a"]);
  assert.deepEqual(shown({ text: "WEB" }, sessions), ["b"]);
  assert.deepEqual(shown({ text: "poor" }, sessions), ["c"]);
  assert.deepEqual(shown({ status: "FAILED" }, sessions), []);
});

test("a page that is not there any more is the last one", () => {
  const sessions = Array.from({ length: PAGE_SIZE + 1 }, (_, i) => session(`s-${i}`));
  const page = apply({ ...INITIAL_VIEW, page: 9 }, sessions);
  assert.deepEqual(
    [page.page, page.pages, page.matching, page.rows.length],
    [1, 2, PAGE_SIZE + 1, 1],
  );
});

test("a quality is filtered for, and so is that too little is known of one", () => {
  const sessions = [session("fine", { connectionQuality: "EXCELLENT" }), session("unknown")];
  assert.deepEqual(shown({ quality: "EXCELLENT" }, sessions), ["fine"]);
  assert.deepEqual(shown({ quality: "UNKNOWN" }, sessions), ["unknown"]);
});

test("a stale session is only that, and one that has ended has no quality", () => {
  const sessions = [
    session("there", { connectionQuality: "GOOD" }),
    session("gone", { connectionQuality: "GOOD", liveness: "STALE" }),
    session("left", { connectionQuality: "GOOD", liveness: "ENDED", status: "DISCONNECTED" }),
  ];
  assert.deepEqual(shown({ status: "CONNECTED" }, sessions), ["there"]);
  assert.deepEqual(shown({ status: "STALE" }, sessions), ["gone"]);
  assert.deepEqual(shown({ status: "DISCONNECTED" }, sessions), ["left"]);
  assert.deepEqual(shown({ quality: "GOOD" }, sessions), ["there"]);
  assert.deepEqual(shown({}, sessions), ["there", "gone", "left"]);
});
