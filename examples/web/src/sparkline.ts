/** The last round-trip times as a small line. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

const MOST_POINTS = 120;

export class Sparkline {
  readonly #plot: uPlot;
  #times: number[] = [];
  #values: number[] = [];

  constructor(root: HTMLElement) {
    const style = getComputedStyle(root);
    this.#plot = new uPlot(
      {
        width: root.clientWidth,
        height: root.clientHeight,
        legend: { show: false },
        cursor: { show: false },
        padding: [4, 4, 4, 4],
        axes: [{ show: false }, { show: false }],
        scales: {
          x: { time: false },
          y: { range: (_plot, _min, max) => [0, Math.max(5, max * 1.1)] },
        },
        series: [
          {},
          {
            stroke: () => style.getPropertyValue("--accent"),
            width: 2,
            points: { show: true, size: 4 },
          },
        ],
      },
      [[], []],
      root,
    );
    new ResizeObserver(() => {
      this.#plot.setSize({ width: root.clientWidth, height: root.clientHeight });
    }).observe(root);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () =>
      this.#plot.redraw(),
    );
  }

  /** A heartbeat was answered: at this Unix timestamp, after so long; both in milliseconds. */
  push(at: number, rtt: number): void {
    this.#times = [...this.#times, at].slice(-MOST_POINTS);
    this.#values = [...this.#values, rtt].slice(-MOST_POINTS);
    this.#plot.setData([this.#times, this.#values]);
  }
}
