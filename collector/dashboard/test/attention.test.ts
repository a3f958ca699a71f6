import assert from "node:assert/strict";
import { test } from "node:test";

import { foreseen, reading } from "../src/attention.ts";
import type { Alert } from "../src/wire.ts";

const alert = (type: Alert["type"], value: number, threshold: number): Alert => ({
  id: 1,
  type,
  severity: "LOW",
  status: "FIRING",
  value,
  threshold,
  beganAt: 0,
});

test("an alert says what it saw and what it compares that with, in their unit", () => {
  assert.equal(
    reading(alert("HIGH_LATENCY", 1200, 1000)),
    "95% within 1.20 s; raised beyond 1.00 s",
  );
  assert.equal(reading(alert("HIGH_ERROR_RATE", 0.08, 0.05)), "8% went wrong; raised from 5% on");
  assert.equal(
    reading(alert("LOW_CONNECTION_QUALITY", 0.5, 0.8)),
    "50% are healthy; raised below 80%",
  );
});

test("a forecast says in how many minutes, and without one that there is none", () => {
  const trend = { direction: "DEGRADING", slope: 1, change: 1, z: 3 } as const;
  assert.equal(foreseen(undefined, 0), "too little is known yet");
  assert.equal(foreseen(trend, 0), "no threshold in sight");
  const forecast = { threshold: 1000, expectedAt: 600_000, earliestAt: 500_000 };
  assert.equal(foreseen({ ...trend, forecast }, 0), "crosses its threshold in about 10 min");
});
