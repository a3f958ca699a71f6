/** One alert that is not over. It stays the same element, so that the keyboard's focus stays where it is. */

import { element, sessionsLink, setText } from "../ui/dom.ts";
import { ago, isolate, moment, roughMoment, word } from "../ui/format.ts";
import type { Alert, RecordedAlert } from "../collector/wire.ts";
import { concerned } from "./concerned.ts";
import { reading, title } from "./words.ts";

const TONES: Record<Alert["severity"], string> = {
  LOW: "good",
  MEDIUM: "poor",
  HIGH: "critical",
  CRITICAL: "critical",
};

export class AlertRow {
  readonly root = element("li", { class: "alert", tabindex: "-1" });
  readonly #acknowledge: (note: string) => Promise<void>;
  readonly #title = element("strong");
  readonly #severity = element("span", { class: "badge" });
  readonly #reading = element("span", { class: "small numbers" });
  readonly #times = element("span", { class: "small numbers" });
  readonly #said = element("span", { class: "note small", dir: "auto", hidden: true });
  readonly #note = element("input", {
    type: "text",
    maxlength: "250",
    dir: "auto",
    placeholder: "Note, if you like",
  });
  readonly #problem = element("span", { class: "error small", role: "alert" });
  readonly #sessions = sessionsLink({ class: "button", href: "?" }, "Show sessions");
  readonly #button = element("button", { type: "button" });
  #isUnderWay = false;

  /** @param acknowledge called when the user says to know of it; fails if that was not taken */
  constructor(acknowledge: (note: string) => Promise<void>) {
    this.#acknowledge = acknowledge;
    this.#button.addEventListener("click", () => void this.#say());
    const heading = element("span", { class: "alert-title" }, this.#title, this.#severity);
    const words = element("div", { class: "alert-words" }, heading, this.#reading, this.#times);
    words.append(this.#said, this.#problem);
    this.#note.addEventListener("keydown", ({ key }) => key === "Enter" && void this.#say());
    this.root.append(words, this.#sessions, this.#note, this.#button);
  }

  /** The alert is this now. */
  show(alert: RecordedAlert, now: number): void {
    this.root.dataset["tone"] = TONES[alert.severity];
    this.root.dataset["alert"] = alert.type;
    setText(this.#title, title(alert));
    setText(this.#severity, word(alert.severity));
    setText(this.#reading, reading(alert));
    setText(this.#times, times(alert, now));
    const href = concerned(alert);
    this.#sessions.hidden = href === undefined;
    if (href !== undefined) this.#sessions.setAttribute("href", href);
    this.#sessions.setAttribute("aria-label", `Show sessions: ${title(alert)}`);
    const isKnown = alert.status === "ACKNOWLEDGED";
    // The focus must not fall out of the page along with the button.
    const focused = document.activeElement;
    if (isKnown && (focused === this.#button || focused === this.#note)) this.root.focus();
    this.#button.hidden = this.#note.hidden = isKnown;
    this.#said.hidden = alert.note === undefined;
    setText(this.#said, alert.note ?? "");
    this.#note.setAttribute("aria-label", `Note to the acknowledgement of: ${title(alert)}`);
    if (!this.#isUnderWay) setText(this.#button, "Acknowledge");
    this.#button.setAttribute("aria-label", `Acknowledge: ${title(alert)}`);
  }

  async #say(): Promise<void> {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    setText(this.#problem, "");
    setText(this.#button, "Acknowledging …");
    try {
      await this.#acknowledge(this.#note.value.trim());
    } catch (error) {
      setText(this.#problem, error instanceof Error ? error.message : String(error));
      setText(this.#button, "Acknowledge");
    } finally {
      this.#isUnderWay = false;
    }
  }
}

function times(alert: RecordedAlert, now: number): string {
  const { acknowledgedAt, acknowledgedBy, beganAt, silencedUntil } = alert;
  const parts = [`since ${moment(beganAt, now)}, ${ago(beganAt, now)}`];
  if (acknowledgedAt !== undefined) {
    const by = acknowledgedBy === undefined ? "" : ` by ${isolate(acknowledgedBy)}`;
    parts.push(`acknowledged ${moment(acknowledgedAt, now)}${by}`);
  }
  if (silencedUntil !== undefined) parts.push(`silenced until ${roughMoment(silencedUntil, now)}`);
  return parts.join("; ");
}
