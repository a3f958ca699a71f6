import assert from "node:assert/strict";
import { test } from "node:test";

import { count, duration, percentagePoints, roughMoment } from "../src/ui/format.ts";
import { trace } from "../src/ui/sparkline.ts";
import { changed, foreseen } from "../src/history/trends.ts";

const trend = { direction: "DEGRADING", slope: 1, change: 41.2, z: 3 } as const;

test("a change has its sign and its unit", () => {
  assert.equal(changed(trend, duration), "+41 ms");
  assert.equal(changed({ ...trend, change: -0.0152 }, percentagePoints), "−1.5 points");
  assert.equal(changed({ ...trend, change: 0 }, count), "no change");
});

test("a forecast says what is reached, when, and between which times; without one there is nothing to say", () => {
  assert.equal(foreseen(undefined, duration, 0), undefined);
  assert.equal(foreseen(trend, duration, 0), undefined);
  const forecast = { threshold: 1000, expectedAt: 600_000, earliestAt: 500_000 };
  const at = (instant: number) => roughMoment(instant, 0);
  assert.equal(
    foreseen({ ...trend, forecast }, duration, 0),
    `Reaches 1.00 s in about 10 min: at ${at(600_000)} (${at(500_000)} or never)`,
  );
  assert.match(
    foreseen({ ...trend, forecast: { ...forecast, latestAt: 900_000 } }, duration, 0) ?? "",
    new RegExp(`\\(${at(500_000)} to ${at(900_000)}\\)$`),
  );
});

test("a line through what was measured has gaps where nothing was, and begins at zero", () => {
  const samples: [number, number | undefined][] = [
    [0, 5],
    [10, 10],
    [15, undefined],
    [20, 0],
  ];
  assert.equal(trace(samples, 0, 20), "M0.0 16.3L50.0 3.5M100.0 29.0");
  assert.equal(trace([[0, 0]], 0, 20), "M0.0 29.0");
  assert.equal(trace(samples, 30, 40), "");
});
