/** The three plots of the page and the choice of how far back they reach. */

import { element } from "./dom.ts";
import { duration, rate, share } from "./format.ts";
import type { History } from "./history.ts";
import { Plot } from "./plot.ts";

const WINDOWS = [
  { label: "5 min", seconds: 300 },
  { label: "15 min", seconds: 900 },
  { label: "1 h", seconds: 3600 },
];

export class Plots {
  readonly #plots: readonly Plot[];
  readonly #history: History;
  #seconds = 900;

  constructor(root: HTMLElement, history: History) {
    this.#history = history;
    const heading = element("div", { class: "heading wide" });
    heading.append(element("h2", {}, "History"), this.#choice());
    root.append(heading);
    this.#plots = [latency(root), links(root), errors(root)];
  }

  /** Draws the history as it is now. */
  draw(): void {
    for (const plot of this.#plots) plot.show(this.#history, this.#seconds);
  }

  /** Ends all plots. */
  close(): void {
    for (const plot of this.#plots) plot.close();
  }

  #choice(): HTMLElement {
    const group = element("div", { class: "segments", role: "group", "aria-label": "Time span" });
    const buttons = WINDOWS.map(({ label, seconds }) => {
      const button = element("button", { type: "button" }, label);
      const press = () => button.setAttribute("aria-pressed", String(seconds === this.#seconds));
      button.addEventListener("click", () => {
        this.#seconds = seconds;
        buttons.forEach((other) => other.press());
        this.draw();
      });
      press();
      group.append(button);
      return { press };
    });
    return group;
  }
}

function latency(root: HTMLElement): Plot {
  return new Plot(root, {
    title: "Latency",
    format: duration,
    reach: 10,
    lines: [
      { label: "99%", colour: "--line-3", dash: [2, 3], value: (p) => p.metrics.latencyP99 },
      { label: "95%", colour: "--line-2", dash: [7, 4], value: (p) => p.metrics.latencyP95 },
      { label: "Median", colour: "--line-1", value: (p) => p.metrics.latencyP50 },
    ],
  });
}

function links(root: HTMLElement): Plot {
  return new Plot(root, {
    title: "Links per minute",
    format: rate,
    reach: 10,
    lines: [
      { label: "Lost or closed", colour: "--line-bad", dash: [7, 4], value: (p) => p.metrics.disconnectionRate },
      { label: "Back", colour: "--line-1", value: (p) => p.metrics.reconnectionRate },
    ],
  });
}

function errors(root: HTMLElement): Plot {
  return new Plot(root, {
    title: "Error rate",
    format: share,
    reach: 0.05,
    lines: [{ label: "Of what was tried", colour: "--line-bad", value: (p) => p.metrics.errorRate }],
  });
}
