import assert from "node:assert/strict";
import { test } from "node:test";

import { History } from "../src/history/history.ts";
import type { HealthPoint, Measured } from "../src/collector/wire.ts";

const metrics = (latencyP50: number): HealthPoint["metrics"] => ({
  totalConnections: 1,
  liveConnections: 1,
  endedConnections: 0,
  staleConnections: 0,
  healthyConnections: 1,
  unhealthyConnections: 0,
  statusDistribution: { CONNECTED: 1, DISCONNECTED: 0, FAILED: 0, RECONNECTING: 0, SUSPENDED: 0 },
  qualityDistribution: { CRITICAL: 0, EXCELLENT: 1, GOOD: 0, POOR: 0, UNKNOWN: 0 },
  latencyP50,
  errorRate: 0,
  reconnectionRate: 0,
  disconnectionRate: 0,
});

const point = (seconds: number, latency = seconds) => ({
  at: seconds * 1000,
  metrics: metrics(latency),
});

const median = (p: { metrics: Measured }) => p.metrics.latencyP50;

test("of every five seconds the newest point stays", () => {
  const history = new History();
  for (let second = 0; second <= 12; second += 1) history.push(point(second));
  assert.deepEqual(history.columns([median]), [
    [4, 9, 12],
    [4, 9, 12],
  ]);
});

test("what the collector remembers and what the page has seen become one history", () => {
  const history = new History();
  history.push(point(10, 1));
  history.push(point(30, 3));
  history.merge([point(5), point(10, 2), point(20)]);
  assert.deepEqual(
    history.points.map(({ at }) => at / 1000),
    [5, 10, 20, 30],
  );
  assert.equal(history.points[1]?.metrics.latencyP50, 2, "the collector knows better");
});

test("a time of which nothing is known is a gap in every line", () => {
  const history = new History();
  history.merge([point(0), point(80)]);
  assert.deepEqual(history.columns([median, median]), [
    [0, 5, 80],
    [0, null, 80],
    [0, null, 80],
  ]);
});

test("what is older than an hour is forgotten, however much comes in", () => {
  const history = new History();
  for (let second = 0; second < 20_000; second += 1) history.push(point(second));
  assert.ok(history.points.length <= 721, String(history.points.length));
  assert.ok((history.points[0]?.at ?? 0) > 16_000_000);
});

test("a point that is older than the newest one changes nothing", () => {
  const history = new History();
  history.push(point(10));
  history.push(point(3));
  assert.deepEqual(
    history.points.map(({ at }) => at),
    [10_000],
  );
});
