/**
 * Everything that is known of one session and what happened to it, in a panel that stays up to
 * date. The address names the session, so that it can be handed on and the way back closes it.
 */

import { showQuality, showStatus } from "../ui/badge.ts";
import { element, setText } from "../ui/dom.ts";
import { ago, count, duration, moment, text } from "../ui/format.ts";
import { TimeLine } from "./timeline.ts";
import { shownStatus } from "../collector/wire.ts";
import type { Session, TimeLinePage } from "../collector/wire.ts";

type Show = (target: HTMLElement, state: Session, now: number) => void;

const FIELDS: readonly (readonly [title: string, show: Show])[] = [
  ["Status", (target, state) => showStatus(target, shownStatus(state))],
  ["Last heard", (target, { lastHeard }, now) => showWhen(target, lastHeard, now)],
  ["Quality", (target, state) => showQuality(target, state.connectionQuality ?? "UNKNOWN")],
  ["User", (target, { userId }) => setText(target, text(userId))],
  ["Organisation", (target, { organizationId }) => setText(target, organizationId)],
  ["Client", (target, { clientType }) => setText(target, clientType)],
  ["Latency", (target, { latency }) => setText(target, duration(latency))],
  ["Heartbeats missed", (target, state) => setText(target, count(state.missedHeartbeats))],
  ["Links lost or closed", (target, state) => setText(target, count(state.totalDisconnections))],
  ["Reconnect attempts", (target, state) => setText(target, attempts(state))],
  ["Connected", (target, { connectedAt }, now) => showWhen(target, connectedAt, now)],
  ["Disconnected", (target, { disconnectedAt }, now) => showWhen(target, disconnectedAt, now)],
  ["Last heartbeat", (target, { lastHeartbeat }, now) => showWhen(target, lastHeartbeat, now)],
];

/** What the panel asks of the rest of the page. */
export interface DetailsSource {
  /** The record of a session, if it is known. */
  find: (sessionId: string) => Session | undefined;
  /** Asks the collector for a record that is not. */
  load: (sessionId: string) => Promise<Session>;
  /** Asks the collector what reports told of. */
  events: (sessionId: string, limit: number, before?: number) => Promise<TimeLinePage>;
  /** All sessions of a user are wanted. */
  showUser: (userId: string) => void;
}

export class Details {
  readonly #dialog = element("dialog", { class: "details", "aria-labelledby": "details-title" });
  readonly #source: DetailsSource;
  readonly #title = element("h2", { id: "details-title" });
  readonly #message = element("p", { class: "muted", role: "status" });
  readonly #values = FIELDS.map(() => element("dd", { class: "numbers" }));
  readonly #facts = element("dl", { class: "facts" });
  readonly #metadata = element("dl", { class: "facts" });
  readonly #others = element("button", { type: "button", class: "small" });
  readonly #timeLine: TimeLine;
  readonly #lifetime = new AbortController();
  /** The session that is shown. */
  #sessionId: string | undefined;
  #state: Session | undefined;
  /** Whether the way back leads to the page without the panel. */
  #pushed = false;

  constructor(root: HTMLElement, source: DetailsSource) {
    this.#source = source;
    this.#timeLine = new TimeLine(source.events);
    const dialog = this.#dialog;
    const close = element("button", { type: "button", class: "quiet" }, "Close");
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => this.#closed());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // The backdrop is the dialog's own.
    });
    this.#others.addEventListener("click", () => {
      const userId = this.#state?.userId;
      dialog.close();
      if (userId !== undefined) source.showUser(userId);
    });
    FIELDS.forEach(([title], i) => {
      this.#facts.append(element("div", {}, element("dt", {}, title), this.#values[i] ?? ""));
    });
    const heading = element("div", { class: "heading" }, this.#title, close);
    const body = element("div", { class: "details-body" }, heading, this.#message, this.#facts);
    body.append(this.#metadata, this.#others, this.#timeLine.root);
    dialog.append(body);
    root.append(dialog);
    addEventListener("hashchange", () => this.follow(), { signal: this.#lifetime.signal });
  }

  /** Opens the details of a session. */
  open(sessionId: string): void {
    this.#pushed = true;
    location.hash = new URLSearchParams({ session: sessionId }).toString();
  }

  /** Shows what the address names. */
  follow(): void {
    const named = new URLSearchParams(location.hash.slice(1)).get("session") ?? undefined;
    if (named === this.#sessionId) return;
    this.#show(named);
    if (named === undefined) this.#dialog.close();
    else if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** Brings an open panel up to date. */
  render(now: number = Date.now()): void {
    if (this.#sessionId === undefined) return;
    const state = this.#source.find(this.#sessionId) ?? this.#state;
    this.#state = state;
    this.#message.hidden = state !== undefined;
    this.#facts.hidden = state === undefined;
    this.#others.hidden = state?.userId === undefined;
    this.#timeLine.root.hidden = state === undefined;
    if (!state) return;
    setText(this.#others, `All sessions of ${state.userId}`);
    this.#facts.dataset["status"] = shownStatus(state);
    FIELDS.forEach(([, show], i) => {
      const value = this.#values[i];
      if (value) show(value, state, now);
    });
    this.#showMetadata(state);
    this.#timeLine.render(state, now);
  }

  /** Lets go of the page. */
  close(): void {
    this.#lifetime.abort();
    this.#show(undefined);
    this.#dialog.remove();
  }

  #show(sessionId: string | undefined): void {
    this.#sessionId = sessionId;
    this.#state = undefined;
    this.#metadata.replaceChildren();
    this.#timeLine.open(sessionId);
    if (sessionId === undefined) return;
    setText(this.#title, sessionId);
    setText(this.#message, "Loading the session …");
    this.render();
    if (!this.#state) void this.#load(sessionId);
  }

  async #load(sessionId: string): Promise<void> {
    try {
      const state = await this.#source.load(sessionId);
      if (this.#sessionId !== sessionId) return;
      this.#state ??= state;
      this.render();
    } catch (error) {
      if (this.#sessionId !== sessionId) return;
      setText(this.#message, error instanceof Error ? error.message : String(error));
    }
  }

  #closed(): void {
    if (this.#sessionId === undefined) return; // The address has led here.
    this.#show(undefined);
    if (this.#pushed) history.back();
    else history.replaceState(history.state, "", location.pathname + location.search);
    this.#pushed = false;
  }

  #showMetadata({ metadata }: Session): void {
    const entries = Object.entries(metadata ?? {});
    const shown = JSON.stringify(entries);
    if (this.#metadata.dataset["shows"] === shown && this.#metadata.firstChild) return;
    this.#metadata.dataset["shows"] = shown;
    this.#metadata.replaceChildren(
      ...entries.map(([name, value]) =>
        element("div", {}, element("dt", {}, name), element("dd", {}, String(value))),
      ),
    );
  }
}

function attempts({ reconnectAttempts, maxReconnectAttempts }: Session): string {
  if (maxReconnectAttempts === undefined) return count(reconnectAttempts);
  return `${count(reconnectAttempts)} of at most ${count(maxReconnectAttempts)}`;
}

/** A time, and beneath it how long ago that is. */
function showWhen(target: HTMLElement, at: number | undefined, now: number): void {
  if (at === undefined) return setText(target, text(undefined));
  if (target.childElementCount < 2) {
    target.replaceChildren(element("span"), element("span", { class: "muted small" }));
  }
  const [time, age] = target.children;
  if (time) setText(time, moment(at, now));
  if (age) setText(age, ago(at, now));
}
