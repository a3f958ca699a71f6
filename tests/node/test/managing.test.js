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
    live: 1,
    reporting: 1,
    ended: 0,
    stale: 0,
    healthy: 0,
    unhealthy: 0,
    byStatus: { CONNECTED: 1, DISCONNECTED: 0, FAILED: 0, RECONNECTING: 0, SUSPENDED: 0 },
    byQuality: { CRITICAL: 0, EXCELLENT: 0, GOOD: 0, POOR: 0, UNKNOWN: 1 },
    connects: 1,
    disconnections: 0,
    heartbeats: 0,
    errors: 0,
    reconnections: 0,
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
    [() => new ConnectionManager({ forgetAfter: 1 }), "config.out_of_range", "forgetAfter"],
    [() => new ConnectionManager({ forgetAfter: true }), "config.type", "forgetAfter"],
    [() => new ConnectionManager({ expectHeartbeats: 1 }), "config.type", "expectHeartbeats"],
    [() => new ConnectionManager({ reconnect: { maxAttempts: 0 } }), "config.out_of_range", "reconnect.maxAttempts"],
    [() => new ConnectionManager({ maxSessionsPerUser: 0 }), "config.out_of_range", "maxSessionsPerUser"],
    [() => manager.scheduleReconnection("s2"), "manager.unknown_session"],
    [() => manager.scheduleReconnection("s1", { attempts: 1 }), "config.unknown_field", "reconnect.attempts"],
    [() => manager.scheduleReconnection("s1", {}, { type: "FIXED", fixedDelay: 0 }), "config.out_of_range", "retry.fixedDelay"],
    [() => manager.reconnectionFailed("s1"), "manager.not_reconnecting"],
    [() => manager.disconnect("s2"), "manager.unknown_session"],
    [() => new ConnectionManager({ sessions: 1 }), "config.unknown_field", "sessions"],
    [() => new HealthMonitor(manager, { interval: 1 }), "config.out_of_range", "health.interval"],
    [() => new HealthMonitor(manager, { highLatency: { raise: 0 } }), "config.out_of_range", "health.highLatency.raise"],
    [() => new HealthMonitor(manager, { highLatency: { up: 1 } }), "config.unknown_field", "health.highLatency.up"],
    [() => new HealthMonitor(manager, { slices: 2 }), "config.unknown_field", "health.slices"],
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

test("sessions are found by user and by organisation", () => {
  const manager = withSession();
  manager.registerConnection("s2", "u1", "other", "web");
  manager.registerConnection("s3", undefined, "acme", "web");
  const ids = (states) => states.map(({ sessionId }) => sessionId);
  assert.deepEqual(ids(manager.getConnectionsByUser("u1")), ["s2", "s1"]);
  assert.deepEqual(ids(manager.getConnectionsByOrganization("acme")), ["s3", "s1"]);
  assert.deepEqual(ids(manager.connections()), ["s1", "s2", "s3"]);
  assert.deepEqual(manager.getConnectionsByUser("nobody"), []);
  manager.close();
});

test("a session whose heartbeats stay away is lost, and attempts to connect it again are announced", async () => {
  const manager = new ConnectionManager({
    heartbeat: {
      intervals: { excellent: 50, good: 50, poor: 50, critical: 50, unknown: 50 },
      lateMin: 20,
      lateMax: 20,
      maxMissed: 2,
    },
    retry: { type: "FIXED", fixedDelay: 20 },
    reconnect: { maxAttempts: 2 },
  });
  const names = [];
  for (const type of ["heartbeat", "disconnected", "status.changed", "retry.attempt", "reconnect", "retry.success"]) {
    manager.addEventListener(type, ({ detail }) => names.push(detail.name ?? `reconnect ${detail.attempt}`));
  }
  manager.registerConnection("s1", undefined, "acme", "web");
  const { detail } = await next(manager, "reconnect");
  assert.deepEqual({ ...detail }, { sessionId: "s1", attempt: 1 });
  const second = manager.reconnectionFailed("s1");
  assert.equal(second.attempt, 2);
  assert.ok(Math.abs(second.at - Date.now()) < 5000 && second.delay <= 20);
  await next(manager, "reconnect");
  assert.equal(manager.updateStatus("s1", "CONNECTED").status, "CONNECTED");
  assert.deepEqual(names, [
    "connection.heartbeat",
    "connection.heartbeat",
    "connection.disconnected",
    "connection.status.changed",
    "retry.attempt",
    "reconnect 1",
    "retry.attempt",
    "reconnect 2",
    "retry.success",
    "connection.status.changed",
  ]);
  assert.equal(manager.totals().reconnections, 1);
  manager.close();
});

