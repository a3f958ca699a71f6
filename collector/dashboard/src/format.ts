/** Numbers and words for people. */

const NOTHING = "–";

const whole = new Intl.NumberFormat("en");
const oneDigit = new Intl.NumberFormat("en", { maximumFractionDigits: 1 });
const percent = new Intl.NumberFormat("en", { style: "percent", maximumFractionDigits: 1 });
const clock = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "medium" });
const time = new Intl.DateTimeFormat(undefined, { timeStyle: "medium" });
const date = new Intl.DateTimeFormat(undefined, { weekday: "long", day: "numeric", month: "long" });

/** `1,234` */
export function count(value: number): string {
  return whole.format(value);
}

/** `12.5`, of something per minute. */
export function rate(perMinute: number): string {
  return perMinute >= 100 ? whole.format(Math.round(perMinute)) : oneDigit.format(perMinute);
}

/** `3.2%` of a share from 0 to 1. */
export function share(value: number): string {
  return percent.format(value);
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

/** The day and the time, as is the custom where the page is read; a dash for what is absent. */
export function timestamp(at: number | undefined): string {
  return at === undefined ? NOTHING : clock.format(at);
}

/** The time of the day, to the second. */
export function clockTime(at: number): string {
  return time.format(at);
}

/** `Today`, `Yesterday`, or the day of the week and the date. */
export function day(at: number, now: number): string {
  const name = date.format(at);
  if (name === date.format(now)) return "Today";
  return name === date.format(now - 86_400_000) ? "Yesterday" : name;
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

/** `1 session`, `2 sessions` */
export function plural(value: number, noun: string): string {
  return `${count(value)} ${noun}${value === 1 ? "" : "s"}`;
}

/** The text, or a dash if there is none. */
export function text(value: string | undefined): string {
  return value === undefined || value === "" ? NOTHING : value;
}
