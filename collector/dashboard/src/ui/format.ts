/** Numbers and words for people. */

const NOTHING = "–";

const whole = new Intl.NumberFormat("en");
const oneDigit = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });

// The same clock everywhere, as at the axes of plots.
const MINUTE = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
const SECOND = { ...MINUTE, second: "2-digit" } as const;
const DATE = { month: "short", day: "numeric" } as const;

const minutes = new Intl.DateTimeFormat(undefined, MINUTE);
const seconds = new Intl.DateTimeFormat(undefined, SECOND);
const dayAndMinutes = new Intl.DateTimeFormat(undefined, { ...DATE, ...MINUTE });
const dayAndSeconds = new Intl.DateTimeFormat(undefined, { ...DATE, ...SECOND });
const shortDate = new Intl.DateTimeFormat(undefined, DATE);
const offset = new Intl.DateTimeFormat("en", { timeZoneName: "shortOffset" });
const date = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

/** `1,234` */
export function count(value: number): string {
  return whole.format(value);
}

/** `1,234.5` */
export function oneDecimal(value: number): string {
  return oneDigit.format(value);
}

/** `12.5`, of something per minute. */
export function rate(perMinute: number): string {
  return perMinute >= 100 ? whole.format(Math.round(perMinute)) : oneDigit.format(perMinute);
}

/** `3.2%` of a share from 0 to 1. */
export function share(value: number): string {
  return percent.format(value);
}

/** `3.2 points` between two shares from 0 to 1: percentage points. */
export function percentagePoints(difference: number): string {
  return `${oneDigit.format(100 * difference)} points`;
}

/** `0.4 ms`, `38 ms`, `1.25 s`, `4 min`; a dash for what is absent. */
export function duration(millis: number | null | undefined): string {
  if (millis === null || millis === undefined) return NOTHING;
  if (millis < 10) return `${oneDigit.format(millis)} ms`;
  if (millis < 999.5) return `${Math.round(millis)} ms`;
  if (millis >= 120_000) return span(millis);
  return `${(millis / 1000).toFixed(millis < 9_995 ? 2 : 1)} s`;
}

/** `now`, `8 s ago`, `3 min ago`, `2 h ago`, `4 d ago`; a dash for what is absent. */
export function ago(at: number | undefined, now: number): string {
  if (at === undefined) return NOTHING;
  const seconds = Math.floor((now - at) / 1000);
  if (seconds < 1) return "now";
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  if (seconds < 86_400) return `${Math.floor(seconds / 3600)} h ago`;
  return `${Math.floor(seconds / 86_400)} d ago`;
}

/** The day and the time, to the second. */
export function timestamp(at: number): string {
  return dayAndSeconds.format(at);
}

/** The day and the time, to the minute. */
export function dateAndTime(at: number): string {
  return dayAndMinutes.format(at);
}

/** The day, short: `Nov 24`. */
export function dateOf(at: number): string {
  return shortDate.format(at);
}

/** The time of the day, to the second. */
export function clockTime(at: number): string {
  return seconds.format(at);
}

/** The time of the day, to the minute. */
export function minuteOf(at: number): string {
  return minutes.format(at);
}

/** The time to the second, with the day if that is not today. */
export function moment(at: number, now: number): string {
  return isSameDay(at, now) ? clockTime(at) : timestamp(at);
}

/** The time to the minute, with the day if that is not today. */
export function roughMoment(at: number, now: number): string {
  return isSameDay(at, now) ? minuteOf(at) : dayAndMinutes.format(at);
}

/** How the times that are shown differ from universal time: `UTC+1`. */
export function timeZone(now: number): string {
  const part = offset.formatToParts(now).find(({ type }) => type === "timeZoneName");
  return (part?.value ?? "").replace("GMT", "UTC");
}

/** `Today`, `Yesterday`, or the day of the week and the date. */
export function day(at: number, now: number): string {
  if (isSameDay(at, now)) return "Today";
  return isSameDay(at, now - 86_400_000) ? "Yesterday" : date.format(at);
}

/** A stretch of time, roughly: `45 s`, `12 min`, `3 h`, `2 d`. */
export function span(millis: number): string {
  const seconds = Math.max(0, Math.round(millis / 1000));
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172_800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86_400)} d`;
}

/** A name of the collector as a word: `CONNECTED` is `Connected`. */
export function word(name: string): string {
  return name.charAt(0) + name.slice(1).toLowerCase();
}

/** The same of a status or a quality; `DISCONNECTED` is what has ended. */
export function statusWord(name: string): string {
  return name === "DISCONNECTED" ? "Ended" : word(name);
}

/** The same of the health of a session. */
export function healthWord(name: string): string {
  return name === "UNJUDGED" ? "Not judged" : word(name);
}

/** `1 session`, `2 sessions` */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** The text, or a dash if there is none. */
export function text(value: string | undefined): string {
  return value === undefined || value === "" ? NOTHING : value;
}

/**
 * A name that somebody else gave, for use within a sentence: whichever way it is written, it leaves the words around it
 * where they are.
 */
export function isolate(name: string): string {
  return `\u2068${name}\u2069`;
}

function isSameDay(one: number, other: number): boolean {
  return new Date(one).toDateString() === new Date(other).toDateString();
}
