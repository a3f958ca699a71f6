/** A status or a quality as a shape, a word and a colour, so that no one of them is needed. */

import { element } from "./dom.ts";
import { statusWord } from "./format.ts";
import { qualityIcon, statusIcon } from "./icons.ts";
import type { QualityOrUnknown, ShownStatus } from "../collector/wire.ts";

/** Shows a status in `target`. */
export function showStatus(target: HTMLElement, status: ShownStatus): void {
  show(target, status, "badge", () => statusIcon(status));
}

/** Shows a quality in `target`. */
export function showQuality(target: HTMLElement, quality: QualityOrUnknown): void {
  show(target, quality, "badge badge-quality", () => qualityIcon(quality));
}

function show(
  target: HTMLElement,
  name: ShownStatus | QualityOrUnknown,
  kind: string,
  icon: () => SVGElement,
): void {
  if (target.dataset["shows"] === name) return;
  target.dataset["shows"] = name;
  const badge = element("span", { class: kind, "data-tone": name.toLowerCase() });
  badge.append(icon(), statusWord(name));
  target.replaceChildren(badge);
}
