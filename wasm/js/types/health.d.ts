/// <reference lib="esnext.disposable" />
// Metrics, trends and alerts of many sessions.

import type { Detail, Listenable } from "./events.js";
import type { ConnectionManager, QualityDistribution, StatusDistribution } from "./manager.js";

export interface HealthOptions {
  /** The time between two collections in ms, 100 to an hour; 5,000 by default. */
  interval?: number;
  /** The time that each of the 30 points of a trend stands for, in ms: 12,000 to an hour; a minute by default. */
  trendBucket?: number;
  /** The last minute's 95th percentile, in ms; by default raised above 1000, over below 800, for 30 s. */
  highLatency?: AlertRule;
  /** The share of what went wrong within the last minute; by default raised from 0.05 on, over below 0.02, for 30 s. */
  highErrorRate?: AlertRule;
  /** Minimum number of events before an error rate raises an alert; 20 by default. */
  errorRateEvents?: number;
  /**
   * The share of healthy sessions; by default raised below 0.8, over above 0.9, for 15 s. A session alone is judged by
   * its level.
   */
  lowConnectionQuality?: AlertRule;
  /**
   * The share of sessions that report, of those that reported at some time in the last ten minutes and have not ended; by
   * default raised below 0.5, over above 0.8, for 30 s. A session counts as reporting if it was observed within twice as
   * long as it may be silent. Registered sessions always do.
   */
  noReports?: AlertRule;
  /** Minimum number of expected sessions before `noReports` is evaluated; 5 by default. */
  noReportsSessions?: number;
  systemOverload?: OverloadRule;
  /** How long an alert that is over is remembered, in ms; an hour by default. */
  keepResolved?: number;
}

/** When an alert is raised, and when it is over. Between `raise` and `clear` nothing changes. */
export interface AlertRule {
  raise?: number;
  clear?: number;
  /** How long the value has to be beyond `raise`, in ms. */
  for?: number;
  /** How long it has to be beyond `clear`, in ms; 60,000 by default. */
  keepFiringFor?: number;
}

/** When a page or a machine has too much to do: any of the loads is beyond its threshold for 15 s. */
export interface OverloadRule {
  /** The 95th percentile of the event loop's lag, in ms; 200 by default. */
  loopLag?: number;
  /** 0 to 1; 0.9 by default. */
  cpu?: number;
  /** 0 to 1; 0.8 by default. */
  queue?: number;
  /** The share of the manager's `maxSessions` that may be in use, 0 to 1; 0.8 by default. */
  sessions?: number;
  /** It is over below this share of processors, queue and sessions, and of `loopLag`; 0.6 by default. */
  clear?: number;
  for?: number;
  keepFiringFor?: number;
}

/** How a set of sessions is doing now, and what happened in the last minute. Latencies are ms. */
export interface HealthMetrics {
  /** All sessions that are known: live, ended and stale ones. */
  totalConnections: number;
  /** Sessions that are heard of and have not ended. */
  liveConnections: number;
  /** Sessions whose status is `DISCONNECTED`. */
  endedConnections: number;
  /** Sessions that another side reports, and that were not heard of for three times as long as they may be silent. */
  staleConnections: number;
  /** Live, connected, and with a good or an excellent quality. */
  healthyConnections: number;
  /** Live, and reconnecting, failed, or connected with a poor or critical quality. */
  unhealthyConnections: number;
  /** Without stale sessions. */
  statusDistribution: StatusDistribution;
  /** Of live sessions. */
  qualityDistribution: QualityDistribution;
  averageLatency?: number;
  latencyP50?: number;
  latencyP95?: number;
  latencyP99?: number;
  last5Minutes?: LatencySummary;
  lastHour?: LatencySummary;
  /** 0 to 1. */
  errorRate: number;
  /** Links that came back, per minute. */
  reconnectionRate: number;
  /** Links that were lost or closed, per minute. */
  disconnectionRate: number;
  systemLoad?: SystemLoad;
  /** How long the last collection took, in ms. */
  processingTime?: number;
}

/** Round-trip times within a stretch of time, in ms. */
export interface LatencySummary {
  count: number;
  average: number;
  p50: number;
  p95: number;
  p99: number;
}

