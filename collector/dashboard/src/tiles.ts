/** What an operator looks at first: four figures, and the sessions by status and by quality. */

import { element, setText } from "./dom.ts";
import { count, duration, rate, share, word } from "./format.ts";
import { qualityIcon, statusIcon } from "./icons.ts";
import { QUALITIES, STATUSES } from "./wire.ts";
import type { HealthMetrics, QualityOrUnknown, Status } from "./wire.ts";

/** Shows the newest metrics. */
export interface Tiles {
  show(metrics: HealthMetrics): void;
}

/** Four figures, each with a line that puts it into proportion. */
export function figures(root: HTMLElement): Tiles {
  const sessions = figure(root, "Sessions");
  const latency = figure(root, "Median latency");
  const errors = figure(root, "Error rate");
  const reconnections = figure(root, "Reconnections");
  return {
    show(metrics) {
      const { healthyConnections, unhealthyConnections } = metrics;
      sessions(
        count(metrics.totalConnections),
        `${count(healthyConnections)} healthy, ${count(unhealthyConnections)} unhealthy`,
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
export function statuses(root: HTMLElement, choose: (status: Status) => void): Tiles {
  const parts = STATUSES.toReversed().map((name) => ({ name, icon: statusIcon(name) }));
  const show = distribution(root, "By status", parts, choose);
  return { show: ({ statusDistribution }) => show(statusDistribution) };
}

/** The sessions by quality; a click on one calls `choose`. */
export function qualities(root: HTMLElement, choose: (quality: QualityOrUnknown) => void): Tiles {
  const names = [...QUALITIES.toReversed(), "UNKNOWN" as const];
  const parts = names.map((name) => ({ name, icon: qualityIcon(name) }));
  const show = distribution(root, "By quality", parts, choose);
  return { show: ({ qualityDistribution }) => show(qualityDistribution) };
}

function figure(root: HTMLElement, title: string): (value: string, note: string) => void {
  const value = element("p", { class: "figure numbers" }, "–");
  const note = element("p", { class: "muted small numbers" }, "\u00a0");
  root.append(element("div", { class: "card" }, element("h3", {}, title), value, note));
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
function distribution<Name extends Status | QualityOrUnknown>(
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
    const label = [icon, element("span", {}, word(name)), value];
    const entry = element("button", { type: "button", class: "quiet" }, ...label);
    entry.dataset["tone"] = tone;
    entry.title = `Show only these sessions: ${word(name)}`;
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
