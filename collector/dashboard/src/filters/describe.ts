/** What a filter says, in words. */

import { splitValues } from "../address/address.ts";
import type { Filter } from "../address/address.ts";
import { causeWord } from "../ui/cause.ts";
import { dateAndTime, duration, healthWord, isolate, statusWord, word } from "../ui/format.ts";

interface Described {
  title: string;
  value: (value: string) => string;
}

const DESCRIBED: Record<string, Described> = {
  cause: { title: "Last loss", value: causeWord },
  clientType: { title: "Client", value: isolate },
  health: { title: "Health", value: healthWord },
  liveness: { title: "Liveness", value: word },
  lostSince: { title: "Last loss since", value: instant },
  lostUntil: { title: "Last loss before", value: instant },
  maxLatency: { title: "Latency at most", value: millis },
  minLatency: { title: "Latency at least", value: millis },
  quality: { title: "Quality", value: word },
  sdk: { title: "Client version", value: isolate },
  search: { title: "Contains", value: isolate },
  status: { title: "Status", value: statusWord },
  user: { title: "User", value: isolate },
};

/** What a filter is about. */
export function filterTitle(name: string): string {
  return DESCRIBED[name]?.title ?? isolate(name.replace(/^metadata\./, ""));
}

/** What it lets through: `Poor or Critical`. */
export function filterValue([name, text]: Filter): string {
  const described = DESCRIBED[name];
  const values = splitValues(text).map((value) => {
    if (value === "") return "none";
    return described ? described.value(value) : isolate(value);
  });
  return values.join(" or ");
}

function instant(value: string): string {
  const at = Number(value);
  return Number.isFinite(at) ? dateAndTime(at) : isolate(value);
}

function millis(value: string): string {
  const latency = Number(value);
  return Number.isFinite(latency) ? duration(latency) : isolate(value);
}