/** What the page or the machine has to do, as far as it may be known. */
export interface SystemLoad {
  /** The share of the processors' time, 0 to 1; if you report it. */
  cpu?: number;
  /** The share of a queue that is filled, 0 to 1; if you report it. */
  queue?: number;
  /** The share of the manager's `maxSessions` that is in use, 0 to 1. */
  sessions?: number;
  /** The 95th percentile of the event loop's lag within the last minute, in ms. */
  loopLagP95?: number;
  /** The share of the time that went into tasks of more than 50 ms; in Chromium. */
  longTasks?: number;
  /** Bytes: of the page's heap in Chromium, of the process in Node. */
  memoryUsed?: number;
  memoryTotal?: number;
}

export type AlertType =
  | "HIGH_ERROR_RATE"
  | "HIGH_LATENCY"
  | "LOW_CONNECTION_QUALITY"
  | "NO_REPORTS"
  | "SYSTEM_OVERLOAD";

/** Up to 1.5 times the threshold, twice, three times, and more. */
export type Severity = "LOW" | "MEDIUM" | "HIGH" | "CRITICAL";

/** One that is acknowledged is silent, and keeps its severity, until it grows worse. */
export type AlertStatus = "PENDING" | "FIRING" | "ACKNOWLEDGED" | "RESOLVED" | "EXPIRED";

/** Something that somebody should look at. Times are Unix time stamps in ms. */
export interface Alert {
  id: number;
  type: AlertType;
  severity: Severity;
  status: AlertStatus;
  /** As last seen; of `SYSTEM_OVERLOAD`, the greatest load as a multiple of its threshold. */
  value: number;
  threshold: number;
  beganAt: number;
  createdAt?: number;
  acknowledgedAt?: number;
  resolvedAt?: number;
}

/** Where a value is going. */
export interface Trend<Direction extends string> {
  direction: Direction | "STABLE";
  /** By how much it rises in a minute. */
  slope: number;
  /** By how much it has risen over the window. */
  change: number;
  /** How sure it is, in standard deviations: beyond 1.96 chance alone would do it once in 20 times. */
  z: number;
  /** When it will cross the threshold of its alert, if it goes on like this. */
  forecast?: Forecast;
}

/** Unix time stamps in ms; the first and the last at 95 % confidence. */
export interface Forecast {
  threshold: number;
  expectedAt: number;
  earliestAt: number;
  latestAt?: number;
}

/** Trends over the last half hour; absent before the tenth minute. */
export interface HealthTrends {
  connections?: Trend<"DECLINING" | "GROWING">;
  errors?: Trend<"IMPROVING" | "WORSENING">;
  latency?: Trend<"DEGRADING" | "IMPROVING">;
}

export interface HealthSummary {
  metrics: HealthMetrics;
  trends: HealthTrends;
  /** Those that were raised and are not over. */
  alerts: Alert[];
}

/** The events of a monitor, by the name to listen for. */
export interface HealthEventMap {
  "metrics.collected": CustomEvent<Detail<"health.metrics.collected", HealthMetrics>>;
  "alert.created": CustomEvent<Detail<"health.alert.created", Alert>>;
  "alert.acknowledged": CustomEvent<Detail<"health.alert.acknowledged", Alert>>;
  /** The severity is another; an acknowledged alert that grew worse fires again. */
  "alert.changed": CustomEvent<Detail<"health.alert.changed", Alert>>;
  "alert.resolved": CustomEvent<Detail<"health.alert.resolved", Alert>>;
}

/** Watches over a manager's sessions until it is closed. */
export interface HealthMonitor extends Listenable<HealthEventMap> {}
export class HealthMonitor {
  constructor(manager: ConnectionManager, options?: HealthOptions);
  getCurrentHealthMetrics(): HealthMetrics;
  getHealthSummary(): HealthSummary;
  /** The alerts that were raised and are not over: at most one of each type. */
  getActiveAlerts(): Alert[];
  /** All that are remembered, pending ones and those that are over too: at most 64. */
  getAlerts(): Alert[];
  /** Silences an alert until it grows worse. Throws `health.unknown_alert`, `health.not_firing`. */
  acknowledgeAlert(id: number): Alert;
  /** Tells what only you know of the load; it counts until the next look, about every 5 s. */
  reportSystemLoad(load: Pick<SystemLoad, "cpu" | "queue">): void;
  /** Stops collecting. */
  close(): void;
  [Symbol.dispose](): void;
}
