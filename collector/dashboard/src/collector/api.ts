/** The collector's HTTP interface, as far as this page needs it. */

import type {
  Alert,
  AlertList,
  Breakdown,
  ConnectionPage,
  Session,
  Health,
  HealthSummary,
  Rollups,
  TimeLinePage,
} from "./wire.ts";

/** A request failed: refused by the collector, or it never got there. */
export class ApiError extends Error {
  override readonly name = "ApiError";

  /**
   * @param status the HTTP status; 0 if there was no answer
   * @param code the collector's dotted code, such as `auth.key`
   */
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }

  /** Whether another key might help, and repeating the request would not. */
  get isUnauthorized(): boolean {
    return this.status === 401 || this.status === 403;
  }
}

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
  acknowledge(id: number): Promise<Alert> {
    return this.#request<Alert>("POST", `v1/alerts/${id}/ack`);
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

  /** What happened since then, in steps of so many minutes. */
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

  async #request<Answer>(method: "GET" | "POST", path: string): Promise<Answer> {
    const response = await this.#answered(method, path, TIMEOUT_MILLIS);
    const body: unknown = await response.json().catch(() => undefined);
    if (body === undefined) throw refusal(response, body);
    return body as Answer;
  }

  async #answered(method: "GET" | "POST", path: string, patience: number): Promise<Response> {
    let response: Response;
    try {
      response = await fetch(new URL(path, this.#base), {
        method,
        headers: { authorization: `Bearer ${this.#key}` },
        cache: "no-store",
        signal: AbortSignal.timeout(patience),
      });
    } catch {
      throw new ApiError(0, "network", "The collector cannot be reached.");
    }
    if (response.ok) return response;
    throw refusal(response, await response.json().catch(() => undefined));
  }
}

function refusal(response: Response, body: unknown): ApiError {
  const { error } = (body ?? {}) as { error?: { code?: string; message?: string } };
  return new ApiError(
    response.status,
    error?.code ?? "http",
    error?.message ?? `The collector answered ${response.status} ${response.statusText}`.trim(),
  );
}
