// What users write has to pass the compiler. Nothing here is run.

import { WebSocket } from "ws";
import {
  connect,
  ConnectionManager,
  HealthMonitor,
  ready,
  SteadfastError,
  SteadfastWebSocket,
  type Cause,
  type Connection,
  type ConnectionState,
  type HealthMetrics,
  type Quality,
  type Status,
  type SteadfastErrorCode,
} from "steadfast";
import { useConnection, useConnectionState, useHealth, useQuality, type LinkQuality } from "steadfast/react";
import type { SteadfastStatus } from "steadfast/status";
import { connect as connectInline } from "steadfast/inline";

/** Passes the compiler only if the two types are the same. */
function expect<Expected>() {
  return <Actual>(
    _value: Actual,
    ..._same: [Expected] extends [Actual] ? ([Actual] extends [Expected] ? [] : [never]) : [never]
  ): void => {};
}

connect("wss://example.com/");
connect(new URL("wss://example.com/"), {});
connect(() => "wss://example.com/");
connectInline(async () => new URL("wss://example.com/"));
const conn = connect("wss://example.com/", {
  session: { organizationId: "acme", userId: "u1", clientType: "web", metadata: { plan: "pro", seats: 3, trial: true }, sessionId: "s1" },
  retry: { type: "EXPONENTIAL", baseDelay: 500, maxDelay: 30_000, multiplier: 2, jitter: true, jitterRange: 0.2 },
  maxReconnectAttempts: 10,
  connectTimeout: 45_000,
  maxServerWait: 600_000,
  maxSilence: 45_000,
  stableAfter: 10_000,
  heartbeat: { preset: "steadfast", intervals: { excellent: 25_000 }, maxMissed: 3 },
  outbox: { maxMessages: 1000, maxBytes: 1 << 20 },
  protocols: ["steadfast.v1"],
  fatalCloseCodes: [4001],
  report: { url: "https://collector.example/v1/reports", key: "pk_1", interval: 30_000 },
  WebSocket,
});
connect("wss://example.com/", { WebSocket: globalThis.WebSocket });
connect("wss://example.com/", { protocols: async () => ["graphql-transport-ws"], heartbeat: { preset: "graphql-transport-ws" } });
connect("wss://example.com/", {
  heartbeat: {
    ping: (id) => String(id + 1),
    pong: (data) => (data === "PONG" ? true : undefined),
    answer: (data) => (typeof data === "string" ? new Uint8Array(1) : undefined),
    maxMissed: 2,
  },
});
connect("wss://example.com/", { heartbeat: { lateMin: 1000 } });

conn.send("text");
conn.send(new Uint8Array(1));
conn.send(new ArrayBuffer(1));
conn.send(new Blob([]));
expect<number>()(conn.send("text", { ttl: 1000 }));
expect<string>()(conn.protocol);
expect<Promise<void>>()(conn.drained());
conn.reconnect();
connect("wss://example.com/", { persist: "local", persistKey: "chat", outbox: { persist: true, overflow: "drop-oldest" } });
connect("wss://example.com/", { persist: { load: async () => undefined, save: () => {}, remove: () => {} } });
conn.addEventListener("message.delivery", ({ detail }) => expect<number>()(detail.count));

expect<ConnectionState>()(conn.state);
expect<number | undefined>()(conn.score);
expect<number>()(conn.bufferedAmount);
expect<Promise<void>>()(conn.close());
expect<Promise<void>>()(conn.ready);
expect<Status>()(conn.state.status);

conn.addEventListener("message", (event) => expect<string | ArrayBuffer>()(event.data));
conn.addEventListener("status.changed", ({ detail }) => expect<Status>()(detail.to));
conn.addEventListener("quality.changed", ({ detail }) => expect<Quality | undefined>()(detail.to));
conn.addEventListener("disconnected", ({ detail }) => {
  expect<Cause>()(detail.cause);
  if (detail.cause.kind === "closed_by_peer") expect<number>()(detail.cause.code);
});
conn.addEventListener("error", ({ error }) => {
  expect<unknown>()(error);
  if (error instanceof SteadfastError) expect<SteadfastErrorCode>()(error.code);
});
conn.addEventListener("open", () => {}, { once: true });

async function iterate() {
  for await (const message of conn) expect<string | ArrayBuffer>()(message);
  await using closing = connect("wss://example.com/");
  using closed = connect("wss://example.com/");
  return [closing.state, closed.state];
}

async function manage() {
  expect<void>()(await ready());
  using manager = new ConnectionManager({ maxSessions: 10 });
  using monitor = new HealthMonitor(manager, { interval: 1000 });
  expect<ConnectionState>()(manager.registerConnection("s1", undefined, "acme", "web"));
  expect<ConnectionState | undefined>()(manager.getConnection("s1"));
  expect<number>()(manager.updateHeartbeat("s1", Date.now()).nextInterval);
  expect<number>()(manager.totals().byQuality.UNKNOWN);
  expect<HealthMetrics>()(monitor.getCurrentHealthMetrics());
  manager.addEventListener("status.changed", ({ detail }) => expect<string>()(detail.sessionId));
  monitor.addEventListener("metrics.collected", ({ detail }) => expect<number>()(detail.totalConnections));
}

void iterate;
void manage;

const shared = useConnection(() => "/live", { key: "live", stableAfter: 1000 });
expect<Connection | undefined>()(shared);
expect<ConnectionState | undefined>()(useConnectionState(shared));
expect<LinkQuality | undefined>()(useQuality(shared ?? null));
expect<HealthMetrics | undefined>()(useHealth(undefined));

const element = document.createElement("steadfast-status");
expect<SteadfastStatus>()(element);
element.connection = shared;
element.labels = { RECONNECTING: "Verbindet" };

const loggedIn = connect("wss://api.example/live", {
  closeTimeout: 1000,
  async handshake({ send, receive, signal, refresh, attempt, url, protocol }) {
    send(JSON.stringify({ token: refresh ? "fresh" : "kept", attempt, url, protocol }));
    const answer = await receive();
    if (answer !== "ready" && !signal.aborted) throw Object.assign(new Error("refused"), { closeCode: 4401 });
  },
});
loggedIn.addEventListener("retry.failed", ({ detail: { cause } }) => cause?.kind === "handshake_failed" && cause.code);
await loggedIn.close();
await loggedIn.close({ timeout: 0 });
SteadfastWebSocket.with({ handshake: ({ send }) => send("hello") });
loggedIn.addEventListener("retry.failed", ({ detail }) => detail.class === "persistent" && detail.cause.kind === "certificate");
const isFull = (error: unknown) => error instanceof SteadfastError && error.code === "outbox.full";
isFull(new SteadfastError("outbox.full", "outbox is full"));
