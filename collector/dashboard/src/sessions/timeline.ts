/** What happened to one session: a band of its statuses, and beneath it one line for each thing that happened. */

import { element, setText } from "../ui/dom.ts";
import { clockTime, day, duration, moment, share, span, word } from "../ui/format.ts";
import { eventIcon, statusIcon } from "../ui/icons.ts";
import { Reports } from "./reports.ts";
import type { Fetch } from "./reports.ts";
import { linkedShare, tell } from "./story.ts";
import type { Entry, Story, Stretch } from "./story.ts";
import type { Session } from "../collector/wire.ts";

/** Lines that are shown at once. */
const STEP = 100;

/** Stretches of the band that are shown at most: the newest. */
const MOST_STRETCHES = 400;

/** The collector is not asked more often than this. */
const PAUSE_MILLIS = 2_000;

/** The most requests for older reports in search of something that happened. */
const MOST_PAGES = 8;

export class TimeLine {
  readonly root = element("section", { class: "timeline", "aria-labelledby": "timeline-title" });
  readonly #fetch: Fetch;
  readonly #summary = element("p", { class: "muted small numbers" });
  readonly #band = element("div", { class: "band", role: "img", hidden: true });
  readonly #from = element("span");
  readonly #ends = element("div", { class: "band-ends muted small numbers", hidden: true });
  readonly #days = element("div", { class: "days" });
  readonly #message = element("p", { class: "muted timeline-message", role: "status" });
  readonly #again = element("button", { type: "button", hidden: true }, "Try again");
  readonly #older = element("button", { type: "button", hidden: true }, "Show older");
  #reports: Reports | undefined;
  #state: Session | undefined;
  #story: Story = { entries: [], stretches: [] };
  #shown = STEP;
  #problem: string | undefined;
  #busy = false;
  #isLoaded = false;
  #askedAt = 0;
  #drawn = "";

  constructor(fetch: Fetch) {
    this.#fetch = fetch;
    const title = element("h3", { id: "timeline-title" }, "What happened");
    const heading = element("div", { class: "heading" }, title, this.#summary);
    this.#ends.append(this.#from, element("span", {}, "now"));
    this.root.append(
      heading,
      this.#band,
      this.#ends,
      this.#days,
      this.#message,
      this.#again,
      this.#older,
    );
    this.#again.addEventListener("click", () => void this.#attempt((reports) => reports.refresh()));
    this.#older.addEventListener("click", () => void this.#showOlder());
  }

  /** Shows the time line of a session; of none without one. */
  open(sessionId: string | undefined): void {
    this.#reports = sessionId === undefined ? undefined : new Reports(sessionId, this.#fetch);
    this.#state = undefined;
    this.#story = { entries: [], stretches: [] };
    this.#shown = STEP;
    this.#problem = undefined;
    this.#isLoaded = false;
    this.#busy = false;
    this.#draw(Date.now());
    void this.#attempt((reports) => reports.refresh());
  }

  /** The session's record is this now. */
  render(state: Session, now: number): void {
    const isNews = this.#state !== undefined && this.#state !== state;
    const isDue = this.#problem === undefined && Date.now() - this.#askedAt > PAUSE_MILLIS;
    // A record that changed came with a report.
    if (!isNews || isDue) this.#state = state;
    if (isNews && isDue && !this.#busy) void this.#attempt((reports) => reports.refresh());
    this.#draw(now);
  }

  async #showOlder(): Promise<void> {
    const wanted = (this.#shown += STEP);
    if (this.#story.entries.length >= wanted) return this.#draw(Date.now());
    await this.#attempt(async (reports) => {
      for (let page = 0; page < MOST_PAGES && reports.hasOlder; page += 1) {
        await reports.older();
        if (tell(reports.values(), Date.now(), "CONNECTED").entries.length >= wanted) break;
      }
    });
  }

  async #attempt(load: (reports: Reports) => Promise<unknown>): Promise<void> {
    const reports = this.#reports;
    if (!reports || this.#busy) return;
    this.#busy = true;
    this.#askedAt = Date.now();
    let problem: string | undefined;
    try {
      await load(reports);
    } catch (error) {
      problem = error instanceof Error ? error.message : String(error);
    }
    if (this.#reports !== reports) return; // Another session is shown meanwhile.
    this.#busy = false;
    this.#problem = problem;
    this.#isLoaded ||= problem === undefined;
    this.#draw(Date.now());
  }

  #draw(now: number): void {
    const reports = this.#reports?.values() ?? [];
    this.#story = tell(reports, now, this.#state?.status ?? "CONNECTED");
    const { entries, stretches } = this.#story;
    this.#drawBand(stretches.slice(-MOST_STRETCHES), now);
    this.#drawEntries(entries.slice(0, this.#shown), now);
    const hasMore = entries.length > this.#shown || (this.#reports?.hasOlder ?? false);
    this.#older.hidden = !this.#isLoaded || !hasMore;
    this.#older.disabled = this.#busy;
    this.#again.hidden = this.#problem === undefined;
    const message = this.#problem ?? this.#emptyText(entries.length);
    this.#message.hidden = message === undefined;
    setText(this.#message, message ?? "");
  }

  #emptyText(entries: number): string | undefined {
    if (!this.#isLoaded) return "Loading what happened …";
    return entries > 0 ? undefined : "No report that is still kept tells of anything.";
  }

  #drawBand(stretches: readonly Stretch[], now: number): void {
    const first = stretches[0];
    this.#band.hidden = this.#ends.hidden = first === undefined;
    setText(this.#summary, "");
    if (!first) return;
    const linked = `Connected ${share(linkedShare(stretches))} of the last ${span(now - first.from)}`;
    setText(this.#summary, linked);
    setText(this.#from, moment(first.from, now));
    this.#band.setAttribute("aria-label", linked);
    stretches.forEach(({ status, from, until }, i) => {
      const slice = this.#band.children[i] ?? this.#band.appendChild(element("span"));
      if (!(slice instanceof HTMLElement)) return;
      slice.dataset["tone"] = status.toLowerCase();
      slice.style.flexGrow = String(until - from);
      slice.title = `${word(status)} from ${moment(from, now)} on, for ${duration(until - from)}`;
    });
    while (this.#band.children.length > stretches.length) this.#band.lastElementChild?.remove();
  }

  #drawEntries(entries: readonly Entry[], now: number): void {
    const version = `${entries[0]?.id} ${entries.at(-1)?.id} ${entries.length} ${day(now, now)} ${this.#reports?.sessionId}`;
    if (version === this.#drawn) return;
    this.#drawn = version;
    this.#days.replaceChildren();
    let list: HTMLElement | undefined;
    let name: string | undefined;
    for (const entry of entries) {
      if (!list || name !== day(entry.at, now)) {
        name = day(entry.at, now);
        list = element("ol", { class: "entries", "aria-label": name });
        this.#days.append(element("h4", { class: "day" }, name), list);
      }
      list.append(line(entry));
    }
  }
}

function line({ at, note, status, title, tone }: Entry): HTMLElement {
  const mark = element("span", { class: "mark" }, status ? statusIcon(status) : eventIcon());
  const words = element("div", { class: "entry-words" }, element("strong", {}, title));
  if (note !== undefined) words.append(element("span", { class: "muted small" }, note));
  const time = element("time", { class: "muted small numbers" }, clockTime(at));
  time.dateTime = new Date(at).toISOString();
  const kind = status ? "entry entry-status" : "entry";
  return element("li", { class: kind, "data-tone": tone }, mark, words, time);
}
