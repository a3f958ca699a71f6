/** A line without axes: the shape of what was measured lately. */

import { svg } from "./icons.ts";

/** A value at a time, or that none is known from there on. */
export type Sample = [at: number, value: number | undefined];

const WIDTH = 100;
const HEIGHT = 30;

export class Sparkline {
  readonly root = svg("svg", {
    viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
    preserveAspectRatio: "none",
    class: "sparkline",
    "aria-hidden": "true",
  });
  readonly #path = svg("path", { d: "" });

  constructor() {
    this.root.append(this.#path);
  }

  /** Shows the samples between two times; they are in order. */
  show(samples: readonly Sample[], from: number, until: number): void {
    const d = trace(samples, from, until);
    if (this.#path.getAttribute("d") !== d) this.#path.setAttribute("d", d);
  }
}

/** The path through the samples, from zero at the bottom to a tenth above the greatest value. */
export function trace(samples: readonly Sample[], from: number, until: number): string {
  const within = samples.filter(([at]) => at >= from && at <= until);
  const top = 1.1 * within.reduce((most, [, value]) => Math.max(most, value ?? 0), 0);
  let command = "M";
  let path = "";
  for (const [at, value] of within) {
    if (value === undefined) {
      command = "M";
      continue;
    }
    const x = (WIDTH * (at - from)) / (until - from);
    const y = HEIGHT - 1 - ((HEIGHT - 2) * value) / (top || 1);
    path += `${command}${x.toFixed(1)} ${y.toFixed(1)}`;
    command = "L";
  }
  return path;
}
