/** Small pictures that say by shape what the colour beside them says, too. */

import type { QualityOrUnknown, ShownStatus } from "../collector/wire.ts";

const SVG = "http://www.w3.org/2000/svg";

const STATUS_PATHS: Record<ShownStatus, string> = {
  CONNECTED: "M3 8.5l3.2 3.2L13 5",
  DISCONNECTED: "M4 8h8",
  FAILED: "M4.5 4.5l7 7m0-7l-7 7",
  RECONNECTING: "M12.5 6A5 5 0 1 0 13 9.2M12.8 2.8V6H9.6",
  STALE: "M8 4v4.5l2.5 2M8 2.5a5.5 5.5 0 1 0 .01 0z",
  SUSPENDED: "M6 4v8m4-8v8",
};

const BARS: Record<QualityOrUnknown, number> = {
  EXCELLENT: 4,
  GOOD: 3,
  POOR: 2,
  CRITICAL: 1,
  UNKNOWN: 0,
};

/** A tick, a cross, an arrow that goes round, … */
export function statusIcon(status: ShownStatus): SVGElement {
  return picture(svg("path", { d: STATUS_PATHS[status] }), "icon icon-line");
}

/** Four bars, as many of them filled as the quality is good. */
export function qualityIcon(quality: QualityOrUnknown): SVGElement {
  const bars = document.createDocumentFragment();
  for (let bar = 0; bar < 4; bar += 1) {
    const height = 4 + 3 * bar;
    bars.append(
      svg("rect", {
        x: String(1 + 4 * bar),
        y: String(15 - height),
        width: "2.6",
        height: String(height),
        rx: "1",
        class: bar < BARS[quality] ? "bar-on" : "bar-off",
      }),
    );
  }
  return picture(bars, "icon icon-bars");
}

/** A dot: something happened that left the status as it was. */
export function eventIcon(): SVGElement {
  return picture(svg("circle", { cx: "8", cy: "8", r: "3", class: "bar-on" }), "icon");
}

function picture(content: Node, name: string): SVGElement {
  const attributes = { viewBox: "0 0 16 16", class: name, "aria-hidden": "true" };
  const root = svg("svg", attributes);
  root.append(content);
  return root;
}

/** An element of a picture. */
export function svg(name: string, attributes: Record<string, string>): SVGElement {
  const created = document.createElementNS(SVG, name);
  for (const [attribute, value] of Object.entries(attributes)) {
    created.setAttribute(attribute, value);
  }
  return created;
}
