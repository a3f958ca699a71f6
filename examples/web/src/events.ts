/** A log of everything the connection tells. */

import type { Connection } from "steadfast";

import { byTestId, Log } from "./dom.ts";

const NAMES = [
  "registered",
  "status.changed",
  "quality.changed",
  "heartbeat",
  "disconnected",
  "retry.attempt",
  "retry.success",
  "retry.failed",
  "retry.exhausted",
] as const;

/** What the events tell in milliseconds. */
const MILLIS = new Set(["delay", "rtt", "took"]);

const MOST_SHOWN = 200;

/** Shows every event of a connection from now on; the last 200 of them. */
export function logEvents(connection: Connection): void {
  const log = new Log(byTestId("events"), MOST_SHOWN);
  for (const type of NAMES) {
    connection.addEventListener(type, ({ detail }) => {
      const { at, name, ...payload } = detail;
      log.add(new Date(at).toLocaleTimeString(), name, describe(payload), name);
    });
  }
  connection.addEventListener("error", ({ error }) => {
    log.add(new Date().toLocaleTimeString(), "error", String(error), "error");
  });
}

/** `{ from: "A", score: 81.25, cause: { kind: "network" } }` is `from A, score 81.3, cause network`. */
function describe(payload: object): string {
  return Object.entries(payload)
    .map(([name, value]) => `${name} ${readable(value)}${MILLIS.has(name) ? " ms" : ""}`)
    .join(", ");
}

function readable(value: unknown): string {
  if (typeof value === "number") return String(Math.round(value * 10) / 10);
  if (typeof value === "object" && value !== null) return Object.values(value).join(" ");
  return String(value);
}
