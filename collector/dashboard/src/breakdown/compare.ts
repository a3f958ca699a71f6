/** Figures of a range beside those of the range before: what they are, and whether they became worse. */

import type { BreakdownFigures } from "../collector/wire.ts";
import { count, duration, oneDecimal, percentagePoints, share } from "../ui/format.ts";

/** The figures of one value. */
export interface NowAndBefore {
  now: BreakdownFigures;
  before: BreakdownFigures;
}

export type Verdict = "better" | "same" | "unknown" | "worse";

/** One figure as it is shown. */
export interface Compared {
  value: string;
  /** The same in proportion, if that says something else. */
  note?: string;
  verdict: Verdict;
  /** By how much it differs: `+2.4 points, was 1.2%`. */
  change: string;
}

/** A figure of the table. For all of them less is better. */
export interface Measure {
  key: "errorRate" | "linksLost" | "p50" | "p95" | "quality";
  title: string;
  compare: (figures: NowAndBefore) => Compared;
}

/** Fewer reports than this say nothing about a share. */
const FEWEST_REPORTS = 20;

/** A figure that differs by less than this share of itself is the same. */
const SAME = 0.1;

/** The figures. By cause a report is counted only if a link was lost for it, so that losses have no proportion. */
export function measures(by: string): readonly Measure[] {
  const linksLost = by === "cause" ? lostByCause : lostPerReport;
  const measured: readonly Measure[] = [
    { key: "linksLost", title: "Links lost", compare: linksLost },
    { key: "errorRate", title: "Error rate", compare: errorRate },
    { key: "p50", title: "Median latency", compare: latency("p50") },
    { key: "p95", title: "p95 latency", compare: latency("p95") },
    { key: "quality", title: "Poor or critical", compare: quality },
  ];
  return by === "cause" ? measured.slice(0, 1) : measured;
}

/** How many more links were lost than would have been at the rate of the range before. */
export function excess({ now, before }: NowAndBefore, by: string): number {
  if (by === "cause" || before.reports === 0) return now.linksLost - before.linksLost;
  return now.linksLost - (before.linksLost * now.reports) / before.reports;
}

function lostByCause({ now, before }: NowAndBefore): Compared {
  return compared(now.linksLost, before.linksLost, 1, count, count);
}

function lostPerReport({ now, before }: NowAndBefore): Compared {
  const rate = ({ linksLost, reports }: BreakdownFigures) =>
    reports > 0 ? (1000 * linksLost) / reports : undefined;
  const [rateNow, rateBefore] = [rate(now), rate(before)];
  const judged = compared(rateNow, rateBefore, 1, oneDecimal, oneDecimal, isFew(now, before));
  const note = rateNow === undefined ? "no reports" : `${oneDecimal(rateNow)} per 1,000 reports`;
  return { ...judged, value: count(now.linksLost), note };
}

function errorRate({ now, before }: NowAndBefore): Compared {
  const rate = ({ errorRate, reports }: BreakdownFigures) => (reports > 0 ? errorRate : undefined);
  return compared(rate(now), rate(before), 0.001, share, percentagePoints, isFew(now, before));
}

function latency(key: "p50" | "p95"): Measure["compare"] {
  return ({ now, before }) =>
    compared(now[key], before[key], 5, duration, duration, isFew(now, before));
}

function quality({ now, before }: NowAndBefore): Compared {
  const bad = ({ quality }: BreakdownFigures) => {
    const { CRITICAL, EXCELLENT, GOOD, POOR } = quality;
    const judged = CRITICAL + EXCELLENT + GOOD + POOR;
    return judged > 0 ? (CRITICAL + POOR) / judged : undefined;
  };
  return compared(bad(now), bad(before), 0.005, share, percentagePoints, isFew(now, before));
}

/** `least` is the smallest difference that counts. */
function compared(
  now: number | undefined,
  before: number | undefined,
  least: number,
  value: (value: number) => string,
  amount: (amount: number) => string,
  isUncertain = false,
): Compared {
  const shown = now === undefined ? "–" : value(now);
  if (now === undefined || before === undefined) {
    const change = before === undefined ? "nothing before" : `was ${value(before)}`;
    return { value: shown, verdict: "unknown", change };
  }
  const difference = now - before;
  const sign = difference < 0 ? "−" : "+";
  const isSame = Math.abs(difference) < Math.max(least, SAME * Math.max(now, before));
  if (isSame) return { value: shown, verdict: "same", change: `was ${value(before)}` };
  const change = `${sign}${amount(Math.abs(difference))}, was ${value(before)}`;
  if (isUncertain) return { value: shown, verdict: "unknown", change };
  return { value: shown, verdict: difference > 0 ? "worse" : "better", change };
}

function isFew(now: BreakdownFigures, before: BreakdownFigures): boolean {
  return Math.min(now.reports, before.reports) < FEWEST_REPORTS;
}
