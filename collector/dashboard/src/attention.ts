/** The alerts, each to be acknowledged, and where the metrics are going. */

import { element, setText } from "./dom.ts";
import { ago, duration, share, word } from "./format.ts";
import type { Alert, Direction, HealthSummary, Trend } from "./wire.ts";

const TITLES: Record<Alert["type"], string> = {
  HIGH_ERROR_RATE: "Too much goes wrong",
  HIGH_LATENCY: "Answers take too long",
  LOW_CONNECTION_QUALITY: "Too many links are bad",
  SYSTEM_OVERLOAD: "The machine has too much to do",
};

const TONES: Record<Alert["severity"], string> = {
  LOW: "suspended",
  MEDIUM: "poor",
  HIGH: "critical",
  CRITICAL: "critical",
};

const TRENDS = [
  ["Latency", "latency"],
  ["Errors", "errors"],
  ["Sessions", "connections"],
] as const;

const ARROWS: Record<Direction, string> = {
  DECLINING: "↘",
  DEGRADING: "↗",
  GROWING: "↗",
  IMPROVING: "↘",
  STABLE: "→",
  WORSENING: "↗",
};

export class Attention {
  readonly #acknowledge: (id: number) => void;
  readonly #list = element("ul", { class: "alerts" });
  readonly #none = element("p", { class: "muted" }, "Loading…");
  readonly #rows = new Map<number, AlertRow>();
  readonly #trends = TRENDS.map(([title]) => {
    const value = element("strong", {}, "–");
    const note = element("span", { class: "muted small" });
    const entry = element("li", {}, element("span", {}, title), value, note);
    return { entry, note, value };
  });

  /** @param acknowledge called when the user says to know of an alert */
  constructor(root: HTMLElement, acknowledge: (id: number) => void) {
    this.#acknowledge = acknowledge;
    const trends = element("ul", { class: "trends" }, ...this.#trends.map(({ entry }) => entry));
    this.#list.setAttribute("aria-live", "polite");
    root.append(
      element("div", { class: "card" }, element("h3", {}, "Alerts"), this.#none, this.#list),
      element("div", { class: "card" }, element("h3", {}, "Trends of the last half hour"), trends),
    );
  }

  /** Brings it up to date; `problem` says why there is no summary. */
  render(summary: HealthSummary | undefined, problem: string | undefined, now: number): void {
    this.#none.hidden = summary !== undefined && summary.alerts.length > 0;
    if (summary === undefined) {
      setText(this.#none, problem ?? "Loading…");
      return;
    }
    setText(this.#none, "Nothing needs your attention.");
    this.#showAlerts(summary.alerts, now);
    TRENDS.forEach(([, key], i) => {
      const shown = this.#trends[i];
      if (!shown) return;
      const trend = summary.trends[key];
      setText(shown.value, trend ? `${ARROWS[trend.direction]} ${word(trend.direction)}` : "–");
      setText(shown.note, foreseen(trend, now));
      shown.entry.dataset["tone"] = tone(trend);
    });
  }

  #showAlerts(alerts: readonly Alert[], now: number): void {
    const active = new Set(alerts.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (active.has(id)) continue;
      row.root.remove();
      this.#rows.delete(id);
    }
    for (const alert of alerts) {
      let row = this.#rows.get(alert.id);
      if (!row) {
        row = new AlertRow(() => this.#acknowledge(alert.id));
        this.#rows.set(alert.id, row);
        this.#list.append(row.root);
      }
      row.show(alert, now);
    }
  }
}

/** One alert. It stays the same element, so that the keyboard's focus stays where it is. */
class AlertRow {
  readonly root = element("li", { class: "alert" });
  readonly #severity = element("span", { class: "badge" });
  readonly #title = element("strong");
  readonly #note = element("span", { class: "muted small numbers" });
  readonly #button = element("button", { type: "button" }, "Acknowledge");

  constructor(acknowledge: () => void) {
    this.#button.addEventListener("click", acknowledge);
    const words = element("div", { class: "alert-words" }, this.#title, this.#note);
    this.root.append(this.#severity, words, this.#button);
  }

  show(alert: Alert, now: number): void {
    this.root.dataset["tone"] = TONES[alert.severity];
    setText(this.#severity, word(alert.severity));
    setText(this.#title, TITLES[alert.type]);
    setText(this.#note, `${reading(alert)}, since ${ago(alert.beganAt, now)}`);
    const known = alert.status === "ACKNOWLEDGED";
    this.#button.disabled = known;
    setText(this.#button, known ? "Acknowledged" : "Acknowledge");
    this.#button.setAttribute("aria-label", `Acknowledge: ${TITLES[alert.type]}`);
  }
}

/** The value and what it is compared with, in their unit. */
export function reading({ type, value, threshold }: Alert): string {
  switch (type) {
    case "HIGH_LATENCY":
      return `95% within ${duration(value)}; raised beyond ${duration(threshold)}`;
    case "HIGH_ERROR_RATE":
      return `${share(value)} went wrong; raised from ${share(threshold)} on`;
    case "LOW_CONNECTION_QUALITY":
      return `${share(value)} are healthy; raised below ${share(threshold)}`;
    case "SYSTEM_OVERLOAD":
      return `${value.toFixed(1)} times what it may be`;
  }
}

/** When a threshold is foreseen to be crossed. */
export function foreseen(trend: Trend | undefined, now: number): string {
  if (!trend) return "too little is known yet";
  if (!trend.forecast) return "no threshold in sight";
  const minutes = Math.max(1, Math.round((trend.forecast.expectedAt - now) / 60_000));
  return `crosses its threshold in about ${minutes} min`;
}

function tone(trend: Trend | undefined): string {
  switch (trend?.direction) {
    case "DEGRADING":
    case "WORSENING":
      return "poor";
    case "IMPROVING":
      return "excellent";
    default:
      return "none";
  }
}
