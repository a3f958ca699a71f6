/** What the page knows of the collector, and how it comes to know it. */

import { ApiError } from "./api.ts";
import type { Api } from "./api.ts";
import { History, REACH_MILLIS } from "../history/history.ts";
import { points } from "../history/longer.ts";
import { Sessions } from "../sessions/sessions.ts";
import type {
  Alert,
  Session,
  HealthMetrics,
  HealthPoint,
  HealthTrends,
  LiveMessage,
  MeasuredPoint,
  Rollups,
  ShownStatus,
  Status,
  TimeLinePage,
} from "./wire.ts";

/** Sessions asked for at once: the most that the collector gives. */
const LOADED_AT_ONCE = 1000;

const MINUTE_MILLIS = 60_000;

export class Model {
  readonly history = new History();
  readonly sessions = new Sessions();
  /** The newest metrics; undefined before the first answer. */
  metrics: HealthMetrics | undefined;
  /** The alerts that are remembered; undefined before the first answer. */
  alerts: readonly Alert[] | undefined;
  /** Where the metrics are going; undefined before the first answer. */
  trends: HealthTrends | undefined;
  /** When the collector was heard of last, by this page's clock; undefined before that. */
  heardAt: number | undefined;
  /** Why the newest attempt to load everything failed; undefined if it did not. */
  problem: string | undefined;

  /** How far the collector's clock is ahead of this page's, in milliseconds. */
  #ahead: number | undefined;
  /** Whether the history holds what happened before the collector began. */
  #reachesBack = false;
  #status: ShownStatus | undefined;
  #name = "";
  readonly #api: Api;
  readonly #changed: () => void;
  readonly #unauthorized: (error: ApiError) => void;

  /**
   * @param changed called after each change
   * @param unauthorized called when the collector does not take the key any more
   */
  constructor(api: Api, changed: () => void, unauthorized: (error: ApiError) => void) {
    this.#api = api;
    this.#changed = changed;
    this.#unauthorized = unauthorized;
  }

  /** The time by the collector's clock, to which all instants refer. */
  now(): number {
    return Date.now() + (this.#ahead ?? 0);
  }

  /** Loads everything anew. */
  async reload(): Promise<void> {
    await this.#attempt(async () => {
      await this.sessions.reload(async () => {
        const [health, page] = await Promise.all([
          this.#api.health(),
          this.#api.connections(LOADED_AT_ONCE),
        ]);
        this.metrics = health.metrics;
        this.history.merge(health.history.map(measured));
        await this.#reachBack(health.history[0]?.at ?? this.now());
        this.sessions.countedAs(page.total);
        const isWhole = page.connections.length >= page.total;
        return isWhole ? page.connections : [...(await this.#ofInterest()), ...page.connections];
      });
    });
  }

  /** Loads alerts and trends anew. */
  async reloadSummary(): Promise<void> {
    await this.#attempt(async () => {
      const [{ alerts }, { trends }] = await Promise.all([this.#api.alerts(), this.#api.summary()]);
      this.alerts = alerts;
      this.trends = trends;
    });
  }

  /** Says that somebody knows of an alert. Fails if the collector does not take that. */
  async acknowledge(id: number): Promise<void> {
    const known = await this.#handingOver(this.#api.acknowledge(id));
    this.alerts = this.alerts?.map((alert) => (alert.id === id ? known : alert));
    this.#changed();
  }

  /** Asks the collector for the record of one session. */
  load(sessionId: string): Promise<Session> {
    return this.#handingOver(this.#api.connection(sessionId));
  }

  /** Asks the collector what the reports of one session told of. */
  events(sessionId: string, limit: number, before?: number): Promise<TimeLinePage> {
    return this.#handingOver(this.#api.events(sessionId, limit, before));
  }

  /** Asks the collector what happened since then, in steps of so many minutes. */
  rollups(from: number, minutes: number): Promise<Rollups> {
    return this.#handingOver(this.#api.rollups(from, minutes));
  }

  /** Loads more sessions with this status, now and from now on, if there are too many for all. */
  async takeInterestIn(status: ShownStatus | undefined): Promise<void> {
    this.#status = status;
    await this.#follow();
  }

  /** Loads the session, or those of the user, with this name, if there are too many for all. */
  async lookFor(name: string): Promise<void> {
    this.#name = name;
    await this.#follow();
  }

  /** Takes in a message of the live stream. */
  take(message: LiveMessage): void {
    this.heardAt = Date.now();
    if (message.type === "health") {
      this.metrics = message.metrics;
      // Every message has been under way for a while; the one that took least tells best.
      this.#ahead = Math.max(this.#ahead ?? -Infinity, message.at - this.heardAt);
      this.history.push(measured(message));
      this.sessions.countedAs(message.metrics.totalConnections);
    } else {
      this.sessions.update(message.connections);
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
    const { rollups } = await this.#api.rollups(from, 1);
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

  async #follow(): Promise<void> {
    if (this.sessions.size >= this.sessions.total) return;
    await this.#attempt(async () => this.sessions.update(await this.#ofInterest()));
  }

  async #ofInterest(): Promise<Session[]> {
    const [status, name] = [this.#status, this.#name];
    const [ofStatus, ofUser, named] = await Promise.all([
      status && this.#api.connections(LOADED_AT_ONCE, ofStatusOnly(status)),
      name === "" ? undefined : this.#api.connections(LOADED_AT_ONCE, { user: name }),
      name === "" ? undefined : this.#api.connection(name).catch(ifThere),
    ]);
    const found = [ofStatus, ofUser].flatMap((page) => page?.connections ?? []);
    return named ? [...found, named] : found;
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

function ofStatusOnly(status: ShownStatus): { liveness: "STALE" } | { status: Status } {
  return status === "STALE" ? { liveness: status } : { status };
}

/** What is not there is nothing that went wrong. */
function ifThere(error: unknown): undefined {
  if (!(error instanceof ApiError) || error.status !== 404) throw error;
}
