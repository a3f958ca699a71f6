/** Where the metrics are going, and when one will cross the threshold of its alert. */

import { element, setText } from "../ui/dom.ts";
import { count, duration, percentagePoints, roughMoment, share, span, word } from "../ui/format.ts";
import { Sparkline } from "../ui/sparkline.ts";
import type { Sample } from "../ui/sparkline.ts";
import type { AnyTrend, Direction, HealthTrends, Measured, MeasuredPoint } from "../collector/wire.ts";

interface Shown {
  title: string;
  key: keyof HealthTrends;
  /** How a value reads, and an amount by which it changed. */
  value: (value: number) => string;
  amount: (amount: number) => string;
  /** What of the history shows it. */
  measured: keyof Measured;
}

/** How far back trends reach. */
const REACH_MILLIS = 1_800_000;

const SHOWN: readonly Shown[] = [
  {
    title: "Median latency",
    key: "latency",
    value: duration,
    amount: duration,
    measured: "latencyP50",
  },
  {
    title: "Error rate",
    key: "errors",
    value: share,
    amount: percentagePoints,
    measured: "errorRate",
  },
  {
    title: "Connected sessions",
    key: "connections",
    value: whole,
    amount: whole,
    measured: "connected",
  },
];

const ARROWS: Record<Direction, string> = {
  DECLINING: "↘",
  DEGRADING: "↗",
  GROWING: "↗",
  IMPROVING: "↘",
  STABLE: "→",
  WORSENING: "↗",
};

export class Trends {
  readonly #rows = SHOWN.map((shown) => {
    const arrow = element("span", { class: "arrow", "aria-hidden": "true" });
    const name = element("strong", {}, "–");
    const change = element("span", { class: "small numbers" });
    const forecast = element("span", { class: "muted small numbers" });
    const value = element("span", { class: "trend-value" }, arrow, name);
    const line = new Sparkline();
    const root = element("li", { "data-trend": shown.key });
    root.append(
      element("span", { class: "muted" }, shown.title),
      value,
      change,
      line.root,
      forecast,
    );
    return { arrow, change, forecast, line, name, root, shown };
  });

  constructor(root: HTMLElement) {
    const list = element("ul", { class: "trends" }, ...this.#rows.map(({ root }) => root));
    root.append(
      element(
        "div",
        { class: "card", id: "trends" },
        element("h3", {}, "Trends of the last half hour"),
        list,
      ),
    );
  }

  /** Brings it up to date. */
  render(trends: HealthTrends | undefined, history: readonly MeasuredPoint[], now: number): void {
    for (const { arrow, change, forecast, line, name, root, shown } of this.#rows) {
      const trend = trends?.[shown.key];
      setText(arrow, trend ? ARROWS[trend.direction] : "");
      setText(name, trend ? word(trend.direction) : "–");
      setText(change, trend ? changed(trend, shown.amount) : unknown(trends));
      setText(forecast, foreseen(trend, shown.value, now) ?? "");
      change.classList.toggle("muted", trend === undefined || trend.direction === "STABLE");
      root.dataset["tone"] = tone(trend);
      const samples = history.map(({ at, metrics }): Sample => [at, metrics[shown.measured]]);
      line.show(samples, now - REACH_MILLIS, now);
    }
  }
}

/** `+41 ms`, `−0.5 percentagePoints`: by how much it rose over the window. */
export function changed({ change }: AnyTrend, format: Shown["amount"]): string {
  const amount = format(Math.abs(change));
  return amount === format(0) ? "no change" : `${change < 0 ? "−" : "+"}${amount}`;
}

/** When the threshold is foreseen to be crossed; undefined if it is not. */
export function foreseen(
  trend: AnyTrend | undefined,
  format: Shown["value"],
  now: number,
): string | undefined {
  if (!trend?.forecast) return undefined;
  const { earliestAt, expectedAt, latestAt, threshold } = trend.forecast;
  const at = (instant: number) => roughMoment(instant, now);
  const latest = latestAt === undefined ? "or never" : `to ${at(latestAt)}`;
  const wait = span(Math.max(60_000, expectedAt - now));
  return `Reaches ${format(threshold)} in about ${wait}: at ${at(expectedAt)} (${at(earliestAt)} ${latest})`;
}

function unknown(trends: HealthTrends | undefined): string {
  return trends ? "known after ten minutes" : "";
}

function whole(value: number): string {
  return count(Math.round(value));
}

function tone(trend: AnyTrend | undefined): string {
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
