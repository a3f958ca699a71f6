import assert from "node:assert/strict";
import { test } from "node:test";

import { reading } from "../src/alerts/words.ts";
import { course, isActive, isOver } from "../src/alerts/alerts.ts";
import { clockTime } from "../src/ui/format.ts";
import type { Alert } from "../src/collector/wire.ts";

const alert = (change: Partial<Alert>): Alert => ({
  id: 1,
  type: "HIGH_LATENCY",
  severity: "LOW",
  status: "FIRING",
  value: 1200,
  threshold: 1000,
  beganAt: 0,
  ...change,
});

test("an alert says what it saw and what it compares that with, in their unit", () => {
  const read = (type: Alert["type"], value: number, threshold: number) =>
    reading(alert({ type, value, threshold }));
  assert.equal(read("HIGH_LATENCY", 1200, 1000), "p95 is 1.20 s; raised above 1.00 s");
  assert.equal(read("HIGH_ERROR_RATE", 0.08, 0.05), "8% went wrong; raised from 5% on");
  assert.equal(read("LOW_CONNECTION_QUALITY", 0.5, 0.8), "50% are healthy; raised below 80%");
  assert.equal(read("NO_REPORTS", 0.1, 0.5), "10% of the sessions report; raised below 50%");
});

test("one that is pending is neither shown among those that were raised nor among those that are over", () => {
  const pending = alert({ status: "PENDING" });
  assert.deepEqual([isActive(pending), isOver(pending)], [false, false]);
  assert.ok(isActive(alert({ status: "ACKNOWLEDGED" })));
  assert.ok(isOver(alert({ status: "EXPIRED" })));
});

test("one that is over tells when it began, when somebody knew, and how it ended", () => {
  const told = (change: Partial<Alert>) =>
    course(alert(change), 9000).map(([what, at]) => (at === undefined ? what : `${what} ${at}`));
  const times = { beganAt: 1000, acknowledgedAt: 2000, resolvedAt: 5000 };
  assert.deepEqual(told({ ...times, status: "RESOLVED" }), [
    "Began 1000",
    "acknowledged 2000",
    "resolved 5000",
  ]);
  assert.deepEqual(told({ beganAt: 1000, resolvedAt: 5000, status: "EXPIRED" }), [
    "Began 1000",
    "not acknowledged",
    "expired, as nothing was known any more, 5000",
  ]);
  assert.match(clockTime(0), /^\d\d:\d\d:\d\d$/);
});
