/** What the page knows of the collector, and how it comes to know it. */

import { ApiError } from "./api.ts";
import type { Api } from "./api.ts";
import { History, REACH_MILLIS } from "../history/history.ts";
import { points } from "../history/longer.ts";
import { Listing } from "../sessions/listing.ts";
import type {
  Breakdown,
  Session,
  HealthMetrics,
  HealthPoint,
  HealthTrends,
  LiveMessage,
  MeasuredPoint,
  Organization,
  RecordedAlert,
  Rollups,
  TimeLinePage,
} from "./wire.ts";

const MINUTE_MILLIS = 60_000;

export class Model {
  readonly history = new History();
  /** The sessions of the table. */
  readonly listing: Listing;
  /** The newest metrics; undefined before the first answer. */
  metrics: HealthMetrics | undefined;
  /** The alerts that are remembered; undefined before the first answer. */
  alerts: readonly RecordedAlert[] | undefined;
  /** Where the metrics are going; undefined before the first answer. */
  trends: HealthTrends | undefined;
  /** The organisation, and what limits it; undefined before the first answer. */
  organization: Organization | undefined;
  /** When the collector was heard of last, by this page's clock; undefined before that. */
  heardAt: number | undefined;
  /** Why the newest attempt to load everything failed; undefined if it did not. */
  problem: string | undefined;

  /** How far the collector's clock is ahead of this page's, in milliseconds. */
  #ahead: number | undefined;
  /** Whether the history holds what happened before the collector began. */
  #reachesBack = false;
  /** The session whose details are open, and its newest record, if it changed since. */
  #watched: string | undefined;
  #record: Session | undefined;
  /** The interface of the collector, for what a view asks of it by itself. */
  readonly api: Api;
  readonly #changed: () => void;
  readonly #unauthorized: (error: ApiError) => void;

  /**
   * @param changed called after each change
   * @param unauthorized called when the collector does not take the key any more
   */
  constructor(api: Api, changed: () => void, unauthorized: (error: ApiError) => void) {
    this.api = api;
    this.listing = new Listing((query) => this.#handingOver(api.connections(query)), changed);
    this.#changed = changed;
    this.#unauthorized = unauthorized;
  }

  /** The time by the collector's clock, to which all instants refer. */
  now(): number {
    return Date.now() + (this.#ahead ?? 0);
  }

  /** Loads everything anew. */
  async reload(): Promise<void> {
    void this.listing.reload();
    await this.#attempt(async () => {
      const { history, metrics } = await this.api.health();
      this.metrics = metrics;
      this.history.merge(history.map(measured));
      await this.#reachBack(history[0]?.at ?? this.now());
    });
  }

  /** Loads alerts and trends anew. */
  async reloadSummary(): Promise<void> {
    await this.#attempt(async () => {
      const [{ alerts }, { trends }, organization] = await Promise.all([
        this.api.alerts(),
        this.api.summary(),
        // Alerts are shown whether or not this is known.
        this.api.organization().catch(() => this.organization),
      ]);
      this.alerts = alerts;
      this.trends = trends;
      this.organization = organization;
    });
  }

  /** Says that somebody knows of an alert. Fails if the collector does not take that. */
  async acknowledge(id: number, note: string): Promise<void> {
    const known = await this.#handingOver(this.api.acknowledge(id, note));
    this.alerts = this.alerts?.map((alert) => (alert.id === id ? known : alert));
    this.#changed();
  }

  /** Asks the collector for the record of one session. */
  load(sessionId: string): Promise<Session> {
    return this.#handingOver(this.api.connection(sessionId));
  }

  /** Asks the collector what the reports of one session told of. */
  events(sessionId: string, limit: number, before?: number): Promise<TimeLinePage> {
    return this.#handingOver(this.api.events(sessionId, limit, before));
  }

  /** Requests totals since then from the collector, in steps of `minutes`. */
  rollups(from: number, minutes: number): Promise<Rollups> {
    return this.#handingOver(this.api.rollups(from, minutes));
  }

  /** Asks the collector for a file of sessions. */
  csv(query: URLSearchParams): Promise<Blob> {
    return this.#handingOver(this.api.connectionsCsv(query));
  }

  /** Asks the collector what happened in a range, by the values of a key. */
  breakdown(by: string, from: number, until: number): Promise<Breakdown> {
    return this.#handingOver(this.api.breakdown(by, from, until));
  }

  /** Keeps the record of a session up to date, whether the table shows it or not. */
  watch(sessionId: string | undefined): void {
    if (this.#watched === sessionId) return;
    this.#watched = sessionId;
    this.#record = undefined;
  }

  /** The newest record of a session; undefined where only the collector knows one. */
  find(sessionId: string): Session | undefined {
    const record = sessionId === this.#watched ? this.#record : undefined;
    // Of both the list knows more: that a session is stale no message says.
    return this.listing.find(sessionId) ?? record;
  }

  /** Takes in a message of the live stream. */
  take(message: LiveMessage): void {
    this.heardAt = Date.now();
    if (message.type === "health") {
      this.metrics = message.metrics;
      // Every message has been under way for a while; the one that took least tells best.
      this.#ahead = Math.max(this.#ahead ?? -Infinity, message.at - this.heardAt);
      this.history.push(measured(message));
    } else {
      this.listing.take(message.connections);
      const watched = ({ sessionId }: Session) => sessionId === this.#watched;
      this.#record = message.connections.find(watched) ?? this.#record;
    }
    this.#changed();
  }

  /** Hands over that the collector does not take the key, if that is what went wrong. */
  refused(error: unknown): boolean {
    if (!(error instanceof ApiError) || !error.isUnauthorized) return false;
    this.#unauthorized(error);
    return true;
  }

  /** What happened within the hour before that, minute by minute: a collector that was started anew tells no more. */
  async #reachBack(until: number): Promise<void> {
    const from = this.now() - REACH_MILLIS;
    if (this.#reachesBack || until - from < MINUTE_MILLIS) return;
    const { rollups } = await this.api.rollups(from, 1);
    this.#reachesBack = true;
    const minutes = points(rollups, 1, this.now());
    const ends = minutes.map(({ at, metrics }) => ({ at: at + MINUTE_MILLIS, metrics }));
    this.history.merge(ends.filter(({ at }) => at < until));
  }

  async #handingOver<Answer>(answer: Promise<Answer>): Promise<Answer> {
    return answer.catch((error: unknown) => {
      this.refused(error);
      throw error;
    });
  }

  async #attempt(load: () => Promise<void>): Promise<void> {
    try {
      await load();
      this.heardAt = Date.now();
      this.problem = undefined;
    } catch (error) {
      if (this.refused(error)) return;
      this.problem = error instanceof Error ? error.message : String(error);
    }
    this.#changed();
  }
}

function measured({ at, metrics }: HealthPoint): MeasuredPoint {
  return { at, metrics: { ...metrics, connected: metrics.statusDistribution.CONNECTED } };
}
