/** Days of history, from the collector's roll-ups, loaded when somebody looks at them. */

import { History } from "./history.ts";
import type { MeasuredPoint, Rollups } from "../collector/wire.ts";

/** Stretches of time that go beyond the live history, and the steps that they are loaded in. */
const STEPS_OF: Record<number, { minutes: number }> = {
  86_400: { minutes: 5 },
  604_800: { minutes: 30 },
};

/** So often it is loaded anew while it is looked at. */
const RELOAD_MILLIS = 60_000;

/** So often when the last time failed. */
const RETRY_MILLIS = 5_000;

export interface Loaded {
  history: History;
  /** What stands where there is nothing to show. */
  emptyText: string;
}

export class Longer {
  readonly #fetch: (from: number, minutes: number) => Promise<Rollups>;
  readonly #changed: () => void;
  readonly #known = new Map<number, Loaded & { dueAt: number }>();

  /** @param changed called when something was loaded, or could not be */
  constructor(fetch: (from: number, minutes: number) => Promise<Rollups>, changed: () => void) {
    this.#fetch = fetch;
    this.#changed = changed;
  }

  /** The history of that many seconds up to now; undefined if the live history reaches that far. */
  of(seconds: number, now: number): Loaded | undefined {
    const minutes = STEPS_OF[seconds]?.minutes;
    if (minutes === undefined) return undefined;
    let known = this.#known.get(seconds);
    if (!known) {
      known = { history: new History(), emptyText: "Loading the history …", dueAt: 0 };
      this.#known.set(seconds, known);
    }
    if (now >= known.dueAt) void this.#load(seconds, minutes, now, known);
    return known;
  }

  async #load(
    seconds: number,
    minutes: number,
    now: number,
    known: Loaded & { dueAt: number },
  ): Promise<void> {
    known.dueAt = now + RELOAD_MILLIS;
    try {
      const { rollups } = await this.#fetch(now - seconds * 1000, minutes);
      const history = new History(seconds * 1000, minutes * 60_000);
      history.merge(points(rollups, minutes, now));
      Object.assign(known, { history, emptyText: "Nothing was measured in this time" });
    } catch (error) {
      known.dueAt = now + RETRY_MILLIS;
      known.emptyText = error instanceof Error ? error.message : String(error);
    }
    this.#changed();
  }
}

/** Points from steps. The one that is not over yet counts for as long as it has lasted. */
export function points(rollups: Rollups["rollups"], minutes: number, now: number): MeasuredPoint[] {
  return rollups.map(({ activity, at, errorRate, p50, p95, p99 }) => {
    const lasted = Math.min(minutes, Math.max(1, (now - at) / 60_000));
    return {
      at,
      metrics: {
        disconnectionRate: activity.disconnections / lasted,
        errorRate,
        reconnectionRate: activity.reconnections / lasted,
        ...(p50 !== undefined && { latencyP50: p50 }),
        ...(p95 !== undefined && { latencyP95: p95 }),
        ...(p99 !== undefined && { latencyP99: p99 }),
      },
    };
  });
}
