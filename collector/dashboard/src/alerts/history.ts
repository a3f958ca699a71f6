/** Every alert that was raised as long as minutes are kept: how it went, who knew, and where its sessions are. */

import type { AlertHistory, RecordedAlert } from "../collector/wire.ts";
import { element, sessionsLink, setText } from "../ui/dom.ts";
import { isolate, moment, span, word } from "../ui/format.ts";
import { concerned } from "./concerned.ts";
import { reading, title } from "./words.ts";

/** Asks the collector for alerts with smaller ids than this, or the newest. */
export type FetchHistory = (before?: number) => Promise<AlertHistory>;

export class HistoryCard {
  readonly root = element("section", { class: "card", "aria-labelledby": "history-title" });
  readonly #fetch: FetchHistory;
  readonly #list = element("ol", { class: "alert-history" });
  readonly #message = element("p", { class: "muted", role: "status" }, "Loading the history …");
  readonly #older = element("button", { type: "button", hidden: true }, "Show older");
  readonly #byId = new Map<number, RecordedAlert>();
  #next: number | undefined;
  #isWhole = false;

  constructor(fetch: FetchHistory) {
    this.#fetch = fetch;
    const heading = element("h3", { id: "history-title" }, "History");
    this.root.append(heading, this.#message, this.#list, this.#older);
    this.#older.addEventListener("click", () => void this.#load(this.#next));
  }

  /** Loads the newest alerts anew; older ones that were loaded stay. */
  async reload(): Promise<void> {
    await this.#load(undefined);
  }

  async #load(before: number | undefined): Promise<void> {
    this.#older.disabled = true;
    try {
      const { alerts, next } = await this.#fetch(before);
      for (const alert of alerts) this.#byId.set(alert.id, alert);
      const isFirst = this.#next === undefined && !this.#isWhole;
      if (before !== undefined || isFirst) {
        this.#next = next;
        this.#isWhole = next === undefined;
      }
      this.#draw();
    } catch (error) {
      setText(this.#message, error instanceof Error ? error.message : String(error));
      this.#message.hidden = false;
    }
    this.#older.disabled = false;
  }

  #draw(): void {
    const alerts = [...this.#byId.values()].sort((a, b) => b.id - a.id);
    this.#message.hidden = alerts.length > 0;
    setText(this.#message, "No alert was raised in the time that is kept.");
    this.#older.hidden = this.#isWhole;
    const now = Date.now();
    // A link that has the focus keeps it.
    if (this.#list.contains(document.activeElement)) return;
    this.#list.replaceChildren(...alerts.map((alert) => entry(alert, now)));
  }
}

function entry(alert: RecordedAlert, now: number): HTMLElement {
  const { acknowledgedAt, acknowledgedBy, beganAt, note, resolvedAt, severity, status } = alert;
  const heading = element("p", { class: "alert-title" }, element("strong", {}, title(alert)));
  heading.append(element("span", { class: "badge" }, word(severity)));
  heading.append(element("span", { class: "muted small" }, word(status)));
  const lasted = resolvedAt === undefined ? "" : `, for ${span(resolvedAt - beganAt)}`;
  const item = element("li", { "data-tone": severity === "LOW" ? "good" : "critical" }, heading);
  item.append(
    element("p", { class: "small numbers" }, reading(alert)),
    element("p", { class: "muted small numbers" }, `Began ${moment(beganAt, now)}${lasted}`),
  );
  if (acknowledgedAt !== undefined) {
    const by = acknowledgedBy === undefined ? "" : ` by ${isolate(acknowledgedBy)}`;
    const said = `Acknowledged ${moment(acknowledgedAt, now)}${by}`;
    item.append(element("p", { class: "muted small numbers" }, said));
  }
  if (note !== undefined) item.append(element("p", { class: "note", dir: "auto" }, note));
  const href = concerned(alert);
  if (href !== undefined) item.append(sessionsLink({ href, class: "small" }, "Show sessions"));
  return item;
}
