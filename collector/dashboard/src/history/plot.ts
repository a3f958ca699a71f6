/** A plot over time: some lines, a legend with their values, and a cursor shared by all plots. */

import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";

import { element, setText } from "../ui/dom.ts";
import { clockTime, dateOf, minuteOf, timestamp } from "../ui/format.ts";
import type { Columns, History } from "./history.ts";
import type { Scale } from "./scale.ts";
import type { MeasuredPoint } from "../collector/wire.ts";

/** One line of a plot. */
export interface Line {
  label: string;
  /** The custom property that holds its colour. */
  colour: `--${string}`;
  /** What it shows of a point; undefined where nothing is known. */
  value: (point: MeasuredPoint) => number | undefined;
  /** Lengths of dashes and gaps; solid without. */
  dash?: number[];
}

export interface PlotOptions {
  title: string;
  lines: readonly Line[];
  /** How a value reads, in the legend and at the axis. */
  format: (value: number) => string;
  scale: Scale;
}

const HEIGHT = 200;

/** In seconds. */
const DAY = 86_400;

/** Whole minutes, because the labels at the axis show nothing finer. */
const TICK_SECONDS = [60, 120, 300, 600, 900, 1800, 3600, 10_800, 21_600, 43_200, 86_400];

export class Plot {
  readonly #options: PlotOptions;
  readonly #canvas = element("div", { class: "plot" });
  readonly #moment = element("span", { class: "muted small numbers" });
  readonly #values: HTMLElement[] = [];
  readonly #observer = new ResizeObserver(() => this.#resize());
  readonly #lifetime = new AbortController();
  #plot: uPlot | undefined;
  #columns: Columns;
  readonly #empty = element("p", { class: "plot-empty muted" });
  #range: [from: number, to: number] = [0, 1];

  constructor(root: HTMLElement, options: PlotOptions) {
    this.#options = options;
    this.#columns = [[], ...options.lines.map(() => [])];
    const legend = element("ul", { class: "keys" });
    for (const { label, colour, dash } of options.lines) {
      const swatch = element("span", { class: "swatch", "data-dashed": dash !== undefined });
      swatch.style.borderColor = `var(${colour})`;
      const value = element("strong", { class: "numbers" }, "–");
      legend.append(element("li", {}, swatch, element("span", {}, label), value));
      this.#values.push(value);
    }
    const heading = element("div", { class: "heading" });
    heading.append(element("h3", {}, options.title), this.#moment);
    root.append(element("div", { class: "card" }, heading, legend, this.#canvas));
    this.#canvas.append(this.#empty);
    this.#canvas.setAttribute("role", "img");
    this.#observer.observe(this.#canvas);
    const { signal } = this.#lifetime;
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    scheme.addEventListener("change", () => this.#rebuild(), { signal });
  }

  /**
   * Shows the last `windowSeconds` of a history before `now`; `emptyText` stands where there is
   * nothing to show.
   */
  show(history: History, windowSeconds: number, now: number, emptyText: string): void {
    setText(this.#empty, emptyText);
    this.#range = [now / 1000 - windowSeconds, now / 1000];
    this.#columns = history.columns(this.#options.lines.map(({ value }) => value));
    if (this.#plot) this.#plot.setData(this.#columns);
    else this.#rebuild();
    const lines = this.#columns.slice(1);
    this.#canvas.classList.toggle("is-empty", !lines.some((line) => line.some((v) => v !== null)));
    this.#label();
  }

  /** Ends the plot and lets go of the page. */
  close(): void {
    this.#lifetime.abort();
    this.#observer.disconnect();
    this.#plot?.destroy();
  }

  #rebuild(): void {
    this.#plot?.destroy();
    const width = this.#canvas.clientWidth;
    // Hidden pages and plots have no width; the observer calls again.
    this.#plot =
      width > 0 ? new uPlot(this.#uplotOptions(width), this.#columns, this.#canvas) : undefined;
  }

  #resize(): void {
    const width = this.#canvas.clientWidth;
    if (this.#plot && width > 0) this.#plot.setSize({ width, height: HEIGHT });
    else this.#rebuild();
  }

  #uplotOptions(width: number): uPlot.Options {
    const { lines, format, scale } = this.#options;
    const style = getComputedStyle(document.documentElement);
    const colour = (name: string) => style.getPropertyValue(name).trim();
    const axis: uPlot.Axis = {
      stroke: colour("--muted"),
      font: "11px system-ui, sans-serif",
      grid: { stroke: colour("--hairline"), width: 1 },
      ticks: { show: false },
    };
    return {
      width,
      height: HEIGHT,
      padding: [8, 16, 0, 0],
      legend: { show: false },
      cursor: { y: false, drag: { x: false, y: false }, sync: { key: "history" } },
      scales: {
        x: { range: () => this.#range },
        y: scale.options,
      },
      axes: [
        {
          ...axis,
          size: 20,
          gap: 4,
          space: 50,
          incrs: TICK_SECONDS,
          values: (_plot, times) => times.map((time, i) => tick(time, (times[i + 1] ?? 0) - time)),
        },
        {
          ...axis,
          size: 50,
          space: 36,
          values: (_plot, values) => values.map(format),
          ...(scale.splits && { splits: scale.splits }),
        },
      ],
      series: [
        {},
        ...lines.map((line) => ({
          label: line.label,
          stroke: colour(line.colour),
          width: 1.75,
          ...(!line.dash && { fill: `${colour(line.colour)}1a` }),
          ...(line.dash && { dash: line.dash }),
          // A line needs two ends.
          points: { show: () => this.#columns[0].length < 3, size: 5 },
        })),
      ],
      hooks: { setCursor: [() => this.#label()] },
    };
  }

  /** Puts the values under the cursor, or else the newest ones, into the legend. */
  #label(): void {
    const [times, ...lines] = this.#columns;
    const under = this.#plot?.cursor.idx;
    const index = under ?? times.length - 1;
    const time = times[index];
    const isOld = under !== null && under !== undefined && time !== undefined;
    setText(this.#moment, isOld ? this.#whenOf(time) : "");
    const read = lines.map((line) => line[index]);
    const texts = read.map((v) => (v === null || v === undefined ? "–" : this.#options.format(v)));
    this.#values.forEach((value, i) => setText(value, texts[i] ?? "–"));
    const described = this.#options.lines.map(({ label }, i) => `${label} ${texts[i] ?? "–"}`);
    if (!isOld) {
      this.#canvas.setAttribute("aria-label", `${this.#options.title}: ${described.join(", ")}`);
    }
  }

  #whenOf(seconds: number): string {
    const [from, until] = this.#range;
    return until - from > DAY ? timestamp(seconds * 1000) : clockTime(seconds * 1000);
  }
}

/** The label at the axis: the day where ticks are days apart, or a day begins. */
function tick(seconds: number, distance: number): string {
  const at = new Date(seconds * 1000);
  const isMidnight = at.getHours() === 0 && at.getMinutes() === 0;
  return distance >= DAY || isMidnight ? dateOf(seconds * 1000) : minuteOf(seconds * 1000);
}
