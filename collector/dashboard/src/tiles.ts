/** What an operator looks at first: four figures, and the sessions by status and by quality. */

import { element, setText } from "./ui/dom.ts";
import { count, duration, rate, share, statusWord } from "./ui/format.ts";
import { qualityIcon, statusIcon } from "./ui/icons.ts";
import { QUALITIES, STATUSES } from "./collector/wire.ts";
import type { HealthMetrics, QualityOrUnknown, ShownStatus } from "./collector/wire.ts";

/** Shows the newest metrics. */
export interface Tiles {
  show(metrics: HealthMetrics): void;
}

const HEALTHY =
  "Live: heard of within three of its intervals, and not ended. " +
  "Healthy: live, connected, and of good or excellent quality. " +
  "Unhealthy: live, and reconnecting, failed, or of poor or critical quality. " +
  "Not judged: live, and suspended or of unknown quality. " +
  "Stale: not ended, and not heard of for longer. Ended: closed, or its page was left.";

/** Four figures, each with a line that puts it into proportion. */
export function figures(root: HTMLElement): Tiles {
  const sessions = figure(root, "Live sessions", HEALTHY);
  const latency = figure(root, "Median latency");
  const errors = figure(root, "Error rate");
  const reconnections = figure(root, "Reconnections");
  return {
    show(metrics) {
      const { endedConnections, liveConnections, staleConnections } = metrics;
      const { healthyConnections, unhealthyConnections } = metrics;
      const unjudged = liveConnections - healthyConnections - unhealthyConnections;
      sessions(
        count(liveConnections),
        `${count(healthyConnections)} healthy, ${count(unhealthyConnections)} unhealthy, ` +
          `${count(unjudged)} not judged; besides ${count(staleConnections)} stale, ` +
          `${count(endedConnections)} ended`,
      );
      latency(
        duration(metrics.latencyP50),
        metrics.latencyP50 === undefined
          ? "nothing measured in the last minute"
          : `p95 ${duration(metrics.latencyP95)}, p99 ${duration(metrics.latencyP99)}`,
      );
      errors(share(metrics.errorRate), "of what was tried in the last minute");
      reconnections(
        `${rate(metrics.reconnectionRate)} / min`,
        `${rate(metrics.disconnectionRate)} / min lost or closed`,
      );
    },
  };
}

/** The sessions by status; a click on one calls `choose`. */
export function statuses(root: HTMLElement, choose: (status: ShownStatus) => void): Tiles {
  const parts = STATUSES.toReversed().map((name) => ({ name, icon: statusIcon(name) }));
  const show = distribution(root, "By status", parts, choose);
  return {
    show: ({ staleConnections, statusDistribution }) =>
      show({ ...statusDistribution, STALE: staleConnections }),
  };
}

/** The sessions by quality; a click on one calls `choose`. */
export function qualities(root: HTMLElement, choose: (quality: QualityOrUnknown) => void): Tiles {
  const names = [...QUALITIES.toReversed(), "UNKNOWN" as const];
  const parts = names.map((name) => ({ name, icon: qualityIcon(name) }));
  const show = distribution(root, "Live sessions by quality", parts, choose);
  return { show: ({ qualityDistribution }) => show(qualityDistribution) };
}

function figure(
  root: HTMLElement,
  title: string,
  meaning = "",
): (value: string, note: string) => void {
  const value = element("p", { class: "figure numbers" }, "–");
  const note = element("p", { class: "muted small numbers" }, "\u00a0");
  const card = element("div", { class: "card" }, element("h3", {}, title), value, note);
  card.title = meaning;
  root.append(card);
  return (newValue, newNote) => {
    setText(value, newValue);
    // A unit stands with its number.
    setText(note, newNote.replaceAll(/(\d) (?=m?s\b)/g, "$1\u00a0"));
  };
}

interface Part<Name> {
  name: Name;
  icon: SVGElement;
}

/** A bar of coloured shares, and beneath it what each one stands for. */
function distribution<Name extends ShownStatus | QualityOrUnknown>(
  root: HTMLElement,
  title: string,
  parts: readonly Part<Name>[],
  choose: (name: Name) => void,
): (counts: Record<Name, number>) => void {
  const bar = element("div", { class: "stack", "aria-hidden": "true" });
  const list = element("ul", { class: "legend" });
  const shown = parts.map(({ name, icon }) => {
    const tone = name.toLowerCase();
    const slice = element("span", { "data-tone": tone });
    const value = element("strong", { class: "numbers" }, "–");
    const label = [icon, element("span", {}, statusWord(name)), value];
    const entry = element("button", { type: "button", class: "quiet" }, ...label);
    entry.dataset["tone"] = tone;
    entry.title = `Show only these sessions: ${statusWord(name)}`;
    entry.addEventListener("click", () => choose(name));
    bar.append(slice);
    list.append(element("li", {}, entry));
    return { name, slice, value };
  });
  root.append(element("div", { class: "card" }, element("h3", {}, title), bar, list));
  return (counts) => {
    for (const { name, slice, value } of shown) {
      slice.style.flexGrow = String(counts[name]);
      slice.hidden = counts[name] === 0;
      value.classList.toggle("muted", counts[name] === 0);
      setText(value, count(counts[name]));
    }
  };
}
