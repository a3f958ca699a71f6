/** The columns of the table of sessions. */

import { showQuality, showStatus } from "../ui/badge.ts";
import { causeWord } from "../ui/cause.ts";
import { element, setText } from "../ui/dom.ts";
import { ago, count, duration, text } from "../ui/format.ts";
import { shownStatus } from "../collector/wire.ts";
import type { Session } from "../collector/wire.ts";

export interface Column {
  key: string;
  title: string;
  /** The name of its order in the API; it cannot be sorted by without. */
  sort?: string;
  /** Whether its usual order is from the greatest to the smallest, or from the worst to the best. */
  isDescending?: boolean;
  /** Its cells hold numbers, whose digits stand one below the other. */
  numeric?: boolean;
  /** Its cells hold names that others gave, which are written in their own direction. */
  isName?: boolean;
  /** Brings a cell up to date. */
  show: (cell: HTMLElement, state: Session, now: number) => void;
}

export const COLUMNS: readonly Column[] = [
  { key: "sessionId", title: "Session", sort: "sessionId", isName: true, show: showSession },
  {
    key: "userId",
    title: "User",
    isName: true,
    show: (cell, { userId }) => setName(cell, text(userId)),
  },
  {
    key: "clientType",
    title: "Client",
    isName: true,
    show: (cell, { clientType }) => setName(cell, clientType),
  },
  {
    key: "sdk",
    title: "Version",
    isName: true,
    show: (cell, { sdk }) => setName(cell, text(sdk)),
  },
  { key: "status", title: "Status", show: (cell, state) => showStatus(cell, shownStatus(state)) },
  {
    key: "connectionQuality",
    title: "Quality",
    sort: "quality",
    show: (cell, state) => showQuality(cell, state.connectionQuality ?? "UNKNOWN"),
  },
  {
    key: "latency",
    title: "Latency",
    sort: "latency",
    isDescending: true,
    numeric: true,
    show: (cell, state) => setText(cell, duration(state.latency)),
  },
  {
    key: "totalDisconnections",
    title: "Lost",
    numeric: true,
    show: (cell, state) => setText(cell, count(state.totalDisconnections)),
  },
  { key: "lastLoss", title: "Last loss", sort: "lastLoss", isDescending: true, show: showLoss },
  {
    key: "lastHeard",
    title: "Heard",
    sort: "lastHeard",
    isDescending: true,
    numeric: true,
    show: (cell, state, now) => setText(cell, ago(state.lastHeard, now)),
  },
];

/** The session's name, as a button that opens its details: the whole row can be reached by key. */
function showSession(cell: HTMLElement, { sessionId }: Session): void {
  if (cell.firstChild) return;
  const attributes = {
    type: "button",
    class: "session",
    dir: "auto",
    title: sessionId,
    "data-session": sessionId,
  };
  cell.append(element("button", attributes, sessionId));
}

/** How long ago the last link was lost, and why. */
function showLoss(cell: HTMLElement, { lastLoss }: Session, now: number): void {
  const words = lastLoss ? `${ago(lastLoss.at, now)}: ${causeWord(lastLoss.cause.kind)}` : text("");
  setName(cell, words);
}

/** What does not fit is cut off, and can be read in full all the same. */
function setName(cell: HTMLElement, name: string): void {
  setText(cell, name);
  if (cell.title !== name) cell.title = name;
}
