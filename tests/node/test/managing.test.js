import assert from "node:assert/strict";
import { test } from "node:test";
import { ConnectionManager, HealthMonitor } from "steadfast";
import { next } from "./support/waiting.js";

function withSession(options) {
  const manager = new ConnectionManager(options);
  manager.registerConnection("s1", "u1", "acme", "web", { plan: "pro" });
  return manager;
}

test("a registered session has a record, and counts", () => {
  const manager = new ConnectionManager();
  const state = manager.registerConnection("s1", undefined, "acme", "web", { plan: "pro", seats: 3, trial: false });
  assert.deepEqual(
    { ...state, connectedAt: 0, lastHeartbeat: 0 },
    {
      sessionId: "s1",
      organizationId: "acme",
      status: "CONNECTED",
      clientType: "web",
      connectedAt: 0,
      lastHeartbeat: 0,
      reconnectAttempts: 0,
      missedHeartbeats: 0,
      totalDisconnections: 0,
      metadata: { plan: "pro", seats: 3, trial: false },
    },
  );
  assert.ok(Math.abs(state.connectedAt - Date.now()) < 5000);
  assert.deepEqual(manager.getConnection("s1"), state);
  assert.deepEqual(manager.connections(), [state]);
  assert.deepEqual(manager.totals(), {
    sessions: 1,
    healthy: 1,
    unhealthy: 0,
    byStatus: { CONNECTED: 1, DISCONNECTED: 0, FAILED: 0, RECONNECTING: 0, SUSPENDED: 0 },
    byQuality: { CRITICAL: 0, EXCELLENT: 0, GOOD: 0, POOR: 0, UNKNOWN: 1 },
  });
  assert.deepEqual(manager.remove("s1"), state);
  assert.equal(manager.getConnection("s1"), undefined);
  assert.equal(manager.totals().sessions, 0);
  manager.close();
});

test("a heartbeat gives the latency and when the next one is due, and three of them a quality", () => {
  const manager = withSession();
  const beat = () => manager.updateHeartbeat("s1", Date.now() - 40);
  const first = beat();
  assert.ok(first.rtt >= 39 && first.rtt < 100, String(first.rtt));
  assert.equal(first.quality, undefined);
  assert.ok(first.nextInterval >= 900 && first.nextInterval <= 1100);
  beat();
  assert.equal(beat().quality, "EXCELLENT");
  assert.equal(manager.getConnection("s1").connectionQuality, "EXCELLENT");
  manager.close();
});

test("what makes no sense is refused, and nothing changes", () => {
  const manager = withSession({ maxSessions: 1 });
  const before = manager.getConnection("s1");
  for (const [call, code, field] of [
    [() => manager.registerConnection("s1", "u1", "acme", "web"), "manager.duplicate_session"],
    [() => manager.registerConnection("s2", "u1", "acme", "web"), "manager.too_many_sessions"],
    [() => manager.registerConnection("", "u1", "acme", "web"), "config.text", "sessionId"],
    [() => manager.registerConnection("s2", "", "acme", "web"), "config.text", "userId"],
    [() => manager.registerConnection(undefined, "u1", "acme", "web"), "config.type", "sessionId"],
    [() => manager.registerConnection("s2", "u1", "acme"), "config.type", "clientType"],
    [() => manager.registerConnection("s2", 1, "acme", "web"), "config.type", "userId"],
    [() => manager.registerConnection("s2", "u1", "acme", "web", 7), "config.type", "metadata"],
    [() => manager.registerConnection("s2", "u1", "acme", "web", { a: NaN }), "config.out_of_range", "metadata value"],
    [() => manager.updateHeartbeat("s2", Date.now()), "manager.unknown_session"],
    [() => manager.updateHeartbeat("s1", Date.now() + 60_000), "manager.timestamp_in_future"],
    [() => manager.updateHeartbeat("s1", NaN), "config.out_of_range", "clientTimestamp"],
    [() => manager.updateHeartbeat("s1", -1), "config.out_of_range", "clientTimestamp"],
    [() => manager.updateStatus("s1", "CONNECTED"), "status.illegal_transition"],
    [() => manager.updateStatus("s1", "GONE"), "config.unknown_value", "status"],
    [() => manager.updateStatus("s2", "FAILED"), "manager.unknown_session"],
    [() => manager.remove("s2"), "manager.unknown_session"],
    [() => new ConnectionManager({ maxSessions: 0 }), "config.out_of_range", "maxSessions"],
    [() => new ConnectionManager({ sessions: 1 }), "config.unknown_field", "sessions"],
    [() => new HealthMonitor(manager, { interval: 1 }), "config.out_of_range", "health.interval"],
    [() => new HealthMonitor({}), "config.type", "manager"],
  ]) {
    assert.throws(call, (error) => {
      assert.deepEqual([error.name, error.code, error.field], ["SteadfastError", code, field], error.message);
      return true;
    });
  }
  assert.deepEqual(manager.getConnection("s1"), before);
  assert.equal(manager.totals().sessions, 1);
  manager.close();
});

test("listeners hear of each session by its id, and may call back", () => {
  const manager = withSession();
  const seen = [];
  manager.addEventListener("status.changed", ({ detail }) => {
    seen.push([detail.sessionId, detail.from, detail.to]);
    if (detail.to === "RECONNECTING") manager.updateStatus(detail.sessionId, "CONNECTED");
  });
  manager.addEventListener("registered", ({ detail }) => seen.push([detail.sessionId, detail.name]));
  manager.registerConnection("s2", undefined, "acme", "web");
  manager.updateStatus("s1", "RECONNECTING");
  assert.deepEqual(seen, [
    ["s2", "connection.registered"],
    ["s1", "CONNECTED", "RECONNECTING"],
    ["s1", "RECONNECTING", "CONNECTED"],
  ]);
  manager.close();
});

test("health is computed from the sessions, at once and on an interval", async () => {
  const manager = withSession();
  const monitor = new HealthMonitor(manager, { interval: 100, slices: 2 });
  manager.updateHeartbeat("s1", Date.now() - 40);
  manager.updateStatus("s1", "RECONNECTING");
  const metrics = monitor.getCurrentHealthMetrics();
  assert.deepEqual([metrics.totalConnections, metrics.healthyConnections, metrics.unhealthyConnections], [1, 0, 1]);
  assert.equal(metrics.statusDistribution.RECONNECTING, 1);
  assert.ok(metrics.averageLatency >= 39 && metrics.averageLatency < 100);
  assert.ok(metrics.latencyP50 > 0 && metrics.errorRate > 0 && metrics.disconnectionRate > 0);
  const { detail } = await next(monitor, "metrics.collected");
  assert.equal(detail.name, "health.metrics.collected");
  assert.equal(detail.totalConnections, 1);
  monitor.close();
  monitor.close();
  assert.throws(() => monitor.getCurrentHealthMetrics(), { code: "health.closed" });
  manager.close();
});

test("a closed manager says so, and closing again does nothing", () => {
  const manager = withSession();
  manager.close();
  manager.close();
  assert.throws(() => manager.totals(), { code: "manager.closed" });
  assert.throws(() => new HealthMonitor(manager), { code: "manager.closed" });
});
