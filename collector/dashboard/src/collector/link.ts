/** The page's own connection to the collector: status, quality, latency, and what comes next. */

import type { ConnectionState } from "steadfast";

import { showStatus } from "../ui/badge.ts";
import { byId, setText } from "../ui/dom.ts";
import { duration, word } from "../ui/format.ts";

export class LinkView {
  readonly #root: HTMLElement;
  readonly #status = byId("link-status", HTMLElement);
  readonly #detail = byId("link-detail", HTMLElement);
  #state: ConnectionState | undefined;
  #nextAttemptAt: number | undefined;

  constructor(root: HTMLElement) {
    this.#root = root;
    root.hidden = true;
  }

  /** The connection's record is this now. */
  show(state: ConnectionState): void {
    this.#state = state;
    if (state.status !== "RECONNECTING") this.#nextAttemptAt = undefined;
  }

  /** The next attempt to connect begins then. */
  attemptAt(at: number): void {
    this.#nextAttemptAt = at;
  }

  /** Brings the header up to date. */
  render(now: number): void {
    this.#root.hidden = this.#state === undefined;
    if (!this.#state) return;
    showStatus(this.#status, this.#state.status);
    setText(this.#detail, this.#detailText(this.#state, now));
  }

  /** The connection is closed for good. */
  close(): void {
    this.#state = undefined;
    this.#root.hidden = true;
  }

  #detailText({ status, connectionQuality, latency }: ConnectionState, now: number): string {
    if (status === "RECONNECTING") {
      const wait = Math.ceil(((this.#nextAttemptAt ?? now) - now) / 1000);
      return wait > 0 ? `next attempt in ${wait} s` : "connecting …";
    }
    if (status !== "CONNECTED") return "";
    const quality = connectionQuality ? `${word(connectionQuality)}, ` : "";
    return latency === undefined ? "measuring …" : `${quality}${duration(latency)}`;
  }
}
