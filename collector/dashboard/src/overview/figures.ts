/** What an operator looks at first: four figures, each with the sessions that it counts one click away. */

import { sessionsWith } from "../address/address.ts";
import type { HealthMetrics } from "../collector/wire.ts";
import { element, setText, sessionsLink } from "../ui/dom.ts";
import { count, duration, rate, share } from "../ui/format.ts";

/** Shows the newest metrics. */
export interface Tiles {
  show(metrics: HealthMetrics, now: number): void;
}

const MEANINGS: readonly (readonly [word: string, meaning: string])[] = [
  ["Live", "heard of within three of its reporting intervals, and not ended"],
  ["Healthy", "live, connected, and of good or excellent quality"],
  ["Unhealthy", "live, and reconnecting, failed, or connected with poor or critical quality"],
  ["Not judged", "live, and suspended or connected with unknown quality"],
  ["Stale", "not ended, and not heard of for longer than that"],
  ["Ended", "closed, or its page was left"],
];

/** A link's words, and where it leads. */
type Part = readonly [words: string, href: string];

/** Metrics speak of the last minute; a link need not change more often than this. */
const STEP_MILLIS = 10_000;

/** Four figures, each with a line that puts it into proportion. */
export function figures(root: HTMLElement): Tiles {
  const sessions = figure(root, "Live sessions");
  sessions.card.append(meanings());
  const latency = figure(root, "Median latency");
  const errors = figure(root, "Error rate");
  const reconnections = figure(root, "Reconnections");
  return {
    show(metrics, now) {
      const { endedConnections, liveConnections, staleConnections } = metrics;
      const { healthyConnections, unhealthyConnections } = metrics;
      const unjudged = liveConnections - healthyConnections - unhealthyConnections;
      const lostSince = Math.floor((now - 60_000) / STEP_MILLIS) * STEP_MILLIS;
      const health = (name: string) => sessionsWith({ health: name });
      sessions.show(
        [count(liveConnections), sessionsWith({ liveness: "LIVE" })],
        [`${count(healthyConnections)} healthy`, health("HEALTHY")],
        [`${count(unhealthyConnections)} unhealthy`, health("UNHEALTHY")],
        [`${count(unjudged)} not judged`, health("UNJUDGED")],
        [`${count(staleConnections)} stale`, sessionsWith({ liveness: "STALE" })],
        [`${count(endedConnections)} ended`, sessionsWith({ liveness: "ENDED" })],
      );
      const slowest = (minLatency: number) =>
        sessionsWith({ liveness: "LIVE", minLatency: minLatency.toFixed(1) }, "latency");
      const percentiles: Part[] = [];
      const { latencyP95, latencyP99 } = metrics;
      if (latencyP95) percentiles.push([`p95 ${duration(latencyP95)}`, slowest(latencyP95)]);
      if (latencyP99) percentiles.push([`p99 ${duration(latencyP99)}`, slowest(latencyP99)]);
      latency.show(
        [duration(metrics.latencyP50), sessionsWith({ liveness: "LIVE" }, "latency")],
        ...(percentiles.length > 0 ? percentiles : ["nothing measured in the last minute"]),
      );
      errors.show(
        [share(metrics.errorRate), sessionsWith({ lostSince }, "lastLoss")],
        "of what was tried in the last minute",
      );
      reconnections.show(
        [`${rate(metrics.reconnectionRate)} / min`, sessionsWith({ status: "RECONNECTING" })],
        [
          `${rate(metrics.disconnectionRate)} / min lost or closed`,
          sessionsWith({ lostSince }, "lastLoss"),
        ],
      );
    },
  };
}

/** What the words of the first figure mean. */
function meanings(): HTMLElement {
  const list = element("dl");
  for (const [word, meaning] of MEANINGS) {
    list.append(element("dt", {}, word), element("dd", {}, meaning));
  }
  const summary = element("summary", {}, "What these words mean");
  return element("details", { class: "meanings small" }, summary, list);
}

function figure(root: HTMLElement, title: string) {
  const value = sessionsLink({ class: "figure numbers" }, "–");
  const note = element("ul", { class: "parts muted small numbers" });
  const card = element("div", { class: "card" }, element("h3", {}, title), value, note);
  root.append(card);
  const show = ([words, href]: Part, ...parts: readonly (Part | string)[]) => {
    setText(value, words);
    setHref(value, href);
    while (note.children.length > parts.length) note.lastElementChild?.remove();
    parts.forEach((part, i) => showPart(note.children[i] ?? newPart(note), part));
  };
  return { card, show };
}

function newPart(note: HTMLElement): HTMLElement {
  return note.appendChild(element("li"));
}

function showPart(item: Element, part: Part | string): void {
  if (typeof part === "string") return setText(item, part);
  const known = item.firstElementChild;
  const link = known instanceof HTMLAnchorElement ? known : sessionsLink();
  if (link !== known) item.replaceChildren(link);
  // A unit stands with its number.
  setText(link, part[0].replaceAll(/(\d) (?=m?s\b)/g, "$1\u00a0"));
  setHref(link, part[1]);
}

function setHref(link: HTMLAnchorElement, href: string): void {
  if (link.getAttribute("href") !== href) link.setAttribute("href", href);
}
