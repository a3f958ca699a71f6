/**
 * Everything that is known of one session and what happened to it, in a panel that stays up to
 * date. The address names the session, so that it can be handed on and the way back closes it.
 */

import { sessionsWith } from "../address/address.ts";
import type { Address } from "../address/address.ts";
import type { Router } from "../address/router.ts";
import { shownStatus } from "../collector/wire.ts";
import type { Session, TimeLinePage } from "../collector/wire.ts";
import { element, setText } from "../ui/dom.ts";
import { isolate } from "../ui/format.ts";
import { FACTS } from "./facts.ts";
import { TimeLine } from "./timeline.ts";

/** A record that no list and no stream brings is loaded anew so often. */
const RELOAD_MILLIS = 10_000;

/** What the panel asks of the rest of the page. */
export interface DetailsSource {
  /** The newest record of a session, if a list or the stream brought one. */
  find: (sessionId: string) => Session | undefined;
  /** Asks the collector for a record that is not. */
  load: (sessionId: string) => Promise<Session>;
  /** Asks the collector what reports told of. */
  events: (sessionId: string, limit: number, before?: number) => Promise<TimeLinePage>;
}

export class Details {
  readonly #dialog = element("dialog", { class: "details", "aria-labelledby": "details-title" });
  readonly #source: DetailsSource;
  readonly #title = element("h2", { id: "details-title", dir: "auto" });
  readonly #message = element("p", { class: "muted", role: "status" });
  readonly #values = FACTS.map(() => element("dd", { class: "numbers" }));
  readonly #facts = element("dl", { class: "facts" });
  readonly #metadata = element("dl", { class: "facts" });
  readonly #others = element("a", { class: "small", href: "?" });
  readonly #timeLine: TimeLine;
  readonly #router: Router;
  /** The session that is shown. */
  #sessionId: string | undefined;
  #state: Session | undefined;
  #loadedAt = 0;

  constructor(root: HTMLElement, router: Router, source: DetailsSource) {
    this.#router = router;
    this.#source = source;
    this.#timeLine = new TimeLine(source.events);
    const dialog = this.#dialog;
    const close = element("button", { type: "button", class: "quiet" }, "Close");
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => this.#closed());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close(); // The backdrop is the dialog's own.
    });
    FACTS.forEach(([title], i) => {
      this.#facts.append(element("div", {}, element("dt", {}, title), this.#values[i] ?? ""));
    });
    const heading = element("div", { class: "heading" }, this.#title, close);
    const body = element("div", { class: "details-body" }, heading, this.#message, this.#facts);
    body.append(this.#metadata, this.#others, this.#timeLine.root);
    dialog.append(body);
    root.append(dialog);
  }

  /** Shows what the address names. */
  follow({ session }: Address): void {
    if (session === this.#sessionId) return;
    this.#show(session);
    if (session === undefined) this.#dialog.close();
    else if (!this.#dialog.open) this.#dialog.showModal();
  }

  /** Brings an open panel up to date. */
  render(now: number = Date.now()): void {
    if (this.#sessionId === undefined) return;
    const found = this.#source.find(this.#sessionId);
    const isOld = Date.now() - this.#loadedAt > RELOAD_MILLIS;
    if (!found && this.#state && isOld) void this.#load(this.#sessionId);
    const state = found ?? this.#state;
    this.#state = state;
    this.#message.hidden = state !== undefined;
    this.#facts.hidden = state === undefined;
    this.#others.hidden = state?.userId === undefined;
    this.#timeLine.root.hidden = state === undefined;
    if (!state) return;
    if (state.userId !== undefined) {
      setText(this.#others, `All sessions of ${isolate(state.userId)}`);
      this.#others.href = sessionsWith({ user: [state.userId] });
    }
    this.#facts.dataset["status"] = shownStatus(state);
    FACTS.forEach(([, show], i) => {
      const value = this.#values[i];
      if (value) show(value, state, now);
    });
    this.#showMetadata(state);
    this.#timeLine.render(state, now);
  }

  /** Lets go of the page. */
  close(): void {
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
    this.#loadedAt = Date.now();
    try {
      const state = await this.#source.load(sessionId);
      if (this.#sessionId !== sessionId) return;
      this.#state = state;
      this.render();
    } catch (error) {
      if (this.#sessionId !== sessionId) return;
      setText(this.#message, error instanceof Error ? error.message : String(error));
    }
  }

  #closed(): void {
    if (this.#sessionId === undefined) return; // The address has led here.
    this.#router.back({ session: undefined });
  }

  #showMetadata({ metadata }: Session): void {
    const entries = Object.entries(metadata ?? {});
    const shown = JSON.stringify(entries);
    if (this.#metadata.dataset["shows"] === shown && this.#metadata.firstChild) return;
    this.#metadata.dataset["shows"] = shown;
    this.#metadata.replaceChildren(
      ...entries.map(([name, value]) =>
        element("div", {}, element("dt", { dir: "auto" }, name), element("dd", { dir: "auto" }, String(value))),
      ),
    );
  }
}
