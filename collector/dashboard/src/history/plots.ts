/** The three plots of the page and the choice of how far back they reach: live, or from roll-ups. */

import { element } from "../ui/dom.ts";
import { duration, rate, share, timeZone } from "../ui/format.ts";
import type { History } from "./history.ts";
import type { Longer } from "./longer.ts";
import { Plot } from "./plot.ts";
import { LinearScale, LogScale } from "./scale.ts";

const WINDOWS = [
  { label: "5 min", seconds: 300 },
  { label: "15 min", seconds: 900 },
  { label: "1 h", seconds: 3600 },
  { label: "24 h", seconds: 86_400 },
  { label: "7 d", seconds: 604_800 },
];

export class Plots {
  readonly #plots: readonly Plot[];
  readonly #history: History;
  readonly #longer: Longer;
  /** Undefined until somebody chooses: as long as what is known fills. */
  #chosen: number | undefined;
  #now = Date.now();
  readonly #buttons = new Map<number, HTMLButtonElement>();

  constructor(root: HTMLElement, history: History, longer: Longer) {
    this.#history = history;
    this.#longer = longer;
    const heading = element("div", { class: "heading wide" });
    const title = element("h2", {}, "History ");
    title.append(
      element("span", { class: "muted small zone" }, `times in ${timeZone(Date.now())}`),
    );
    heading.append(title, this.#choice());
    root.append(heading);
    this.#plots = [latency(root), links(root), errors(root)];
  }

  /** Draws the history up to now, by the collector's clock. */
  draw(now: number = this.#now): void {
    this.#now = now;
    const seconds = this.#chosen ?? this.#fitting();
    for (const [value, button] of this.#buttons) {
      button.setAttribute("aria-pressed", String(value === seconds));
    }
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

  #fitting(): number {
    const { points } = this.#history;
    const known = ((points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0)) / 1000;
    if (known > 1200) return 3600;
    return known > 300 ? 900 : 300;
  }

  #choice(): HTMLElement {
    const group = element("div", { class: "segments", role: "group", "aria-label": "Time span" });
    for (const { label, seconds } of WINDOWS) {
      const button = element("button", { type: "button", "aria-pressed": "false" }, label);
      button.addEventListener("click", () => {
        this.#chosen = seconds;
        this.draw();
      });
      this.#buttons.set(seconds, button);
      group.append(button);
    }
    return group;
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
