/** The facts of one session, as its panel shows them. */

import { shownStatus } from "../collector/wire.ts";
import type { Session } from "../collector/wire.ts";
import { showQuality, showStatus } from "../ui/badge.ts";
import { because } from "../ui/cause.ts";
import { element, setText } from "../ui/dom.ts";
import { ago, count, duration, moment, text } from "../ui/format.ts";

type Show = (target: HTMLElement, state: Session, now: number) => void;

/** What is shown of a session, and how. */
export const FACTS: readonly (readonly [title: string, show: Show])[] = [
  ["Status", (target, state) => showStatus(target, shownStatus(state))],
  ["Last heard", (target, { lastHeard }, now) => showWhen(target, lastHeard, now)],
  ["Quality", (target, state) => showQuality(target, state.connectionQuality ?? "UNKNOWN")],
  ["User", (target, { userId }) => setName(target, text(userId))],
  ["Organisation", (target, { organizationId }) => setName(target, organizationId)],
  ["Client", (target, { clientType }) => setName(target, clientType)],
  ["Client version", (target, { sdk }) => setName(target, text(sdk))],
  ["Latency", (target, { latency }) => setText(target, duration(latency))],
  ["Heartbeats missed", (target, state) => setText(target, count(state.missedHeartbeats))],
  ["Links lost or closed", (target, state) => setText(target, count(state.totalDisconnections))],
  ["Reconnect attempts", (target, state) => setText(target, attempts(state))],
  ["Connected", (target, { connectedAt }, now) => showWhen(target, connectedAt, now)],
  ["Disconnected", (target, { disconnectedAt }, now) => showWhen(target, disconnectedAt, now)],
  ["Last loss", (target, { lastLoss }, now) => showWhen(target, lastLoss?.at, now)],
  ["Cause of the last loss", (target, { lastLoss }) => showCause(target, lastLoss)],
  ["Last heartbeat", (target, { lastHeartbeat }, now) => showWhen(target, lastHeartbeat, now)],
];

function attempts({ reconnectAttempts, maxReconnectAttempts }: Session): string {
  if (maxReconnectAttempts === undefined) return count(reconnectAttempts);
  return `${count(reconnectAttempts)} of at most ${count(maxReconnectAttempts)}`;
}

/** A time, and beneath it how long ago that is. */
function showWhen(target: HTMLElement, at: number | undefined, now: number): void {
  if (at === undefined) return setText(target, text(undefined));
  if (target.childElementCount < 2) {
    target.replaceChildren(element("span"), element("span", { class: "muted small" }));
  }
  const [time, age] = target.children;
  if (time) setText(time, moment(at, now));
  if (age) setText(age, ago(at, now));
}

/** A name that somebody else gave, written in its own direction. */
function setName(target: HTMLElement, name: string): void {
  target.dir = "auto";
  setText(target, name);
}

function showCause(target: HTMLElement, loss: Session["lastLoss"]): void {
  const cause = text(loss && because(loss.cause));
  setText(target, cause.charAt(0).toUpperCase() + cause.slice(1));
}
