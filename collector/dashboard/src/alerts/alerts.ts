/** The alerts: those that are not over, each to be acknowledged, and beneath them those that are. */

import { AlertRow } from "./alertrow.ts";
import { element, setText } from "../ui/dom.ts";
import { count, dateOf, moment, span, word } from "../ui/format.ts";
import { statusIcon } from "../ui/icons.ts";
import type { Alert, RecordedAlert } from "../collector/wire.ts";
import { title } from "./words.ts";

/** Alerts that are over and shown before somebody asks for all of them. */
const FEW = 3;

export class Alerts {
  readonly #acknowledge: (id: number, note: string) => Promise<void>;
  readonly #list = element("ul", { class: "alerts" });
  readonly #none = element("p", { class: "muted" }, "Loading the alerts …");
  /** Read aloud when an alert begins or ends; the rows change every second. */
  readonly #news = element("p", { class: "sr-only", role: "status" });
  readonly #rows = new Map<number, AlertRow>();
  readonly #past = element("div", { class: "past", hidden: true });
  readonly #pastList = element("ul", { "aria-labelledby": "past-title" });
  readonly #more = element("button", { type: "button", class: "quiet", hidden: true });
  #shows = FEW;
  #drawn = "";
  #active: ReadonlySet<number> | undefined;

  /** @param acknowledge called when the user says to know of an alert */
  constructor(root: HTMLElement, acknowledge: (id: number, note: string) => Promise<void>) {
    this.#acknowledge = acknowledge;
    this.#more.addEventListener("click", () => {
      this.#shows = this.#shows === FEW ? Infinity : FEW;
    });
    const pastTitle = element("h4", { id: "past-title" }, "Over within the last hour");
    this.#past.append(pastTitle, this.#pastList, this.#more);
    const card = element("div", { class: "card", id: "alerts" }, element("h3", {}, "Alerts"));
    card.append(this.#none, this.#list, this.#past, this.#news);
    root.append(card);
  }

  /** Brings it up to date; `problem` says why no alerts are known. */
  render(alerts: readonly RecordedAlert[] | undefined, problem: string | undefined, now: number): void {
    if (alerts === undefined) {
      setText(this.#none, problem ?? "Loading the alerts …");
      return;
    }
    const active = alerts.filter(isActive);
    setText(this.#none, "Nothing needs your attention.");
    this.#none.hidden = active.length > 0;
    this.#tellNews(active);
    this.#showActive(active, now);
    this.#showPast(alerts.filter(isOver), now);
  }

  #showActive(active: readonly RecordedAlert[], now: number): void {
    const wanted = new Set(active.map(({ id }) => id));
    for (const [id, row] of this.#rows) {
      if (wanted.has(id)) continue;
      row.root.remove();
      this.#rows.delete(id);
    }
    for (const alert of active) {
      let row = this.#rows.get(alert.id);
      if (!row) {
        row = new AlertRow((note) => this.#acknowledge(alert.id, note));
        this.#rows.set(alert.id, row);
        this.#list.append(row.root);
      }
      row.show(alert, now);
    }
  }

  #showPast(over: readonly RecordedAlert[], now: number): void {
    const shown = over.slice(0, this.#shows);
    this.#past.hidden = over.length === 0;
    this.#more.hidden = over.length <= FEW;
    setText(
      this.#more,
      shown.length < over.length ? `Show all ${count(over.length)}` : "Show less",
    );
    const version = `${shown.map(({ id }) => id).join()} ${dateOf(now)}`;
    if (version === this.#drawn) return;
    this.#drawn = version;
    this.#pastList.replaceChildren(...shown.map((alert) => pastRow(alert, now)));
  }

  #tellNews(active: readonly RecordedAlert[]): void {
    const known = this.#active;
    this.#active = new Set(active.map(({ id }) => id));
    const begun = active.filter(({ id }) => !known?.has(id));
    const ended = [...(known ?? [])].filter((id) => !this.#active?.has(id));
    if (begun.length > 0) setText(this.#news, `New alert: ${begun.map(title).join(", ")}`);
    else if (ended.length > 0) setText(this.#news, "An alert is over.");
  }
}

/** Whether somebody should look at it. One that is pending was not raised yet. */
export function isActive({ status }: Alert): boolean {
  return status === "FIRING" || status === "ACKNOWLEDGED";
}

/** Whether it is over. */
export function isOver({ status }: Alert): boolean {
  return status === "RESOLVED" || status === "EXPIRED";
}

/** When an alert that is over began, who knew when, and how it ended. */
export function course(alert: Alert, now: number): [what: string, at: number | undefined][] {
  const { acknowledgedAt, beganAt, resolvedAt = now, status } = alert;
  const isKnown = acknowledgedAt !== undefined;
  const end = status === "EXPIRED" ? "expired, as nothing was known any more," : "resolved";
  return [
    ["Began", beganAt],
    [isKnown ? "acknowledged" : "not acknowledged", acknowledgedAt],
    [end, resolvedAt],
  ];
}

function pastRow(alert: Alert, now: number): HTMLElement {
  const { beganAt, resolvedAt = now, severity, status } = alert;
  const mark = status === "EXPIRED" ? statusIcon("DISCONNECTED") : statusIcon("CONNECTED");
  const heading = element("p", {}, element("strong", {}, title(alert)));
  heading.append(
    element(
      "span",
      { class: "muted small" },
      `${word(severity)}, ${word(status).toLowerCase()} after ${span(resolvedAt - beganAt)}`,
    ),
  );
  const note = element("p", { class: "muted small numbers" });
  course(alert, now).forEach(([what, at], i) => {
    note.append(i > 0 ? ", " : "", what);
    if (at !== undefined) note.append(" ", time(at, now));
  });
  return element(
    "li",
    { class: "past-alert", "data-alert": String(alert.id) },
    mark,
    element("div", {}, heading, note),
  );
}

function time(at: number, now: number): HTMLElement {
  return element("time", { datetime: new Date(at).toISOString() }, moment(at, now));
}
