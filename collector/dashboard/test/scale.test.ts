import assert from "node:assert/strict";
import { test } from "node:test";

import { bounds, steps } from "../src/history/scale.ts";

test("a logarithmic scale reaches from one round number to another, over a factor of ten at least", () => {
  assert.deepEqual(bounds(23, 2330), [20, 5000]);
  assert.deepEqual(bounds(12, 13), [10, 100]);
  assert.deepEqual(bounds(0, 0), [0.1, 1]);
});

test("its labels are round, and powers of ten where there are many", () => {
  assert.deepEqual(steps(10, 100), [10, 20, 50, 100]);
  assert.deepEqual(steps(20, 5000), [100, 1000]);
  assert.deepEqual(steps(0.1, 1), [0.1, 0.2, 0.5, 1]);
});
