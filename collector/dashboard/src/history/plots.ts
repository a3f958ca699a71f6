/** The three plots of the page and the choice of how far back they reach: live, or from roll-ups. */

import type { Address } from "../address/address.ts";
import { element } from "../ui/dom.ts";
import { duration, rate, share, timeZone } from "../ui/format.ts";
import { segments } from "../ui/segments.ts";
import type { Segments } from "../ui/segments.ts";
import type { History } from "./history.ts";
import type { Longer } from "./longer.ts";
import { Plot } from "./plot.ts";
import { LinearScale, LogScale } from "./scale.ts";

/** How far back they may reach, in seconds. */
const WINDOWS: Record<string, number> = {
  "5min": 300,
  "15min": 900,
  "1h": 3600,
  "24h": 86_400,
  "7d": 604_800,
};

export class Plots {
  readonly #plots: readonly Plot[];
  readonly #history: History;
  readonly #longer: Longer;
  readonly #ranges: Segments;
  /** Undefined until somebody chooses: as long as what is known fills. */
  #chosen: string | undefined;

  /** @param choose called with the range that somebody chooses */
  constructor(
    root: HTMLElement,
    history: History,
    longer: Longer,
    choose: (range: string) => void,
  ) {
    this.#history = history;
    this.#longer = longer;
    this.#ranges = segments("Time span", Object.keys(WINDOWS), choose);
    const heading = element("div", { class: "heading wide" });
    const title = element("h2", {}, "History ");
    title.append(
      element("span", { class: "muted small zone" }, `times in ${timeZone(Date.now())}`),
    );
    heading.append(title, this.#ranges.root);
    root.append(heading);
    this.#plots = [latency(root), links(root), errors(root)];
  }

  /** Shows what the address says. */
  follow({ range }: Address): void {
    this.#chosen = range !== undefined && Object.hasOwn(WINDOWS, range) ? range : undefined;
  }

  /** Draws the history up to now, by the collector's clock. */
  draw(now: number): void {
    const range = this.#chosen ?? this.#fitting();
    const seconds = WINDOWS[range] ?? 3600;
    this.#ranges.choose(range);
    const { history, emptyText } = this.#longer.of(seconds, now) ?? {
      history: this.#history,
      emptyText: "Nothing was measured yet",
    };
    for (const plot of this.#plots) plot.show(history, seconds, now, emptyText);
  }

  /** Ends all plots. */
  close(): void {
    for (const plot of this.#plots) plot.close();
  }

  #fitting(): string {
    const { points } = this.#history;
    const known = ((points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0)) / 1000;
    if (known > 1200) return "1h";
    return known > 300 ? "15min" : "5min";
  }
}

function latency(root: HTMLElement): Plot {
  return new Plot(root, {
    title: "Latency",
    format: duration,
    // A median is far below the 99th percentile, and both are to be seen.
    scale: new LogScale(),
    lines: [
      { label: "p99", colour: "--line-3", dash: [2, 3], value: (p) => p.metrics.latencyP99 },
      { label: "p95", colour: "--line-2", dash: [7, 4], value: (p) => p.metrics.latencyP95 },
      { label: "Median", colour: "--line-1", value: (p) => p.metrics.latencyP50 },
    ],
  });
}

function links(root: HTMLElement): Plot {
  return new Plot(root, {
    title: "Links per minute",
    format: rate,
    scale: new LinearScale(10),
    lines: [
      { label: "Back", colour: "--line-1", value: (p) => p.metrics.reconnectionRate },
      {
        label: "Lost",
        colour: "--line-bad",
        dash: [7, 4],
        value: (p) => p.metrics.disconnectionRate,
      },
    ],
  });
}

function errors(root: HTMLElement): Plot {
  return new Plot(root, {
    title: "Error rate",
    format: share,
    scale: new LinearScale(0.05),
    lines: [
      { label: "Of what was tried", colour: "--line-bad", value: (p) => p.metrics.errorRate },
    ],
  });
}
