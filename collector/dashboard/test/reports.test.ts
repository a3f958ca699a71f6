import assert from "node:assert/strict";
import { test } from "node:test";

import { Reports } from "../src/sessions/reports.ts";
import type { SessionReport } from "../src/collector/wire.ts";

/** A collector that has these many reports, which end at 1, 2, … */
function collector(count: number) {
  const all: SessionReport[] = [];
  const add = (end: number) =>
    all.unshift({ batchId: String(end), start: end - 1, end, events: [], eventsDropped: 0 });
  for (let end = 1; end <= count; end += 1) add(end);
  const fetch = async (_id: string, limit: number, before = Infinity) => ({
    reports: all.filter(({ end }) => end < before).slice(0, limit),
  });
  return { add, fetch };
}

test("older reports are loaded as they are asked for, until there are no more", async () => {
  const reports = new Reports("s", collector(1200).fetch);
  await reports.refresh();
  assert.equal(reports.values().length, 500);
  await reports.older();
  assert.ok(reports.hasOlder);
  await reports.older();
  assert.equal(reports.values().length, 1200);
  assert.ok(!reports.hasOlder);
});

test("what came in since is added, also if it is much", async () => {
  const { add, fetch } = collector(3);
  const reports = new Reports("s", fetch);
  assert.ok(await reports.refresh());
  assert.ok(!(await reports.refresh()));
  for (let end = 4; end <= 103; end += 1) add(end);
  assert.ok(await reports.refresh());
  assert.equal(reports.values().length, 103);
  assert.ok(!reports.hasOlder);
});
