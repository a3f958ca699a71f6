/** The sessions that an alert is about. */

import { sessionsWith } from "../address/address.ts";
import type { Alert } from "../collector/wire.ts";

/** What is measured over a minute began before the alert did. */
const WINDOW_MILLIS = 60_000;

/** What an alert says that tells its sessions. */
type Told = Pick<Alert, "beganAt" | "resolvedAt" | "threshold" | "type">;

/** The address of the sessions; undefined for an alert that is about none. */
export function concerned({ beganAt, resolvedAt, threshold, type }: Told): string | undefined {
  switch (type) {
    case "HIGH_ERROR_RATE": {
      const until = resolvedAt === undefined ? {} : { lostUntil: resolvedAt };
      return sessionsWith({ lostSince: beganAt - WINDOW_MILLIS, ...until }, "lastLoss");
    }
    case "HIGH_LATENCY":
      return sessionsWith({ liveness: "LIVE", minLatency: threshold }, "latency");
    case "LOW_CONNECTION_QUALITY":
      return sessionsWith({ health: "UNHEALTHY" });
    case "NO_REPORTS":
      return sessionsWith({ liveness: "STALE" }, "lastHeard");
    case "SYSTEM_OVERLOAD":
      return undefined;
  }
}
