/** The reports of one session that were loaded: the newest, and older ones on request. */

import type { SessionReport, TimeLinePage } from "../collector/wire.ts";

/** Asks the collector for reports. */
export type Fetch = (sessionId: string, limit: number, before?: number) => Promise<TimeLinePage>;

/** Reports asked for at once: the most that the collector gives. */
const AT_ONCE = 500;

/** Most of the time at most that many are new. */
const NEWEST = 20;

/** The most that are kept: days of a session that reports every minute. */
const MOST = 10_000;

export class Reports {
  readonly sessionId: string;
  readonly #fetch: Fetch;
  readonly #byId = new Map<string, SessionReport>();
  #oldestEnd: number | undefined;
  #hasOlder = true;

  constructor(sessionId: string, fetch: Fetch) {
    this.sessionId = sessionId;
    this.#fetch = fetch;
  }

  values(): SessionReport[] {
    return [...this.#byId.values()];
  }

  /** Whether there may be older ones that can be loaded. */
  get hasOlder(): boolean {
    return this.#hasOlder && this.#byId.size < MOST;
  }

  /** Loads those that came in since; says whether there are any. */
  async refresh(): Promise<boolean> {
    if (this.#oldestEnd === undefined) return this.#load();
    const { reports } = await this.#fetch(this.sessionId, NEWEST);
    const fresh = reports.filter(({ batchId }) => !this.#byId.has(batchId));
    // Where nothing that came is known, there may be more between.
    if (fresh.length === NEWEST) return this.#load();
    for (const report of fresh) this.#byId.set(report.batchId, report);
    return fresh.length > 0;
  }

  /** Loads older ones. */
  async older(): Promise<void> {
    await this.#load(this.#oldestEnd);
  }

  async #load(before?: number): Promise<boolean> {
    const { reports } = await this.#fetch(this.sessionId, AT_ONCE, before);
    const known = this.#byId.size;
    for (const report of reports) this.#byId.set(report.batchId, report);
    const end = reports.at(-1)?.end;
    const isOldest = end !== undefined && (this.#oldestEnd === undefined || end < this.#oldestEnd);
    if (isOldest) this.#oldestEnd = end;
    if (isOldest || before !== undefined) this.#hasOlder = reports.length === AT_ONCE;
    return this.#byId.size > known;
  }
}
