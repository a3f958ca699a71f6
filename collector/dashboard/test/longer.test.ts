import assert from "node:assert/strict";
import { test } from "node:test";

import { Longer, points } from "../src/history/longer.ts";
import type { Rollups } from "../src/collector/wire.ts";

const step = (at: number, disconnections: number) => ({
  at,
  errorRate: 0.1,
  p50: 40,
  activity: { disconnections, reconnections: 0 },
});

test("rates are per minute, and the step that is not over yet counts as long as it has lasted", () => {
  const rates = points([step(0, 30), step(300_000, 30)], 5, 420_000).map(
    ({ metrics }) => metrics.disconnectionRate,
  );
  assert.deepEqual(rates, [6, 15]);
});

test("what a step does not know is absent", () => {
  const [point] = points([step(0, 0)], 5, 300_000);
  assert.equal(point?.metrics.latencyP50, 40);
  assert.ok(!("latencyP95" in (point?.metrics ?? {})));
});

test("days are loaded when they are looked at, once a minute, and a failure says what it was", async () => {
  const asked: [number, number][] = [];
  let answer: () => Promise<Rollups> = async () => ({ rollups: [step(0, 1)] });
  const changes: (() => void)[] = [];
  const longer = new Longer(
    (from, minutes) => {
      asked.push([from, minutes]);
      return answer();
    },
    () => changes.shift()?.(),
  );
  const looked = (now: number) =>
    new Promise<void>((resolve) => {
      changes.push(resolve);
      longer.of(86_400, now);
    });
  assert.equal(longer.of(3600, 0), undefined);
  await looked(1000);
  assert.equal(longer.of(86_400, 2000)?.history.points.length, 1);
  assert.deepEqual(asked, [[1000 - 86_400_000, 5]]);
  answer = () => Promise.reject(new Error("The collector cannot be reached."));
  await looked(62_000);
  assert.equal(longer.of(86_400, 63_000)?.emptyText, "The collector cannot be reached.");
  assert.equal(longer.of(86_400, 63_000)?.history.points.length, 1, "what is known stays");
});
