/** Everything that is known of one session, in a dialog that stays up to date. */

import { showQuality, showStatus } from "./badge.ts";
import { element, setText } from "./dom.ts";
import { ago, count, duration, text, timestamp } from "./format.ts";
import type { ConnectionState } from "./wire.ts";

type Show = (target: HTMLElement, state: ConnectionState, now: number) => void;

const FIELDS: readonly (readonly [title: string, show: Show])[] = [
  ["Status", (target, { status }) => showStatus(target, status)],
  ["Quality", (target, state) => showQuality(target, state.connectionQuality ?? "UNKNOWN")],
  ["User", (target, { userId }) => setText(target, text(userId))],
  ["Organisation", (target, { organizationId }) => setText(target, organizationId)],
  ["Client", (target, { clientType }) => setText(target, clientType)],
  ["Latency", (target, { latency }) => setText(target, duration(latency))],
  ["Missed heartbeats in a row", (target, state) => setText(target, count(state.missedHeartbeats))],
  ["Links lost or closed", (target, state) => setText(target, count(state.totalDisconnections))],
  ["Reconnect attempts", (target, state) => setText(target, attempts(state))],
  ["Connected", (target, { connectedAt }, now) => setText(target, when(connectedAt, now))],
  ["Disconnected", (target, { disconnectedAt }, now) => setText(target, when(disconnectedAt, now))],
  ["Last heartbeat", (target, { lastHeartbeat }, now) => setText(target, when(lastHeartbeat, now))],
];

export class Details {
  readonly #dialog = element("dialog", { class: "details", "aria-labelledby": "details-title" });
  readonly #find: (sessionId: string) => ConnectionState | undefined;
  readonly #title = element("h2", { id: "details-title" });
  readonly #values = FIELDS.map(() => element("dd", { class: "numbers" }));
  readonly #metadata = element("dl", { class: "facts" });
  #sessionId: string | undefined;

  constructor(root: HTMLElement, find: (sessionId: string) => ConnectionState | undefined) {
    this.#find = find;
    const dialog = this.#dialog;
    const close = element("button", { type: "button", class: "quiet" }, "Close");
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => (this.#sessionId = undefined));
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // The backdrop is the dialog's own.
    });
    const facts = element("dl", { class: "facts" });
    FIELDS.forEach(([title], i) => {
      facts.append(element("dt", {}, title), this.#values[i] ?? "");
    });
    const heading = element("div", { class: "heading" }, this.#title, close);
    dialog.append(element("div", { class: "details-body" }, heading, facts, this.#metadata));
    root.append(dialog);
  }

  /** Opens the details of a session. */
  open(sessionId: string): void {
    this.#sessionId = sessionId;
    this.render();
    if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** Brings an open dialog up to date. */
  render(now: number = Date.now()): void {
    const state = this.#sessionId === undefined ? undefined : this.#find(this.#sessionId);
    if (!state) return;
    setText(this.#title, state.sessionId);
    FIELDS.forEach(([, show], i) => {
      const value = this.#values[i];
      if (value) show(value, state, now);
    });
    const metadata = Object.entries(state.metadata ?? {});
    this.#metadata.replaceChildren(
      ...metadata.flatMap(([name, value]) => [
        element("dt", {}, name),
        element("dd", {}, String(value)),
      ]),
    );
  }
}

function attempts({ reconnectAttempts, maxReconnectAttempts }: ConnectionState): string {
  if (maxReconnectAttempts === undefined) return count(reconnectAttempts);
  return `${count(reconnectAttempts)} of at most ${count(maxReconnectAttempts)}`;
}

function when(at: number | undefined, now: number): string {
  return at === undefined ? timestamp(at) : `${timestamp(at)} (${ago(at, now)})`;
}
