/** What was measured over time, ready to be drawn. */

import type { MeasuredPoint } from "../collector/wire.ts";

/** How far back the live history reaches, in milliseconds. */
export const REACH_MILLIS = 3_600_000;

/** Its steps. */
const STEP_MILLIS = 5_000;

/** After that many steps without a point nothing is known of the time in between; minutes are no gap. */
const GAP_STEPS = 4;
const SHORTEST_GAP = 75_000;

/** One point per step, the newest, as far back as it reaches: of the last hour at most 721. */
export class History {
  readonly #reach: number;
  readonly #step: number;
  #points: readonly MeasuredPoint[] = [];

  /** Both in milliseconds. */
  constructor(reach: number = REACH_MILLIS, step: number = STEP_MILLIS) {
    this.#reach = reach;
    this.#step = step;
  }

  /** The points, the oldest first. */
  get points(): readonly MeasuredPoint[] {
    return this.#points;
  }

  /** Takes in what the collector remembers. Points that only this page remembers stay. */
  merge(points: readonly MeasuredPoint[]): void {
    this.#points = this.#thinned([...this.#points, ...points].sort((a, b) => a.at - b.at));
  }

  /** Takes in the newest point. */
  push(point: MeasuredPoint): void {
    const last = this.#points.at(-1);
    if (last && point.at <= last.at) return;
    this.#points = this.#thinned([...this.#points, point]);
  }

  /**
   * Columns for a plot: seconds since the Unix epoch, then one column for each `line`. Where
   * nothing is known every line has a gap.
   */
  columns(lines: readonly ((point: MeasuredPoint) => number | undefined)[]): Columns {
    const times: number[] = [];
    const values: (number | null)[][] = lines.map(() => []);
    const gap = Math.max(SHORTEST_GAP, GAP_STEPS * this.#step);
    let last: number | undefined;
    for (const point of this.#points) {
      if (last !== undefined && point.at - last > gap) {
        times.push((last + this.#step) / 1000);
        values.forEach((column) => column.push(null));
      }
      times.push(point.at / 1000);
      values.forEach((column, i) => column.push(lines[i]?.(point) ?? null));
      last = point.at;
    }
    return [times, ...values];
  }

  /** The points within reach, which are in order, the newest one of each step. */
  #thinned(points: readonly MeasuredPoint[]): readonly MeasuredPoint[] {
    const oldest = (points.at(-1)?.at ?? 0) - this.#reach;
    const stepOf = (at: number) => Math.floor(at / this.#step);
    return points.filter(({ at }, i) => {
      const next = points[i + 1];
      return at > oldest && (!next || stepOf(next.at) > stepOf(at));
    });
  }
}

/** Times, and then as many columns of values. */
export type Columns = [times: number[], ...values: (number | null)[][]];
