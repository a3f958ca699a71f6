/**
 * What the collector says, as JSON: the types that are generated from its OpenAPI document under the names that this page
 * uses, and what the document does not describe, the live stream.
 */

import type {
  Activity,
  Connection,
  Event,
  HealthMetrics,
  HealthPoint,
  Quality,
  ReportEvents,
  Status,
  Step,
  Trend,
} from "./openapi.ts";

export type {
  Alert,
  AlertHistory,
  AlertKind,
  Alerts as AlertList,
  Breakdown,
  BreakdownFigures,
  Cause,
  ConnectionPage,
  Direction,
  Health,
  HealthMetrics,
  HealthPoint,
  HealthSummary,
  HealthTrends,
  Liveness,
  MadeWebhook,
  Organization,
  Quality,
  RecordedAlert,
  Severity,
  Silence,
  Silences,
  Status,
  WantedSilence,
  WantedWebhook,
  Webhook,
  Webhooks,
  WebhookTest,
} from "./openapi.ts";

/** A session: its last record, and whether it is there. */
export type Session = Connection;

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

/** What happened to a session, and when: an event of a report, or that a report left events out. */
export type SessionEvent = Event | { name: "events.dropped"; at: number; count: number };

/** What one report of a session told of, as far as it is shown. */
export interface SessionReport extends Pick<
  ReportEvents,
  "batchId" | "end" | "eventsDropped" | "start"
> {
  events: SessionEvent[];
}

/** The reports of a session, the newest first. */
export interface TimeLinePage {
  reports: SessionReport[];
}

/** What happened in one step of time, as far as it is shown. */
export interface RollupStep extends Pick<Step, "at" | "errorRate" | "p50" | "p95" | "p99"> {
  activity: Pick<Activity, "disconnections" | "reconnections">;
}

/** The steps, the oldest first; a step in which nothing was reported is left out. */
export interface Rollups {
  rollups: RollupStep[];
}

/** Any of the trends. */
export type AnyTrend = Trend;

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