test("an observed session that is not told of for three intervals is stale, and live again when it is", async () => {
  const manager = new ConnectionManager();
  const record = {
    sessionId: "s1",
    organizationId: "acme",
    clientType: "web",
    status: "CONNECTED",
    connectionQuality: "GOOD",
    latency: 20,
    reconnectAttempts: 0,
    missedHeartbeats: 0,
    totalDisconnections: 2,
  };
  const stale = next(manager, "stale");
  manager.observe(record, 50);
  assert.deepEqual(manager.getConnection("s1"), record);
  assert.deepEqual([manager.getLiveness("s1"), manager.totals().healthy], ["LIVE", 1]);
  assert.equal((await stale).detail.sessionId, "s1");
  const { live, ended, healthy, byStatus, stale: counted } = manager.totals();
  assert.deepEqual([live, ended, healthy, byStatus.CONNECTED, counted], [0, 0, 0, 0, 1]);
  assert.equal(manager.getLiveness("s1"), "STALE");
  manager.observe(record, 60_000);
  assert.deepEqual([manager.getLiveness("s1"), manager.totals().stale], ["LIVE", 0]);
  manager.observe({ ...record, status: "DISCONNECTED" }, 60_000);
  assert.deepEqual([manager.getLiveness("s1"), manager.getLiveness("s2")], ["ENDED", undefined]);
  for (const [given, nextIn, code, field] of [
    [undefined, 1, "config.type", "record"],
    [{ ...record, status: "GONE" }, 1, "config.unknown_value", "status"],
    [{ ...record, connectionQuality: "FINE" }, 1, "config.unknown_value", "connectionQuality"],
    [record, -1, "config.out_of_range", "nextIn"],
  ]) {
    assert.throws(() => manager.observe(given, nextIn), { code, field });
  }
  manager.close();
});

test("attempts can be scheduled by hand, and a disconnection says whether somebody meant it", () => {
  const manager = withSession({ expectHeartbeats: false, reconnect: false });
  const planned = [];
  manager.addEventListener("disconnected", ({ detail }) => planned.push(detail.planned));
  assert.equal(manager.disconnect("s1", 1006).status, "RECONNECTING");
  const scheduled = manager.scheduleReconnection("s1", { maxAttempts: 1 }, { type: "FIXED", fixedDelay: 1000 });
  assert.deepEqual([scheduled.attempt, Math.round(scheduled.delay)], [1, 1000]);
  assert.equal(manager.getConnection("s1").maxReconnectAttempts, 1);
  assert.equal(manager.reconnectionFailed("s1"), undefined);
  assert.equal(manager.getConnection("s1").status, "FAILED");
  manager.registerConnection("s2", "u1", "acme", "web");
  assert.equal(manager.disconnect("s2").status, "DISCONNECTED");
  assert.deepEqual(planned, [false, true]);
  manager.close();
});

test("sessions near the manager's limit are an overload", async () => {
  const manager = withSession({ maxSessions: 5, expectHeartbeats: false });
  const monitor = new HealthMonitor(manager, { interval: 100, systemOverload: { for: 0, keepFiringFor: 0, sessions: 0.9 } });
  const sessions = () => monitor.getCurrentHealthMetrics().systemLoad.sessions;
  for (const id of ["s2", "s3", "s4"]) manager.registerConnection(id, "u1", "acme", "web");
  assert.equal(sessions(), 0.8);
  await next(monitor, "metrics.collected");
  manager.registerConnection("s5", "u1", "acme", "web");
  const created = next(monitor, "alert.created");
  // Of a process that has nothing else to do: the share of sessions is not reported.
  monitor.reportSystemLoad({ cpu: 0 });
  const { detail } = await created;
  assert.deepEqual([detail.type, detail.value.toFixed(2)], ["SYSTEM_OVERLOAD", "1.11"]);
  assert.equal(sessions(), 1);
  monitor.close();
  manager.close();
});

test("health is computed from the sessions, at once and on an interval", async () => {
  const manager = withSession();
  const monitor = new HealthMonitor(manager, { interval: 100 });
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

test("an overloaded process raises an alert, which is acknowledged, and over when the load is", async () => {
  const manager = withSession({ expectHeartbeats: false });
  const monitor = new HealthMonitor(manager, { interval: 100, systemOverload: { for: 0, keepFiringFor: 0 } });
  const told = [];
  for (const type of ["alert.created", "alert.acknowledged", "alert.resolved"]) {
    monitor.addEventListener(type, ({ detail }) => told.push(detail.name));
  }
  monitor.reportSystemLoad({ cpu: 0.95 });
  const { detail } = await next(monitor, "alert.created");
  assert.deepEqual([detail.type, detail.severity, detail.status], ["SYSTEM_OVERLOAD", "LOW", "FIRING"]);
  const summary = monitor.getHealthSummary();
  assert.deepEqual(summary.alerts.map(({ id }) => id), [detail.id]);
  assert.deepEqual(summary.trends, {});
  assert.equal(summary.metrics.systemLoad.cpu, 0.95);
  assert.ok(summary.metrics.systemLoad.memoryUsed > 1e6);
  assert.ok(summary.metrics.processingTime >= 0);
  assert.equal(monitor.acknowledgeAlert(detail.id).status, "ACKNOWLEDGED");
  assert.throws(() => monitor.acknowledgeAlert(detail.id), { code: "health.not_firing" });
  assert.throws(() => monitor.acknowledgeAlert(99), { code: "health.unknown_alert" });
  const over = next(monitor, "alert.resolved");
  monitor.reportSystemLoad({ cpu: 0.1 });
  assert.equal((await over).detail.status, "RESOLVED");
  assert.deepEqual(told, ["health.alert.created", "health.alert.acknowledged", "health.alert.resolved"]);
  assert.deepEqual(monitor.getActiveAlerts(), []);
  assert.deepEqual(monitor.getAlerts().map(({ status }) => status), ["RESOLVED"]);
  monitor.close();
  manager.close();
});

test("a closed manager says so, and closing again does nothing", () => {
  const manager = withSession();
  manager.close();
  manager.close();
  assert.throws(() => manager.totals(), { code: "manager.closed" });
  assert.throws(() => new HealthMonitor(manager), { code: "manager.closed" });
});
