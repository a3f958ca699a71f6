/** The sessions by status and by quality: a bar of shares, each of which leads to its sessions. */

import { sessionsWith } from "../address/address.ts";
import { QUALITIES, STATUSES } from "../collector/wire.ts";
import type { QualityOrUnknown, ShownStatus } from "../collector/wire.ts";
import { element, sessionsLink, setText } from "../ui/dom.ts";
import { count, statusWord } from "../ui/format.ts";
import { qualityIcon, statusIcon } from "../ui/icons.ts";
import type { Tiles } from "./figures.ts";

/** The sessions by status. */
export function statuses(root: HTMLElement): Tiles {
  const parts = STATUSES.toReversed().map((name) => {
    const href = sessionsWith(name === "STALE" ? { liveness: name } : { status: name });
    return { name, icon: statusIcon(name), href };
  });
  const show = distribution(root, "By status", parts);
  return {
    show: ({ staleConnections, statusDistribution }) =>
      show({ ...statusDistribution, STALE: staleConnections }),
  };
}

/** The live sessions by quality. */
export function qualities(root: HTMLElement): Tiles {
  const names = [...QUALITIES.toReversed(), "UNKNOWN" as const];
  const parts = names.map((name) => {
    const href = sessionsWith({ quality: name, liveness: "LIVE" });
    return { name, icon: qualityIcon(name), href };
  });
  const show = distribution(root, "Live sessions by quality", parts);
  return { show: ({ qualityDistribution }) => show(qualityDistribution) };
}

interface Part<Name> {
  name: Name;
  icon: SVGElement;
  /** Where its sessions are listed. */
  href: string;
}

/** A bar of coloured shares, and beneath it what each one stands for. */
function distribution<Name extends ShownStatus | QualityOrUnknown>(
  root: HTMLElement,
  title: string,
  parts: readonly Part<Name>[],
): (counts: Record<Name, number>) => void {
  const bar = element("div", { class: "stack", "aria-hidden": "true" });
  const list = element("ul", { class: "legend" });
  const shown = parts.map(({ name, icon, href }) => {
    const attributes = { href, "data-tone": name.toLowerCase() };
    const slice = sessionsLink({ ...attributes, tabindex: "-1", title: statusWord(name) });
    const value = element("strong", { class: "numbers" }, "–");
    const label = [icon, element("span", {}, statusWord(name)), value];
    const entry = sessionsLink({ ...attributes, "data-name": name }, ...label);
    entry.title = `Show only these sessions: ${statusWord(name)}`;
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
