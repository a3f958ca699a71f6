/** What happened to a session, told from the events in its reports: entries to read, and a band to look at. */

import { because } from "../ui/cause.ts";
import { count, duration, plural, word } from "../ui/format.ts";
import { QUALITIES } from "../collector/wire.ts";
import type { SessionEvent, SessionReport, Status } from "../collector/wire.ts";

/** One line of the story. */
export interface Entry {
  /** Stays the same, whatever is loaded before and after it. */
  id: string;
  at: number;
  /** The name of a colour; see `tones.css`. */
  tone: string;
  /** The status that the session has from here on, if it became another. */
  status?: Status;
  title: string;
  note?: string;
}

/** A stretch of time in which the status stayed the same. */
export interface Stretch {
  status: Status;
  from: number;
  until: number;
}

export interface Story {
  /** The newest first. */
  entries: Entry[];
  /** Without gaps, the oldest first. */
  stretches: Stretch[];
}

/** Events that one cause brings about become one entry; their instants are so close, in milliseconds. */
const SAME_MOMENT = 1;

/** Tells the story of some reports of a session, in any order, up to now, when it has this status. */
export function tell(reports: readonly SessionReport[], now: number, status: Status): Story {
  const told = [...reports].sort((a, b) => a.end - b.end).flatMap(events);
  told.sort((a, b) => a.event.at - b.event.at);
  const entries: Entry[] = [];
  let lostAt: number | undefined;
  for (const moment of moments(told)) {
    const named = moment.map(({ event }) => event);
    entries.push(...retell(moment, lostAt));
    const changed = named.findLast((event) => event.name === "connection.status.changed");
    const lost = named.find((event) => event.name === "connection.disconnected");
    if (changed?.to === "CONNECTED" || changed?.to === "DISCONNECTED") lostAt = undefined;
    else if (lost) lostAt ??= lost.at;
  }
  return { entries: entries.reverse(), stretches: stretches(told, reports, now, status) };
}

/** The share of the time in which there was a link, 0 to 1. */
export function linkedShare(stretches: readonly Stretch[]): number {
  const length = (some: readonly Stretch[]) =>
    some.reduce((sum, { from, until }) => sum + until - from, 0);
  const linked = stretches.filter(({ status }) => status === "CONNECTED");
  return length(linked) / Math.max(1, length(stretches));
}

interface Told {
  id: string;
  event: SessionEvent;
}

function events({ batchId, events, eventsDropped, start }: SessionReport): Told[] {
  const told = events.map((event, i) => ({ id: `${batchId}:${i}`, event }));
  if (eventsDropped === 0) return told;
  const at = events[0]?.at ?? start;
  return [
    { id: `${batchId}:dropped`, event: { name: "events.dropped", at, count: eventsDropped } },
    ...told,
  ];
}

/** Events grouped by their moment. */
function moments(told: readonly Told[]): Told[][] {
  const grouped: Told[][] = [];
  for (const one of told) {
    const last = grouped.at(-1);
    const before = last?.at(-1)?.event.at;
    if (last && before !== undefined && one.event.at - before <= SAME_MOMENT) last.push(one);
    else grouped.push([one]);
  }
  return grouped;
}

/** The entries of one moment. What explains another event stands with it. */
function retell(moment: readonly Told[], lostAt: number | undefined): Entry[] {
  const find = <Name extends SessionEvent["name"]>(name: Name) =>
    moment.map(({ event }) => event).findLast((event) => event.name === name) as
      Extract<SessionEvent, { name: Name }> | undefined;
  const lost = find("connection.disconnected");
  const failed = find("retry.failed");
  const success = find("retry.success");
  const next = find("retry.attempt");
  const changed = find("connection.status.changed");
  const folded = new Set<SessionEvent>();
  if (next && (lost || failed)) folded.add(next);
  if (lost && failed) folded.add(failed);
  if (changed && lost) folded.add(changed);
  if (success && changed?.to === "CONNECTED") folded.add(success);
  return moment
    .filter(({ event }) => !folded.has(event))
    .map(({ id, event }) => {
      const entry = { id, at: event.at, ...describe(event, lostAt) };
      if (event === lost) {
        const status = changed?.to;
        if (status) Object.assign(entry, { status, tone: status.toLowerCase() });
        return withNote(entry, next && wait(next.delay));
      }
      if (event === failed) return withNote(entry, next && wait(next.delay));
      if (event === changed && success && folded.has(success))
        return withNote(entry, dialled(success));
      return entry;
    });
}

function withNote(entry: Entry, more: string | undefined): Entry {
  const notes = [entry.note, more].filter((note) => note !== undefined && note !== "");
  return notes.length > 0 ? { ...entry, note: notes.join("; ") } : entry;
}

function wait(delay: number): string {
  return `next attempt in ${duration(delay)}`;
}

