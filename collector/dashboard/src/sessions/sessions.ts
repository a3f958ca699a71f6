/** The sessions that this page knows: a bounded copy of the collector's newest ones. */

import type { Session } from "../collector/wire.ts";

/** The most sessions kept; beyond it those that were heard of longest ago go. */
export const MOST_SESSIONS = 5_000;

export class Sessions {
  readonly #most: number;
  #byId = new Map<string, Session>();
  #changedSince: Set<string> | undefined;
  #total = 0;

  constructor(most: number = MOST_SESSIONS) {
    this.#most = most;
  }

  /** How many the collector has. */
  get total(): number {
    return Math.max(this.#total, this.#byId.size);
  }

  /** How many of them are known here. */
  get size(): number {
    return this.#byId.size;
  }

  values(): Session[] {
    return [...this.#byId.values()];
  }

  find(sessionId: string): Session | undefined {
    return this.#byId.get(sessionId);
  }

  /** How many there are in all, if somebody said so. */
  countedAs(total: number): void {
    this.#total = total;
  }

  /** Takes in sessions that changed. */
  update(changed: readonly Session[]): void {
    for (const state of changed) {
      this.#byId.set(state.sessionId, state);
      this.#changedSince?.add(state.sessionId);
    }
    this.#evict();
  }

  /**
   * Replaces everything by what `load` brings, but for what changed while it was under way: that
   * is newer than the answer.
   */
  async reload(load: () => Promise<readonly Session[]>): Promise<void> {
    const changed = (this.#changedSince = new Set());
    try {
      const loaded = await load();
      if (this.#changedSince !== changed) return; // A later reload has taken over.
      const before = this.#byId;
      this.#byId = new Map(loaded.map((state) => [state.sessionId, state]));
      for (const id of changed) {
        const state = before.get(id);
        if (state) this.#byId.set(id, state);
      }
      this.#evict();
    } finally {
      if (this.#changedSince === changed) this.#changedSince = undefined;
    }
  }

  #evict(): void {
    if (this.#byId.size <= this.#most) return;
    const newestFirst = this.values().sort((a, b) => b.lastHeard - a.lastHeard);
    this.#byId = new Map(newestFirst.slice(0, this.#most).map((s) => [s.sessionId, s]));
  }
}
