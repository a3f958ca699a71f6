/**
 * What the page shows, as the query of its address has it: the filters of `GET /v1/connections` under their own names, and
 * what else is chosen. So a link leads to what somebody else sees, and the way back to what was seen before.
 */

/** One filter: its name, and its values as the collector takes them. */
export type Filter = readonly [name: string, value: string];

export const VIEWS = ["overview", "breakdown", "alerts"] as const;

export type View = (typeof VIEWS)[number];

export interface Address {
  readonly view: View;
  /** In the order in which they were added. */
  readonly filters: readonly Filter[];
  /** The order of the table, by its name in the API; the usual one without. */
  readonly sort: string | undefined;
  /** The page of the table, from 1. */
  readonly page: number;
  /** The session whose time line is open. */
  readonly session: string | undefined;
  /** How far back plots and figures reach, such as `24h`. */
  readonly range: string | undefined;
  /** What the figures are broken down by. */
  readonly by: string | undefined;
  /** The range of the figures, where it does not end now. */
  readonly from: number | undefined;
  readonly until: number | undefined;
}

const FILTERS = new Set([
  "cause",
  "clientType",
  "health",
  "liveness",
  "lostSince",
  "lostUntil",
  "maxLatency",
  "minLatency",
  "quality",
  "sdk",
  "search",
  "status",
  "user",
]);

/** Whether the collector filters sessions by this. */
export function isFilter(name: string): boolean {
  return FILTERS.has(name) || /^metadata\../.test(name);
}

/** Reads a query. What it does not know, it leaves out. */
export function parseAddress(query: string): Address {
  const parameters = new URLSearchParams(query);
  const text = (name: string) => parameters.get(name) || undefined;
  const number = (name: string) => {
    const value = text(name);
    return value !== undefined && /^\d{1,16}$/.test(value) ? Number(value) : undefined;
  };
  const view = text("view");
  return {
    view: VIEWS.find((known) => known === view) ?? "overview",
    filters: [...parameters].filter(([name]) => isFilter(name)),
    sort: text("sort"),
    page: Math.max(1, number("page") ?? 1),
    session: text("session"),
    range: text("range"),
    by: text("by"),
    from: number("from"),
    until: number("until"),
  };
}

/** Writes a query, with the question mark; the same address is always written alike. */
export function printAddress(address: Address): string {
  const parameters = new URLSearchParams();
  const put = (name: string, value: number | string | undefined) => {
    if (value !== undefined) parameters.append(name, String(value));
  };
  if (address.view !== "overview") put("view", address.view);
  for (const [name, value] of address.filters) put(name, value);
  put("sort", address.sort);
  if (address.page > 1) put("page", address.page);
  put("by", address.by);
  put("range", address.range);
  put("from", address.from);
  put("until", address.until);
  put("session", address.session);
  return `?${parameters}`;
}

/** The values of one filter. A backslash stands before a comma, or a backslash, within one. */
export function splitValues(text: string): string[] {
  const values = [""];
  for (const [part] of text.matchAll(/\\[^]|[^]/gu)) {
    if (part === ",") values.push("");
    else values[values.length - 1] += part.length > 1 && part.startsWith("\\") ? part.slice(1) : part;
  }
  return values;
}

/** One filter of some values. */
export function joinValues(values: readonly string[]): string {
  return values.map((value) => value.replaceAll(/[\\,]/g, "\\$&")).join(",");
}

/** The address of the overview with these filters alone. */
export function sessionsWith(
  filters: Readonly<Record<string, number | string | readonly string[]>>,
  sort?: string,
): string {
  const list = Object.entries(filters).map(([name, value]): Filter => {
    const values = typeof value === "object" ? value : [String(value)];
    return [name, joinValues(values)];
  });
  return printAddress({ ...parseAddress(""), filters: list, sort });
}
