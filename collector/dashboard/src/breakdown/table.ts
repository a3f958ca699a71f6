/** The table of a breakdown: one row for each value, the one that grew worst first. */

import { sessionsWith } from "../address/address.ts";
import type { Breakdown } from "../collector/wire.ts";
import { causeWord } from "../ui/cause.ts";
import { element, sessionsLink } from "../ui/dom.ts";
import { count } from "../ui/format.ts";
import { excess, measures } from "./compare.ts";
import type { Compared, NowAndBefore, Verdict } from "./compare.ts";

const MARKS: Record<Verdict, readonly [mark: string, word: string, tone: string]> = {
  better: ["▼", "better", "excellent"],
  same: ["=", "same", "none"],
  unknown: ["·", "not compared", "none"],
  worse: ["▲", "worse", "critical"],
};

/** Values of metadata that are empty are those of sessions without the key. */
const NO_VALUE = "(none)";

/** Makes the table of an answer. */
export function breakdownTable(breakdown: Breakdown, title: string): HTMLElement {
  const { by, other } = breakdown;
  const columns = measures(by);
  const head = element("tr", { role: "row" });
  for (const name of [title, "Reports", ...columns.map((column) => column.title)]) {
    head.append(element("th", { role: "columnheader", scope: "col" }, name));
  }
  const rows = breakdown.rows.toSorted(
    (a, b) => excess(b, by) - excess(a, by) || b.now.reports - a.now.reports,
  );
  const body = element("tbody", { role: "rowgroup" });
  for (const figures of rows) body.append(row(name(breakdown, figures.value), figures, by));
  if (other.now.reports + other.before.reports > 0) body.append(row("All others", other, by));
  const table = element("table", { role: "table", class: "breakdown-table" });
  table.setAttribute("aria-label", `By ${title.toLowerCase()}`);
  table.append(element("thead", { role: "rowgroup" }, head), body);
  return element("div", { class: "table" }, table);
}

function row(name: Node | string, figures: NowAndBefore, by: string): HTMLElement {
  const { now, before } = figures;
  const heading = element("th", { role: "rowheader", scope: "row" }, name);
  const reports = cell("Reports", {
    value: count(now.reports),
    verdict: "unknown",
    change: `was ${count(before.reports)}`,
  });
  reports.querySelector(".change .mark-word")?.remove();
  const cells = measures(by).map(({ compare, title }) => cell(title, compare(figures)));
  return element("tr", { role: "row" }, heading, reports, ...cells);
}

function cell(title: string, { change, note, value, verdict }: Compared): HTMLElement {
  const [mark, word, tone] = MARKS[verdict];
  const changed = element("span", { class: "change small", "data-tone": tone });
  if (verdict === "better" || verdict === "worse") {
    const arrow = element("span", { "aria-hidden": "true" }, mark);
    changed.append(element("strong", { class: "mark-word" }, arrow, ` ${word} `));
  }
  changed.append(element("span", { class: "muted" }, change));
  const cell = element("td", { role: "cell", class: "numbers", "data-label": title });
  cell.append(element("strong", {}, value));
  if (note !== undefined) cell.append(element("span", { class: "muted small" }, note));
  cell.append(changed);
  return cell;
}

/** The value, as a link to its sessions, if they can be asked for. */
function name({ by, from, until }: Breakdown, value: string): Node | string {
  const words = by === "cause" ? causeWord(value) : value || NO_VALUE;
  const isMetadata = by.startsWith("metadata.");
  if (value === "" && !isMetadata) return words;
  // Reports tell of lost links without their cause, too; no session can be found by that.
  if (by === "cause" && value === "unknown") return "Unknown";
  const lost = by === "cause" ? { lostSince: from, lostUntil: until } : {};
  const href = sessionsWith({ [by]: [value], ...lost });
  return sessionsLink({ href, dir: "auto" }, words);
}
