// Reports as a client makes them, of sessions that a test needs many of, or with a past.

let made = 0;

/**
 * What a session that has a link tells of the last second; the record by `state`, and what happened by `activity`.
 * `latencies` are in milliseconds, one for each heartbeat that was answered.
 */
export function report(sessionId, { at = Date.now(), state = {}, latencies = [], activity = {}, events = [] } = {}) {
  made += 1;
  return JSON.stringify({
    version: 1,
    batchId: `made-${process.pid}-${made}`,
    sdk: "test/1",
    session: {
      sessionId,
      organizationId: "default",
      clientType: "web",
      status: "CONNECTED",
      connectedAt: at - 60_000,
      lastHeartbeat: at,
      reconnectAttempts: 0,
      missedHeartbeats: 0,
      totalDisconnections: 0,
      ...state,
    },
    window: { start: at - 1000, end: at },
    activity: { heartbeats: latencies.length, latency: histogram(latencies), ...activity },
    events,
    eventsDropped: 0,
    sampling: 1,
    sentAt: Date.now(),
  });
}

/** As `core::histogram` has it: bucket `i` holds what lies in `(2^(i/8), 2^((i+1)/8)]` ms. */
function histogram(latencies) {
  const buckets = new Map();
  for (const latency of latencies) {
    const index = Math.min(126, Math.max(0, Math.ceil(8 * Math.log2(latency)) - 1));
    buckets.set(index, (buckets.get(index) ?? 0) + 1);
  }
  const sum = latencies.reduce((total, latency) => total + latency, 0);
  const bounds = latencies.length > 0 && { min: Math.min(...latencies), max: Math.max(...latencies) };
  return { scale: 3, buckets: [...buckets].sort(([a], [b]) => a - b), sum, ...bounds };
}
