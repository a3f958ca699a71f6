/** Silences: alerts that are not sent to webhooks for a while. */

import type { AlertKind, Silence, WantedSilence } from "../collector/wire.ts";
import { element, setText } from "../ui/dom.ts";
import { isolate, roughMoment, word } from "../ui/format.ts";
import { ALERT_KINDS, alertTitle } from "./words.ts";

/** What the card asks of the collector. */
export interface SilenceSource {
  silences: () => Promise<readonly Silence[]>;
  add: (wanted: WantedSilence) => Promise<unknown>;
  remove: (id: string) => Promise<unknown>;
}

const HOURS: readonly (readonly [words: string, hours: number])[] = [
  ["1 hour", 1],
  ["4 hours", 4],
  ["1 day", 24],
  ["1 week", 168],
];

export class SilencesCard {
  readonly root = element("section", { class: "card", "aria-labelledby": "silences-title" });
  readonly #source: SilenceSource;
  readonly #now: () => number;
  readonly #list = element("ul", { class: "plain-list" });
  readonly #none = element("p", { class: "muted" }, "Nothing is silenced.");
  readonly #problem = element("p", { class: "error small", role: "alert" });
  readonly #type = element("select", { "aria-label": "Type of alert to silence" });
  readonly #hours = element("select", { "aria-label": "How long" });
  readonly #note = element("input", { type: "text", maxlength: "250", placeholder: "Why", dir: "auto" });

  /** @param now the time by the collector's clock */
  constructor(source: SilenceSource, now: () => number) {
    this.#source = source;
    this.#now = now;
    this.#type.append(element("option", { value: "" }, "All alerts"));
    for (const kind of ALERT_KINDS) {
      this.#type.append(element("option", { value: kind }, alertTitle(kind)));
    }
    for (const [words, hours] of HOURS) {
      this.#hours.append(element("option", { value: String(hours) }, `for ${words}`));
    }
    this.#note.setAttribute("aria-label", "Why it is silenced");
    const form = element("form", { class: "line-form" }, this.#type, this.#hours, this.#note);
    form.append(element("button", { type: "submit" }, "Silence"));
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#attempt(() => source.add(this.#wanted()));
    });
    const about = "Silenced alerts are not sent to webhooks. This page shows them all the same.";
    this.root.append(
      element("h3", { id: "silences-title" }, "Silences"),
      element("p", { class: "muted small" }, about),
      this.#none,
      this.#list,
      form,
      this.#problem,
    );
  }

  async reload(): Promise<void> {
    const silences = await this.#source.silences();
    this.#none.hidden = silences.length > 0;
    this.#list.replaceChildren(...silences.map((silence) => this.#row(silence)));
  }

  #wanted(): WantedSilence {
    const kind = this.#type.value as AlertKind | "";
    const until = Math.floor(this.#now()) + 3_600_000 * Number(this.#hours.value);
    return { ...(kind !== "" && { type: kind }), until, note: this.#note.value.trim() };
  }

  #row({ createdBy, id, note, severity, type, until }: Silence): HTMLElement {
    const what = type === undefined ? "All alerts" : alertTitle(type);
    const upTo = severity === undefined ? "" : `, up to ${word(severity)}`;
    const words = element("div", {}, element("strong", {}, `${what}${upTo}`));
    const told = `until ${roughMoment(until, this.#now())}, by ${isolate(createdBy)}`;
    words.append(element("span", { class: "muted small numbers" }, ` ${told}`));
    if (note !== "") words.append(element("p", { class: "note", dir: "auto" }, note));
    const end = element("button", { type: "button" }, "End");
    end.setAttribute("aria-label", `End the silence: ${what}`);
    end.addEventListener("click", () => void this.#attempt(() => this.#source.remove(id)));
    return element("li", {}, words, end);
  }

  async #attempt(act: () => Promise<unknown>): Promise<void> {
    setText(this.#problem, "");
    try {
      await act();
      this.#note.value = "";
      await this.reload();
    } catch (error) {
      setText(this.#problem, error instanceof Error ? error.message : String(error));
    }
  }
}
