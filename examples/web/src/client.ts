/** The connection. This is all that a page needs; the rest of this demo only shows what happens. */

import { connect } from "steadfast";
import type { Connection } from "steadfast";

import type { Settings } from "./settings.ts";

/** Connects to the echo server, and stays connected. */
export function open({ echo, report }: Settings): Connection {
  return connect(echo, {
    session: { userId: "demo", clientType: "web" },
    // The server answers heartbeats, so a link that is dead without a word is noticed.
    heartbeat: { preset: "steadfast" },
    // More often than a real page would, so that the dashboard is soon up to date.
    ...(report && { report: { ...report, interval: 5_000 } }),
  });
}
