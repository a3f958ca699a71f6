/** What alerts are about, in words. */

import type { Alert, AlertKind } from "../collector/wire.ts";
import { duration, share } from "../ui/format.ts";

const TITLES: Record<AlertKind, string> = {
  HIGH_ERROR_RATE: "High error rate",
  HIGH_LATENCY: "High latency",
  LOW_CONNECTION_QUALITY: "Low connection quality",
  NO_REPORTS: "Sessions no longer report",
  SYSTEM_OVERLOAD: "System overload",
};

/** The types of alerts. */
export const ALERT_KINDS = Object.keys(TITLES) as AlertKind[];

/** What an alert of a type is about. */
export function alertTitle(kind: AlertKind): string {
  return TITLES[kind];
}

/** What an alert is about. */
export function title({ type }: Pick<Alert, "type">): string {
  return TITLES[type];
}

/** The value and what it is compared with, in their unit. */
export function reading({
  type,
  value,
  threshold,
}: Pick<Alert, "threshold" | "type" | "value">): string {
  switch (type) {
    case "HIGH_LATENCY":
      return `p95 is ${duration(value)}; raised above ${duration(threshold)}`;
    case "HIGH_ERROR_RATE":
      return `${share(value)} went wrong; raised from ${share(threshold)} on`;
    case "LOW_CONNECTION_QUALITY":
      return `${share(value)} are healthy; raised below ${share(threshold)}`;
    case "NO_REPORTS":
      return `${share(value)} of the sessions report; raised below ${share(threshold)}`;
    case "SYSTEM_OVERLOAD":
      return `${value.toFixed(1)} times what it may be`;
  }
}
