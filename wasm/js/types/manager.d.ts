/// <reference lib="esnext.disposable" />
// The records of many sessions.

import type { ConnectionEventMap } from "./connection.js";
import type { Detail, Listenable } from "./events.js";
import type { ProbingOptions } from "./heartbeat.js";
import type { RetryStrategy } from "./retry.js";
import type { ConnectionState, Metadata, Quality, Status } from "./session.js";

export interface ManagerOptions {
  /** The most sessions; 1,000,000 by default. */
  maxSessions?: number;
  /** The most sessions of one organisation; no limit by default. */
  maxSessionsPerOrganization?: number;
  /** The most sessions of one user, up to 1000; no limit by default. */
  maxSessionsPerUser?: number;
  /** The most events and attempts that wait to be told; 10,000 by default. */
  maxEvents?: number;
  /** What the next heartbeat's interval follows, when one is late, and how many may be missed. */
  heartbeat?: ProbingOptions;
  /** Whether a session whose heartbeats stay away is lost; true by default. */
  expectHeartbeats?: boolean;
  /** How a session that was lost is connected again by itself; `false` for not at all. */
  reconnect?: ReconnectOptions | false;
  /** The waits between those attempts; `ADAPTIVE` by default. */
  retry?: RetryStrategy;
  /**
   * A session without a link that nothing was heard of for so long, in ms, is forgotten: 1000 to 400 days; an hour by
   * default, `false` for never.
   */
  forgetAfter?: number | false;
}

/** The bounds of a session's reconnection. */
export interface ReconnectOptions {
  /** The number of attempts after which the session has failed; no limit by default. */
  maxAttempts?: number;
  /** An attempt of which nothing is heard for so long, in ms, has failed: 1 to 600,000; 15,000 by default. */
  attemptTimeout?: number;
}

/** An attempt to connect a session again that will be made. */
export interface ScheduledReconnection {
  /** From 1. */
  attempt: number;
  /** When it is due, as a Unix time stamp in ms. */
  at: number;
  /** The wait before it, in ms. */
  delay: number;
}

/** What a heartbeat changed, in ms. */
export interface HeartbeatUpdate {
  rtt: number;
  latency: number;
  quality?: Quality;
  /** The time until the next heartbeat. */
  nextInterval: number;
}

/** Whether a session is there: see `ConnectionManager.observe`. */
export type Liveness = "ENDED" | "LIVE" | "STALE";

export type StatusDistribution = Record<Status, number>;

export type QualityDistribution = Record<Quality | "UNKNOWN", number>;

export interface Totals {
  /** All sessions that are known: live, ended and stale ones. */
  sessions: number;
  /** Sessions that are heard of and have not ended. */
  live: number;
  /** Sessions whose status is `DISCONNECTED`. */
  ended: number;
  /** Sessions that another side reports, and that were not heard of for three times as long as they may be silent. */
  stale: number;
  /**
   * Live sessions of which no report is missing: those registered here, and those that were observed within twice as
   * long as they may be silent.
   */
  reporting: number;
  /** Live, connected, and with a good or an excellent quality: one of unknown quality is neither healthy nor unhealthy. */
  healthy: number;
  /** Live, and reconnecting, failed, or connected with a poor or critical quality. */
  unhealthy: number;
  /** Without stale sessions. */
  byStatus: StatusDistribution;
  /** Of live sessions. */
  byQuality: QualityDistribution;
  /** The mean of the sessions' running averages, in ms. */
  averageLatency?: number;
  /** What has happened so far: links that came up, … */
  connects: number;
  disconnections: number;
  heartbeats: number;
  /** … heartbeats missed, attempts failed and links lost without anybody having meant it, … */
  errors: number;
  /** … and links that came back. */
  reconnections: number;
}

/** An event of a manager: one of a connection, and the session it is about. */
type OfSession<Name extends keyof ConnectionEventMap> =
  ConnectionEventMap[Name] extends CustomEvent<infer Told> ? CustomEvent<{ sessionId: string } & Told> : never;

