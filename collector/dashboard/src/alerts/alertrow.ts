/** One alert that is not over. It stays the same element, so that the keyboard's focus stays where it is. */

import { element, sessionsLink, setText } from "../ui/dom.ts";
import { ago, duration, moment, share, word } from "../ui/format.ts";
import type { Alert } from "../collector/wire.ts";
import { concerned } from "./concerned.ts";

const TITLES: Record<Alert["type"], string> = {
  HIGH_ERROR_RATE: "High error rate",
  HIGH_LATENCY: "High latency",
  LOW_CONNECTION_QUALITY: "Low connection quality",
  NO_REPORTS: "Sessions no longer report",
  SYSTEM_OVERLOAD: "System overload",
};

const TONES: Record<Alert["severity"], string> = {
  LOW: "good",
  MEDIUM: "poor",
  HIGH: "critical",
  CRITICAL: "critical",
};

export class AlertRow {
  readonly root = element("li", { class: "alert", tabindex: "-1" });
  readonly #acknowledge: () => Promise<void>;
  readonly #title = element("strong");
  readonly #severity = element("span", { class: "badge" });
  readonly #reading = element("span", { class: "small numbers" });
  readonly #times = element("span", { class: "small numbers" });
  readonly #problem = element("span", { class: "error small", role: "alert" });
  readonly #sessions = sessionsLink({ class: "button", href: "?" }, "Show sessions");
  readonly #button = element("button", { type: "button" });
  #isUnderWay = false;

  /** @param acknowledge called when the user says to know of it; fails if that was not taken */
  constructor(acknowledge: () => Promise<void>) {
    this.#acknowledge = acknowledge;
    this.#button.addEventListener("click", () => void this.#say());
    const heading = element("span", { class: "alert-title" }, this.#title, this.#severity);
    const words = element("div", { class: "alert-words" }, heading, this.#reading, this.#times);
    words.append(this.#problem);
    this.root.append(words, this.#sessions, this.#button);
  }

  /** The alert is this now. */
  show(alert: Alert, now: number): void {
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
    if (isKnown && document.activeElement === this.#button) this.root.focus();
    this.#button.hidden = isKnown;
    if (!this.#isUnderWay) setText(this.#button, "Acknowledge");
    this.#button.setAttribute("aria-label", `Acknowledge: ${title(alert)}`);
  }

  async #say(): Promise<void> {
    if (this.#isUnderWay) return;
    this.#isUnderWay = true;
    setText(this.#problem, "");
    setText(this.#button, "Acknowledging …");
    try {
      await this.#acknowledge();
    } catch (error) {
      setText(this.#problem, error instanceof Error ? error.message : String(error));
      setText(this.#button, "Acknowledge");
    } finally {
      this.#isUnderWay = false;
    }
  }
}

/** What it is about. */
export function title({ type }: Alert): string {
  return TITLES[type];
}

/** The value and what it is compared with, in their unit. */
export function reading({ type, value, threshold }: Alert): string {
  switch (type) {
    case "HIGH_LATENCY":
      return `p95 is ${duration(value)}; raised above ${duration(threshold)}`;
    case "HIGH_ERROR_RATE":
      return `${share(value)} went wrong; raised from ${share(threshold)} on`;
    case "LOW_CONNECTION_QUALITY":
      return `${share(value)} are healthy; raised below ${share(threshold)}`;
    case "NO_REPORTS":
      return `${share(value)} of the sessions report; raised below ${share(threshold)}`;
    case "SYSTEM_OVERLOAD":
      return `${value.toFixed(1)} times what it may be`;
  }
}

function times({ acknowledgedAt, beganAt }: Alert, now: number): string {
  const since = `since ${moment(beganAt, now)}, ${ago(beganAt, now)}`;
  return acknowledgedAt === undefined
    ? since
    : `${since}; acknowledged ${moment(acknowledgedAt, now)}`;
}
