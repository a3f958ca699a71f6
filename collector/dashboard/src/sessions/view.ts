/** Which sessions the table shows, and in which order. */

import { QUALITIES, shownStatus, STATUSES } from "../collector/wire.ts";
import type { Session, QualityOrUnknown, ShownStatus } from "../collector/wire.ts";

/** What the table can be sorted by. */
export type SortKey =
  | "sessionId"
  | "userId"
  | "clientType"
  | "status"
  | "connectionQuality"
  | "latency"
  | "missedHeartbeats"
  | "totalDisconnections"
  | "reconnectAttempts"
  | "lastHeard";

export interface View {
  /** Shown are sessions of which some name contains this, whatever the case. */
  text: string;
  /** Shown are sessions with this status; all without it. */
  status: ShownStatus | undefined;
  /** Shown are sessions with this quality; all without it. */
  quality: QualityOrUnknown | undefined;
  sort: SortKey;
  descending: boolean;
  /** From 0. */
  page: number;
}

export const PAGE_SIZE = 50;

/** Those that need attention come first. */
export const INITIAL_VIEW: View = {
  text: "",
  status: undefined,
  quality: undefined,
  sort: "status",
  descending: false,
  page: 0,
};

/** One page of what a view shows. */
export interface Page {
  rows: Session[];
  /** How many sessions the view shows on all pages. */
  matching: number;
  /** The page that `rows` are; the last one if the view asked for a later one. */
  page: number;
  pages: number;
}

/** Applies a view. Order is total, so that equal rows do not change places between two updates. */
export function apply(view: View, sessions: readonly Session[]): Page {
  const matching = sessions.filter((state) => matches(view, state));
  matching.sort(
    (a, b) =>
      compare(sortValue(view.sort, a), sortValue(view.sort, b), view.descending) ||
      compare(sortValue("connectionQuality", a), sortValue("connectionQuality", b)) ||
      compare(a.sessionId, b.sessionId),
  );
  const pages = Math.max(1, Math.ceil(matching.length / PAGE_SIZE));
  const page = Math.min(view.page, pages - 1);
  const rows = matching.slice(page * PAGE_SIZE, (page + 1) * PAGE_SIZE);
  return { rows, matching: matching.length, page, pages };
}

function matches({ text, status, quality }: View, state: Session): boolean {
  // Only live sessions have a quality: what others were last is not what they are.
  const known = state.liveness === "LIVE" ? (state.connectionQuality ?? "UNKNOWN") : undefined;
  if (quality !== undefined && known !== quality) return false;
  if (status !== undefined && shownStatus(state) !== status) return false;
  const wanted = text.trim().toLowerCase();
  return (
    wanted === "" ||
    [state.sessionId, state.userId, state.clientType, state.connectionQuality].some((name) =>
      name?.toLowerCase().includes(wanted),
    )
  );
}

function sortValue(key: SortKey, state: Session): number | string | undefined {
  switch (key) {
    case "status":
      return STATUSES.indexOf(shownStatus(state));
    case "connectionQuality":
      return state.connectionQuality && QUALITIES.indexOf(state.connectionQuality);
    default:
      return state[key];
  }
}

type Sortable = number | string | undefined;

/** What is absent comes last in both directions. */
function compare(a: Sortable, b: Sortable, descending = false): number {
  if (a === undefined || b === undefined) return Number(a === undefined) - Number(b === undefined);
  const ascending =
    typeof a === "number" && typeof b === "number" ? a - b : collator.compare(String(a), String(b));
  return descending ? -ascending : ascending;
}

const collator = new Intl.Collator("en", { numeric: true });
