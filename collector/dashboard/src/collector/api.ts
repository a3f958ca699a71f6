/** The collector's HTTP interface, as far as this page needs it. */

import type {
  AlertHistory,
  AlertList,
  Breakdown,
  ConnectionPage,
  Health,
  HealthSummary,
  MadeWebhook,
  Organization,
  RecordedAlert,
  Rollups,
  Session,
  Silence,
  Silences,
  TimeLinePage,
  WantedSilence,
  WantedWebhook,
  Webhook,
  Webhooks,
  WebhookTest,
} from "./wire.ts";

/** A request failed: refused by the collector, or it never got there. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  /**
   * @param status the HTTP status; 0 if there was no answer
   * @param code the collector's dotted code, such as `auth.kind`
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    /** Whether another key might help, and repeating the request would not. */
    readonly isUnauthorized = false,
  ) {
    super(message);
  }
}

type Method = "DELETE" | "GET" | "POST";

const TIMEOUT_MILLIS = 10_000;

/** A file of many sessions takes a while. */
const LONG_TIMEOUT_MILLIS = 120_000;

/** One collector, seen with one secret key. */
export class Api {
  readonly #base: URL;
  readonly #key: string;

  constructor(key: string, base: string = document.baseURI) {
    this.#base = new URL(".", base);
    this.#key = key;
  }

  /** The metrics now, and those of the last hour. */
  health(): Promise<Health> {
    return this.#request<Health>("GET", "v1/health");
  }

  /** The alerts that are remembered. */
  alerts(): Promise<AlertList> {
    return this.#request<AlertList>("GET", "v1/alerts");
  }

  /** Where the metrics are going. */
  summary(): Promise<HealthSummary> {
    return this.#request<HealthSummary>("GET", "v1/health/summary");
  }

  /** Says that somebody knows of an alert. */
  acknowledge(id: number, note: string): Promise<RecordedAlert> {
    return this.#request("POST", `v1/alerts/${id}/ack`, note === "" ? undefined : { note });
  }

  /** The alerts that were raised, the newest, or those with smaller ids than `before`. */
  alertHistory(before?: number): Promise<AlertHistory> {
    return this.#request("GET", `v1/alerts/history${before === undefined ? "" : `?before=${before}`}`);
  }

  /** The organisation, and what limits it. */
  organization(): Promise<Organization> {
    return this.#request("GET", "v1/organization");
  }

  /** The silences that have not ended. */
  silences(): Promise<Silences> {
    return this.#request("GET", "v1/silences");
  }

  /** Makes a silence. */
  addSilence(wanted: WantedSilence): Promise<Silence> {
    return this.#request("POST", "v1/silences", wanted);
  }

  /** Ends a silence. */
  removeSilence(id: string): Promise<Silence> {
    return this.#request("DELETE", `v1/silences/${encodeURIComponent(id)}`);
  }

  /** The webhooks that the organisation has set up. */
  webhooks(): Promise<Webhooks> {
    return this.#request("GET", "v1/webhooks");
  }

  /** Sets up a webhook. */
  addWebhook(wanted: WantedWebhook): Promise<MadeWebhook> {
    return this.#request("POST", "v1/webhooks", wanted);
  }

  /** Removes a webhook. */
  removeWebhook(id: string): Promise<Webhook> {
    return this.#request("DELETE", `v1/webhooks/${encodeURIComponent(id)}`);
  }

  /** Sends a test message to a webhook. */
  testWebhook(id: string): Promise<WebhookTest> {
    return this.#request("POST", `v1/webhooks/${encodeURIComponent(id)}/test`);
  }

  /** The sessions of a query. */
  connections(query: URLSearchParams): Promise<ConnectionPage> {
    return this.#request<ConnectionPage>("GET", `v1/connections?${query}`);
  }

  /** The same as a file of comma-separated values. */
  async connectionsCsv(query: URLSearchParams): Promise<Blob> {
    const response = await this.#answered("GET", `v1/connections.csv?${query}`, LONG_TIMEOUT_MILLIS);
    return response.blob();
  }

  /** What happened in a range and in the one before, by the values of a key. */
  breakdown(by: string, from: number, until: number): Promise<Breakdown> {
    const query = new URLSearchParams({ by, from: String(from), until: String(until) });
    return this.#request<Breakdown>("GET", `v1/breakdowns?${query}`);
  }

  /** Totals since then, in steps of `minutes`. */
  rollups(from: number, minutes: number): Promise<Rollups> {
    const query = new URLSearchParams({
      from: String(Math.floor(from)),
      minutes: String(minutes),
    });
    return this.#request<Rollups>("GET", `v1/rollups?${query}`);
  }

  /** The record of one session. */
  connection(sessionId: string): Promise<Session> {
    return this.#request("GET", `v1/connections/${encodeURIComponent(sessionId)}`);
  }

  /** What a session's newest reports told of, of those that ended before then. `limit` is 1 to 500. */
  events(sessionId: string, limit: number, before?: number): Promise<TimeLinePage> {
    const query = new URLSearchParams({
      limit: String(limit),
      ...(before !== undefined && { before: String(before) }),
    });
    const path = `v1/connections/${encodeURIComponent(sessionId)}/events?${query}`;
    return this.#request<TimeLinePage>("GET", path);
  }

  /** The address of the live stream. It carries a fresh ticket and is good for one dial. */
  async liveUrl(): Promise<string> {
    const { ticket } = await this.#request<{ ticket: string }>("POST", "v1/live/ticket");
    const url = new URL("v1/live", this.#base);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("ticket", ticket);
    return url.href;
  }

  async #request<Answer>(method: Method, path: string, asked?: object): Promise<Answer> {
    const response = await this.#answered(method, path, TIMEOUT_MILLIS, asked);
    const body: unknown = await response.json().catch(() => undefined);
    if (body === undefined) throw refusal(method, response, body);
    return body as Answer;
  }

  async #answered(
    method: Method,
    path: string,
    patience: number,
    asked?: object,
  ): Promise<Response> {
    let response: Response;
    const json = asked && { "content-type": "application/json" };
    try {
      response = await fetch(new URL(path, this.#base), {
        method,
        headers: { authorization: `Bearer ${this.#key}`, ...json },
        cache: "no-store",
        signal: AbortSignal.timeout(patience),
        ...(asked && { body: JSON.stringify(asked) }),
      });
    } catch {
      throw new ApiError(0, "network", "The collector cannot be reached.");
    }
    if (response.ok) return response;
    throw refusal(method, response, await response.json().catch(() => undefined));
  }
}

function refusal(method: Method, response: Response, body: unknown): ApiError {
  const { error } = (body ?? {}) as { error?: { code?: string; message?: string } };
  const { status, statusText } = response;
  return new ApiError(
    status,
    error?.code ?? "http",
    error?.message ?? `The collector answered ${status} ${statusText}`.trim(),
    // A key that may read is good for the page, though it may change nothing.
    status === 401 || (status === 403 && method === "GET"),
  );
}
