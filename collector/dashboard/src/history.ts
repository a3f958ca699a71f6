/** The metrics of the last hour, ready to be drawn. */

import type { HealthPoint } from "./wire.ts";

/** How far back it reaches, in milliseconds. */
export const REACH_MILLIS = 3_600_000;

/** Points are kept so far apart; what comes in between refreshes the newest. */
const STEP_MILLIS = 5_000;

/** Longer without a point, nothing is known of the time in between. */
const GAP_MILLIS = 4 * STEP_MILLIS;

/** One point per step, over the last hour: at most 720 and the gaps between them. */
export class History {
  #points: readonly HealthPoint[] = [];

  /** The points, the oldest first. */
  get points(): readonly HealthPoint[] {
    return this.#points;
  }

  /** Takes in what the collector remembers. Points that only this page remembers stay. */
  merge(points: readonly HealthPoint[]): void {
    const merged = [...this.#points, ...points].sort((a, b) => a.at - b.at);
    this.#points = within(merged.filter((point, i) => point.at !== merged[i + 1]?.at));
  }

  /** Takes in the newest point. */
  push(point: HealthPoint): void {
    const [previous, last] = [this.#points.at(-2), this.#points.at(-1)];
    if (last && point.at <= last.at) return;
    const refreshes = previous && point.at - previous.at < STEP_MILLIS;
    this.#points = within([...(refreshes ? this.#points.slice(0, -1) : this.#points), point]);
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

function within(points: readonly HealthPoint[]): readonly HealthPoint[] {
  const newest = points.at(-1)?.at ?? 0;
  return points.filter(({ at }) => at > newest - REACH_MILLIS);
}