function dialled({ attempt, took }: { attempt: number; took: number }): string {
  return attempt > 0 ? `attempt ${attempt}, ${duration(took)}` : `in ${duration(took)}`;
}

type Description = Omit<Entry, "id" | "at">;

/** What one event says by itself. */
function describe(event: SessionEvent, lostAt: number | undefined): Description {
  switch (event.name) {
    case "circuit.closed":
      return { tone: "excellent", title: "Circuit breaker closed", note: "calls go through again" };
    case "circuit.half_opened":
      return { tone: "poor", title: "Circuit breaker half open", note: "probes are let through" };
    case "circuit.opened":
      return { tone: "critical", title: "Circuit breaker opened", note: "calls are turned away" };
    case "circuit.reset":
      return { tone: "none", title: "Circuit breaker reset by hand" };
    case "connection.disconnected":
      return event.planned
        ? { tone: "none", title: "Link closed", note: because(event.cause) }
        : { tone: "critical", title: "Link lost", note: because(event.cause) };
    case "connection.quality.changed":
      return quality(event);
    case "connection.registered":
      return { tone: "none", title: "Session began" };
    case "connection.removed":
      return { tone: "none", title: "Session forgotten" };
    case "connection.status.changed":
      return status(event, lostAt);
    case "connection.unread":
      return {
        tone: "poor",
        title: "Messages not read",
        note: "the client does not take what comes, and cannot tell whether the server lives",
      };
    case "events.dropped":
      return {
        tone: "none",
        title: `${plural(event.count, "event")} left out`,
        note: "the client had more to tell than a report may hold",
      };
    case "message.delivery":
      return delivery(event);
    case "retry.attempt":
      return { tone: "none", title: `Attempt ${event.attempt} in ${duration(event.delay)}` };
    case "retry.exhausted":
      return { tone: "failed", title: `Gave up after ${plural(event.attempts, "attempt")}` };
    case "retry.failed":
      return {
        tone: "poor",
        title:
          event.attempt > 0 ? `Attempt ${count(event.attempt)} failed` : "First attempt failed",
        ...(event.cause && { note: because(event.cause) }),
      };
    case "retry.success":
      return { tone: "excellent", title: "Attempt succeeded", note: dialled(event) };
    default:
      return { tone: "none", title: (event as { name: string }).name }; // Of a later client.
  }
}

function status({ at, to }: { at: number; to: Status }, lostAt: number | undefined): Description {
  const plain: Record<Status, string> = {
    CONNECTED: lostAt === undefined ? "Connected" : `Back after ${duration(at - lostAt)}`,
    DISCONNECTED: "Disconnected",
    FAILED: "Failed for good",
    RECONNECTING: lostAt === undefined ? "Connecting" : "Reconnecting",
    SUSPENDED: "Suspended",
  };
  return { tone: to.toLowerCase(), status: to, title: plain[to] };
}

type QualityChange = Extract<SessionEvent, { name: "connection.quality.changed" }>;

function quality({ from, to, score }: QualityChange): Description {
  if (!to) return { tone: "none", title: "Quality no longer judged" };
  const note = `score ${Math.round(score)} of 100`;
  const tone = to.toLowerCase();
  if (!from) return { tone, title: `Quality ${word(to).toLowerCase()}`, note };
  const verb = QUALITIES.indexOf(to) < QUALITIES.indexOf(from) ? "fell" : "rose";
  return { tone, title: `Quality ${verb} from ${from.toLowerCase()} to ${to.toLowerCase()}`, note };
}

type Delivery = Extract<SessionEvent, { name: "message.delivery" }>;

function delivery({ count: many, delivery: became, first, last }: Delivery): Description {
  const words = {
    dropped: ["dropped", "there was no room for more"],
    expired: ["expired", "waited for longer than allowed"],
    unknown: [
      "may not have arrived",
      `the link was lost with ${many === 1 ? "it" : "them"} on the way`,
    ],
  }[became] ?? [String(became), ""];
  const numbers =
    first === last ? `number ${count(first)}` : `numbers ${count(first)} to ${count(last)}`;
  return {
    tone: became === "unknown" ? "poor" : "critical",
    title: `${plural(many, "message")} ${words[0]}`,
    note: [numbers, words[1]].filter(Boolean).join("; "),
  };
}

function stretches(
  told: readonly Told[],
  reports: readonly SessionReport[],
  now: number,
  status: Status,
): Stretch[] {
  const from = Math.min(...reports.map(({ start }) => start));
  const found: Stretch[] = [];
  for (const { event } of told) {
    if (event.name !== "connection.status.changed") continue;
    const last = found.at(-1);
    if (last) last.until = event.at;
    else found.push({ status: event.from, from: Math.min(from, event.at), until: event.at });
    found.push({ status: event.to, from: event.at, until: Math.max(now, event.at) });
  }
  if (found.length === 0 && reports.length > 0) found.push({ status, from, until: now });
  return found.filter(({ from, until }) => until > from);
}