/** The events of a manager, by the name to listen for; each says which session it is about. */
export interface ManagerEventMap {
  registered: OfSession<"registered">;
  "status.changed": OfSession<"status.changed">;
  "quality.changed": OfSession<"quality.changed">;
  disconnected: OfSession<"disconnected">;
  /** A heartbeat was missed. Those that came in are no news. */
  heartbeat: OfSession<"heartbeat">;
  "retry.attempt": OfSession<"retry.attempt">;
  "retry.failed": OfSession<"retry.failed">;
  "retry.success": OfSession<"retry.success">;
  "retry.exhausted": OfSession<"retry.exhausted">;
  /** A session that was observed was not heard of for three times as long as it may be silent. */
  stale: CustomEvent<{ sessionId: string } & Detail<"connection.stale">>;
  /** A session was forgotten: by `remove`, or since nothing was heard of it. */
  removed: CustomEvent<{ sessionId: string } & Detail<"connection.removed">>;
  /**
   * The time has come to try to connect a session again. Report its end by `updateStatus`, `updateHeartbeat` or
   * `reconnectionFailed`.
   */
  reconnect: CustomEvent<{ sessionId: string; attempt: number }>;
}

/**
 * Holds the records of many sessions, with running totals. Heartbeats of theirs are expected; when they stay away they
 * are counted, and in the end the session is lost and attempts to connect it again are scheduled. Every refusal is a
 * `SteadfastError`. In a browser wait for `ready()` first, or import from `steadfast/inline`; otherwise the constructor
 * throws `module.not_ready`.
 */
export interface ConnectionManager extends Listenable<ManagerEventMap> {}
export class ConnectionManager {
  constructor(options?: ManagerOptions);
  /** A session has connected. */
  registerConnection(
    sessionId: string,
    userId: string | undefined,
    organizationId: string,
    clientType: string,
    metadata?: Metadata,
  ): ConnectionState;
  /**
   * The side that holds a session's socket told its record, and tells again within `nextIn`, in ms: 0 to a day. After three
   * times that the session is stale, and counts as neither connected nor healthy, until the next word of it.
   */
  observe(record: ConnectionState, nextIn: number): void;
  /** Whether a session is there: heard of, ended (`DISCONNECTED`), or not heard of for too long. */
  getLiveness(sessionId: string): Liveness | undefined;
  /** A heartbeat came in that set out at `clientTimestamp`, by `Date.now()`. */
  updateHeartbeat(sessionId: string, clientTimestamp: number): HeartbeatUpdate;
  updateStatus(sessionId: string, status: Status): ConnectionState;
  /**
   * The link of a session is gone, closed with this WebSocket code; without one, because the user meant it. Unless
   * somebody meant it, the session is `RECONNECTING`.
   */
  disconnect(sessionId: string, code?: number): ConnectionState;
  /** Schedules attempts to connect a session again, in place of those that were scheduled; counted anew. */
  scheduleReconnection(
    sessionId: string,
    retryConfig?: ReconnectOptions,
    strategy?: RetryStrategy,
  ): ScheduledReconnection;
  /** An attempt has failed: the next one, unless they have run out. */
  reconnectionFailed(sessionId: string): ScheduledReconnection | undefined;
  getConnection(sessionId: string): ConnectionState | undefined;
  /** All records, in an order that follows from what was done: without removals that of registration. */
  connections(): ConnectionState[];
  /** The records of a user's sessions, the one registered last first. */
  getConnectionsByUser(userId: string): ConnectionState[];
  /** The records of an organisation's sessions, the one registered last first. */
  getConnectionsByOrganization(organizationId: string): ConnectionState[];
  /** Forgets a session, and gives its last record. */
  remove(sessionId: string): ConnectionState;
  totals(): Totals;
  /** Lets go of all records, and waits for nothing any more. */
  close(): void;
  [Symbol.dispose](): void;
}

export {};
