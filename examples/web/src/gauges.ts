/** Status, quality, latency and outbox, as they are now. */

import type { Connection, ConnectionState } from "steadfast";

import { byId, byTestId } from "./dom.ts";
import { Sparkline } from "./sparkline.ts";

/** Often enough for a countdown that runs smoothly. */
const REFRESH_MILLIS = 100;

export class Gauges {
  readonly #connection: Connection;
  readonly #sparkline = new Sparkline(byId("sparkline", HTMLElement));
  readonly #shown = new Map<string, string>();
  /** When the next attempt to connect begins, by the wall clock. */
  #nextAttemptAt: number | undefined;

  constructor(connection: Connection) {
    this.#connection = connection;
    connection.addEventListener("retry.attempt", ({ detail }) => {
      this.#nextAttemptAt = detail.at + detail.delay;
    });
    connection.addEventListener("heartbeat", ({ detail }) => {
      if (detail.rtt !== undefined) this.#sparkline.push(detail.at, detail.rtt);
    });
    connection.addEventListener("status.changed", () => this.#show());
    connection.addEventListener("quality.changed", () => this.#show());
    setInterval(() => this.#show(), REFRESH_MILLIS);
    this.#show();
  }

  #show(): void {
    const { state } = this.#connection;
    const { connectionQuality, latency, missedHeartbeats } = state;
    this.#set("status", state.status, state.status);
    this.#set("quality", connectionQuality ?? "–", connectionQuality);
    this.#set(
      "latency",
      latency === undefined ? "–" : `${latency.toFixed(latency < 10 ? 1 : 0)} ms`,
    );
    this.#set("missed", `${missedHeartbeats || "no"} heartbeats missed in a row`);
    document.body.classList.toggle("has-no-link", state.status !== "CONNECTED");
    this.#set("outbox", String(this.#connection.waitingMessages));
    this.#set("attempt", this.#attempt(state));
  }

  #attempt({ status, reconnectAttempts, totalDisconnections }: ConnectionState): string {
    if (status !== "RECONNECTING") {
      return `${totalDisconnections} ${totalDisconnections === 1 ? "link" : "links"} lost so far`;
    }
    const wait = ((this.#nextAttemptAt ?? 0) - Date.now()) / 1000;
    const next = wait >= 0.05 ? `in ${wait.toFixed(1)} s` : "under way";
    return reconnectAttempts === 0 ? "first attempt" : `attempt ${reconnectAttempts} ${next}`;
  }

  /** Shows a text, and its tone by colour; leaves the page alone if both are there already. */
  #set(name: string, text: string, tone = ""): void {
    if (this.#shown.get(name) === text) return;
    this.#shown.set(name, text);
    const target = byTestId(name);
    target.textContent = text;
    target.dataset["tone"] = tone.toLowerCase();
  }
}
