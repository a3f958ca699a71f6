/**
 * What the collector says, as JSON. Instants are Unix timestamps and durations numbers, both in
 * milliseconds; what is absent is left out.
 */

import type {
  Alert,
  Cause,
  ConnectionState,
  HealthMetrics,
  HealthSummary,
  HealthTrends,
  Quality,
  Status,
} from "steadfast";

export type {
  Alert,
  Cause,
  ConnectionState,
  HealthMetrics,
  HealthSummary,
  HealthTrends,
  Quality,
  Status,
};

/** Whether a session is there: heard of, closed or left, or not heard of for too long. */
export type Liveness = "ENDED" | "LIVE" | "STALE";

/** A session: its last record, and whether it is there. */
export interface Session extends ConnectionState {
  liveness: Liveness;
  /** When its last report came in. */
  lastHeard: number;
}

/** What is shown as a session's status: a stale one has none but that. */
export type ShownStatus = Status | "STALE";

/** What is shown as a session's status. */
export function shownStatus({ liveness, status }: Session): ShownStatus {
  return liveness === "STALE" ? "STALE" : status;
}

/** The statuses, those that need attention first. */
export const STATUSES = [
  "FAILED",
  "RECONNECTING",
  "SUSPENDED",
  "CONNECTED",
  "STALE",
  "DISCONNECTED",
] as const satisfies readonly ShownStatus[];

/** The qualities, the worst first. */
export const QUALITIES = [
  "CRITICAL",
  "POOR",
  "GOOD",
  "EXCELLENT",
] as const satisfies readonly Quality[];

/** A quality, or that too little is known to judge by. */
export type QualityOrUnknown = Quality | "UNKNOWN";

/** Health metrics as of an instant. */
export interface HealthPoint {
  at: number;
  metrics: HealthMetrics;
}

/** What has a history. */
export type Measured = Pick<
  HealthMetrics,
  | "disconnectionRate"
  | "errorRate"
  | "latencyP50"
  | "latencyP95"
  | "latencyP99"
  | "reconnectionRate"
> & {
  /** How many sessions had a link; roll-ups do not tell. */
  connected?: number;
};

/** What was measured as of an instant. */
export interface MeasuredPoint {
  at: number;
  metrics: Measured;
}

/** The answer to `GET /v1/rollups`. */
export interface Rollups {
  /** The oldest first; a step in which nothing was reported is left out. */
  rollups: {
    /** Its begin. */
    at: number;
    errorRate: number;
    p50?: number;
    p95?: number;
    p99?: number;
    activity: { disconnections: number; reconnections: number };
  }[];
}

/** The answer to `GET /v1/health`. */
export interface Health {
  metrics: HealthMetrics;
  /** The last hour, the oldest first. */
  history: HealthPoint[];
}

/** The answer to `GET /v1/connections`. */
export interface ConnectionPage {
  connections: Session[];
  /** How many there are in all, however few were asked for. */
  total: number;
}

/** What happened to a session, and when. A later client may tell of more. */
export type SessionEvent = { at: number } & (
  | { name: "circuit.closed" | "circuit.half_opened" | "circuit.opened" | "circuit.reset" }
  | { name: "connection.disconnected"; cause: Cause; planned: boolean }
  | { name: "connection.quality.changed"; from?: Quality; to?: Quality; score: number }
  | { name: "connection.registered" | "connection.removed" }
  | { name: "connection.status.changed"; from: Status; to: Status }
  | { name: "connection.unread" }
  | { name: "events.dropped"; count: number }
  | {
      name: "message.delivery";
      delivery: "dropped" | "expired" | "unknown";
      count: number;
      first: number;
      last: number;
    }
  | { name: "retry.attempt"; attempt: number; delay: number }
  | { name: "retry.exhausted"; attempts: number }
  | { name: "retry.failed"; attempt: number; cause?: Cause }
  | { name: "retry.success"; attempt: number; took: number }
);

/** What one report of a session told of. */
export interface SessionReport {
  batchId: string;
  /** The stretch of time that it speaks of. */
  start: number;
  end: number;
  /** The oldest first. */
  events: SessionEvent[];
  /** How many events are missing before them. */
  eventsDropped: number;
}

/** The answer to `GET /v1/connections/{sessionId}/events`. */
export interface TimeLinePage {
  /** The newest first. */
  reports: SessionReport[];
}

/** The answer to `GET /v1/alerts`. */
export interface AlertList {
  /** Those that are not over, and then the others, the one that was over last first. */
  alerts: Alert[];
}

/** Any of the trends. */
export type AnyTrend = NonNullable<HealthTrends[keyof HealthTrends]>;

/** Where a metric is going. */
export type Direction = AnyTrend["direction"];

/** A message of the live stream. */
export type LiveMessage =
  ({ type: "health" } & HealthPoint) | { type: "connections"; connections: Session[] };

/** Reads a message of the live stream; undefined for what a later collector may add. */
export function parseLiveMessage(text: string): LiveMessage | undefined {
  const message: unknown = JSON.parse(text);
  if (typeof message !== "object" || message === null || !("type" in message)) return undefined;
  return message.type === "health" || message.type === "connections"
    ? (message as LiveMessage)
    : undefined;
}
