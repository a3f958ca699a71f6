import assert from "node:assert/strict";
import { test } from "node:test";

import { excess, measures } from "../src/breakdown/compare.ts";
import type { BreakdownFigures } from "../src/collector/wire.ts";

const NO_QUALITY = { CRITICAL: 0, EXCELLENT: 0, GOOD: 0, POOR: 0, UNKNOWN: 0 };

function figures(some: Partial<BreakdownFigures>): BreakdownFigures {
  const none = { reports: 0, linksLost: 0, linksLostByCause: {}, errorRate: 0 };
  return { ...none, quality: NO_QUALITY, ...some };
}

function compare(
  key: string,
  now: Partial<BreakdownFigures>,
  before: Partial<BreakdownFigures>,
  by = "sdk",
) {
  const measure = measures(by).find((one) => one.key === key);
  return measure?.compare({ now: figures(now), before: figures(before) });
}

test("links lost are judged by reports, so that twice the clients are not twice as bad", () => {
  const grown = compare("linksLost", { reports: 2000, linksLost: 20 }, { reports: 1000, linksLost: 10 });
  assert.deepEqual(
    [grown?.value, grown?.note, grown?.verdict],
    ["20", "10 per 1,000 reports", "same"],
  );
  const worse = compare("linksLost", { reports: 1000, linksLost: 30 }, { reports: 1000, linksLost: 10 });
  assert.deepEqual([worse?.verdict, worse?.change], ["worse", "+20, was 10"]);
});

test("by cause there is no proportion to judge by, only how many there are", () => {
  const worse = compare("linksLost", { reports: 9, linksLost: 9 }, { reports: 3, linksLost: 3 }, "cause");
  assert.deepEqual([worse?.value, worse?.verdict, worse?.change], ["9", "worse", "+6, was 3"]);
  assert.deepEqual(measures("cause").map(({ key }) => key), ["linksLost"]);
});

test("a few reports judge nothing", () => {
  const few = compare("errorRate", { reports: 5, errorRate: 0.5 }, { reports: 900, errorRate: 0 });
  assert.equal(few?.verdict, "unknown");
  const none = compare("p95", { reports: 900, p95: 40 }, { reports: 0 });
  assert.deepEqual([none?.verdict, none?.change], ["unknown", "nothing before"]);
});

test("less is better, and a little less is the same", () => {
  const before = { reports: 100, p95: 200 };
  assert.equal(compare("p95", { reports: 100, p95: 100 }, before)?.verdict, "better");
  assert.equal(compare("p95", { reports: 100, p95: 195 }, before)?.verdict, "same");
  const quality = { ...NO_QUALITY, POOR: 1, GOOD: 3, UNKNOWN: 96 };
  const judged = compare("quality", { reports: 100, quality }, { reports: 100, quality });
  assert.deepEqual([judged?.value, judged?.verdict], ["25%", "same"]);
});

test("what stands first lost the most links beyond its old rate", () => {
  const of = (now: Partial<BreakdownFigures>, before: Partial<BreakdownFigures>) =>
    excess({ now: figures(now), before: figures(before) }, "sdk");
  assert.equal(of({ reports: 200, linksLost: 30 }, { reports: 100, linksLost: 10 }), 10);
  assert.equal(of({ reports: 200, linksLost: 30 }, {}), 30);
});
