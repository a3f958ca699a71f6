/** The columns of the table of sessions. */

import { showQuality, showStatus } from "../ui/badge.ts";
import { element, setText } from "../ui/dom.ts";
import { ago, count, duration, text } from "../ui/format.ts";
import type { SortKey } from "./view.ts";
import { shownStatus } from "../collector/wire.ts";
import type { Session } from "../collector/wire.ts";

export interface Column {
  key: SortKey;
  title: string;
  /** Its cells hold numbers, whose digits stand one below the other. */
  numeric?: boolean;
  /** What is most interesting comes first when it is sorted downwards. */
  descendingFirst?: boolean;
  /** Brings a cell up to date. */
  show: (cell: HTMLElement, state: Session, now: number) => void;
}

export const COLUMNS: readonly Column[] = [
  { key: "sessionId", title: "Session", show: showSession },
  { key: "userId", title: "User", show: (cell, state) => setText(cell, text(state.userId)) },
  { key: "clientType", title: "Client", show: (cell, state) => setText(cell, state.clientType) },
  { key: "status", title: "Status", show: (cell, state) => showStatus(cell, shownStatus(state)) },
  {
    key: "connectionQuality",
    title: "Quality",
    show: (cell, state) => showQuality(cell, state.connectionQuality ?? "UNKNOWN"),
  },
  {
    key: "latency",
    title: "Latency",
    numeric: true,
    descendingFirst: true,
    show: (cell, state) => setText(cell, duration(state.latency)),
  },
  {
    key: "missedHeartbeats",
    title: "Missed",
    numeric: true,
    descendingFirst: true,
    show: (cell, state) => setText(cell, count(state.missedHeartbeats)),
  },
  {
    key: "totalDisconnections",
    title: "Lost",
    numeric: true,
    descendingFirst: true,
    show: (cell, state) => setText(cell, count(state.totalDisconnections)),
  },
  {
    key: "reconnectAttempts",
    title: "Attempts",
    numeric: true,
    descendingFirst: true,
    show: (cell, state) => setText(cell, count(state.reconnectAttempts)),
  },
  {
    key: "lastHeard",
    title: "Heard",
    numeric: true,
    descendingFirst: true,
    show: (cell, state, now) => setText(cell, ago(state.lastHeard, now)),
  },
];

/** The session's name, as a button that opens its details: the whole row can be reached by key. */
function showSession(cell: HTMLElement, { sessionId }: Session): void {
  if (cell.firstChild) return;
  const attributes = {
    type: "button",
    class: "session",
    title: sessionId,
    "data-session": sessionId,
  };
  cell.append(element("button", attributes, sessionId));
}
