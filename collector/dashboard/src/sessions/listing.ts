/**
 * The sessions on one page of the table: which ones, and in which order, the collector decides. The live stream keeps their
 * records up to date, and says when it is time to ask anew.
 */

import type { ConnectionPage, Session } from "../collector/wire.ts";

/** Asks the collector for the sessions of a query. */
export type FetchPage = (query: URLSearchParams) => Promise<ConnectionPage>;

/** After news of any session the page is loaded anew, at most so often. */
const NEWS_MILLIS = 2_000;

/** Without news it is loaded anew so often: a session becomes stale by saying nothing. */
const QUIET_MILLIS = 10_000;

export class Listing {
  readonly #fetch: FetchPage;
  readonly #changed: () => void;
  #query = "";
  #rows: readonly Session[] = [];
  #total = 0;
  #problem: string | undefined;
  #isLoaded = false;
  #hasNews = false;
  #askedAt = 0;
  /** Counts the requests, so that a late answer does not replace a newer one. */
  #request = 0;
  /** The answer that is awaited. */
  #awaited = 0;
  /** What changed while an answer was under way is newer than it. */
  readonly #meanwhile = new Map<string, Session>();

  /** @param changed called when there is something else to show */
  constructor(fetch: FetchPage, changed: () => void) {
    this.#fetch = fetch;
    this.#changed = changed;
  }

  /** The sessions on the page, in order. */
  get rows(): readonly Session[] {
    return this.#rows;
  }

  /** How many sessions the filters let through. */
  get total(): number {
    return this.#total;
  }

  /** Why they could not be loaded; undefined if they could. */
  get problem(): string | undefined {
    return this.#problem;
  }

  /** Whether the rows are those of the query. */
  get isLoaded(): boolean {
    return this.#isLoaded;
  }

  find(sessionId: string): Session | undefined {
    return this.#rows.find((row) => row.sessionId === sessionId);
  }

  /** Shows the sessions of a query. */
  show(query: URLSearchParams): void {
    const wanted = String(query);
    if (wanted === this.#query) return;
    this.#query = wanted;
    this.#isLoaded = false;
    void this.reload();
  }

  /** Takes in sessions that changed. */
  take(changed: readonly Session[]): void {
    const byId = new Map(changed.map((session) => [session.sessionId, session]));
    if (this.#awaited > 0) byId.forEach((session, id) => this.#meanwhile.set(id, session));
    this.#rows = this.#rows.map((row) => byId.get(row.sessionId) ?? row);
    this.#hasNews = true;
  }

  /** Loads the page anew if that is due. Called again and again. */
  tick(now: number = Date.now()): void {
    const patience = this.#hasNews ? NEWS_MILLIS : QUIET_MILLIS;
    if (this.#awaited === 0 && now - this.#askedAt >= patience) void this.reload();
  }

  /** Loads the page anew. */
  async reload(): Promise<void> {
    if (this.#query === "") return;
    const request = (this.#request += 1);
    this.#awaited = request;
    this.#askedAt = Date.now();
    this.#hasNews = false;
    this.#meanwhile.clear();
    try {
      const page = await this.#fetch(new URLSearchParams(this.#query));
      if (request !== this.#request) return;
      const { connections, total } = page;
      this.#rows = connections.map((row) => this.#meanwhile.get(row.sessionId) ?? row);
      this.#total = total;
      this.#problem = undefined;
      this.#isLoaded = true;
    } catch (error) {
      if (request !== this.#request) return;
      this.#problem = error instanceof Error ? error.message : String(error);
    }
    this.#awaited = 0;
    this.#askedAt = Date.now();
    this.#changed();
  }
}
