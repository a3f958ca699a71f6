/** The metrics of the last hour, ready to be drawn. */

import type { HealthPoint } from "./wire.ts";

/** How far back it reaches, in milliseconds. */
export const REACH_MILLIS = 3_600_000;

/** One point is kept of every such stretch of time: the newest. */
const STEP_MILLIS = 5_000;

/** Longer without a point, nothing is known of the time in between. */
const GAP_MILLIS = 4 * STEP_MILLIS;

/** One point per step, over the last hour: at most 721. */
export class History {
  #points: readonly HealthPoint[] = [];

  /** The points, the oldest first. */
  get points(): readonly HealthPoint[] {
    return this.#points;
  }

  /** Takes in what the collector remembers. Points that only this page remembers stay. */
  merge(points: readonly HealthPoint[]): void {
    this.#points = thinned([...this.#points, ...points].sort((a, b) => a.at - b.at));
  }

  /** Takes in the newest point. */
  push(point: HealthPoint): void {
    const last = this.#points.at(-1);
    if (last && point.at <= last.at) return;
    this.#points = thinned([...this.#points, point]);
  }

  /**
   * Columns for a plot: seconds since the Unix epoch, then one column for each `line`. Where
   * nothing is known every line has a gap.
   */
  columns(lines: readonly ((point: HealthPoint) => number | undefined)[]): Columns {
    const times: number[] = [];
    const values: (number | null)[][] = lines.map(() => []);
    let last: number | undefined;
    for (const point of this.#points) {
      if (last !== undefined && point.at - last > GAP_MILLIS) {
        times.push((last + STEP_MILLIS) / 1000);
        values.forEach((column) => column.push(null));
      }
      times.push(point.at / 1000);
      values.forEach((column, i) => column.push(lines[i]?.(point) ?? null));
      last = point.at;
    }
    return [times, ...values];
  }
}

/** Times, and then as many columns of values. */
export type Columns = [times: number[], ...values: (number | null)[][]];

/** The last hour of points that are in order, the newest one of each step. */
function thinned(points: readonly HealthPoint[]): readonly HealthPoint[] {
  const oldest = (points.at(-1)?.at ?? 0) - REACH_MILLIS;
  return points.filter(({ at }, i) => {
    const next = points[i + 1];
    return at > oldest && (!next || stepOf(next.at) > stepOf(at));
  });
}

function stepOf(at: number): number {
  return Math.floor(at / STEP_MILLIS);
}
