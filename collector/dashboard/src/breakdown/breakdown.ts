/** "Which release, which region, which network made it worse?": figures by the values of a key, beside those before. */

import type { Address } from "../address/address.ts";
import type { Router } from "../address/router.ts";
import type { Breakdown } from "../collector/wire.ts";
import { element, setText } from "../ui/dom.ts";
import { isolate, roughMoment } from "../ui/format.ts";
import { segments } from "../ui/segments.ts";
import { breakdownTable } from "./table.ts";

/** Asks the collector. */
export type FetchBreakdown = (by: string, from: number, until: number) => Promise<Breakdown>;

const RANGES: Record<string, number> = {
  "1h": 3_600_000,
  "6h": 21_600_000,
  "24h": 86_400_000,
  "7d": 604_800_000,
  "30d": 2_592_000_000,
};

const USUAL_RANGE = "1h";

const USUAL_KEYS = ["sdk", "clientType", "cause"];

const TITLES: Record<string, string> = {
  cause: "Cause",
  clientType: "Client type",
  sdk: "Client version",
};

/** A range that ends now is loaded anew so often: its steps are minutes. */
const RELOAD_MILLIS = 60_000;

export class BreakdownView {
  readonly #router: Router;
  readonly #fetch: FetchBreakdown;
  readonly #by = element("select", { "aria-label": "Break down by" });
  readonly #ranges: ReturnType<typeof segments>;
  readonly #when = element("p", { class: "muted small numbers" });
  readonly #fix = element("a", { href: "?", class: "small" });
  readonly #message = element("p", { class: "empty muted", role: "status" });
  readonly #content = element("div");
  #offered = "";
  #loaded = "";
  #loadedAt = 0;
  #request = 0;

  constructor(root: HTMLElement, router: Router, fetch: FetchBreakdown) {
    this.#router = router;
    this.#fetch = fetch;
    this.#ranges = segments("Time span", Object.keys(RANGES), (range) => {
      router.go({ range, from: undefined, until: undefined });
    });
    this.#by.addEventListener("change", () => router.go({ by: this.#by.value }));
    const label = element("label", { class: "inline" }, "By ", this.#by);
    const controls = element("div", { class: "filters" }, label, this.#ranges.root);
    const title = element("h2", { id: "breakdown-title", tabindex: "-1" }, "Breakdown");
    const lead = element("p", { class: "muted" });
    lead.textContent =
      "What grew worse, and where: links lost, errors, latency and quality of each value, beside the range before. The value with the most links lost beyond its old rate stands first.";
    const when = element("div", { class: "when" }, this.#when, this.#fix);
    const card = element("div", { class: "card breakdown" });
    card.append(element("div", { class: "heading" }, title, controls), lead, when);
    card.append(this.#message, this.#content);
    root.append(card);
    this.#offer();
  }

  /** Shows what the address says; `now` by the collector's clock. */
  follow(address: Address, now: number): void {
    if (address.view !== "breakdown") return;
    this.#choose(address);
    const wanted = `${address.by} ${address.range} ${address.from} ${address.until}`;
    const isFixed = address.until !== undefined;
    const isDue = !isFixed && Date.now() - this.#loadedAt > RELOAD_MILLIS;
    if (wanted === this.#loaded && !isDue) return;
    if (wanted !== this.#loaded) setText(this.#message, "Loading the figures …");
    this.#loaded = wanted;
    void this.#load(address, now);
  }

  /** Offers the keys that the collector names, besides those that every collector has. */
  #offer(keys: readonly string[] = []): void {
    const all = [...USUAL_KEYS, ...keys.filter((key) => !USUAL_KEYS.includes(key))];
    if (all.join() === this.#offered) return;
    this.#offered = all.join();
    const options = all.map((key) => element("option", { value: key }, titleOf(key)));
    this.#by.replaceChildren(...options);
  }

  #choose({ by = "sdk", from, range }: Address): void {
    this.#by.value = by;
    this.#ranges.choose(from === undefined ? known(range) : undefined);
  }

  async #load({ by = "sdk", from, range, until }: Address, now: number): Promise<void> {
    const request = (this.#request += 1);
    this.#loadedAt = Date.now();
    const length = RANGES[known(range)] ?? 0;
    const end = until ?? Math.floor(now);
    try {
      const breakdown = await this.#fetch(by, from ?? end - length, end);
      if (request === this.#request) this.#show(breakdown, now);
    } catch (error) {
      if (request !== this.#request) return;
      setText(this.#message, error instanceof Error ? error.message : String(error));
      this.#message.hidden = false;
    }
  }

  #show(breakdown: Breakdown, now: number): void {
    const { by, from, keys, other, rows, until } = breakdown;
    this.#offer(keys);
    this.#choose(this.#router.address);
    const at = (instant: number) => roughMoment(instant, now);
    const before = from - (until - from);
    setText(this.#when, `${at(from)} to ${at(until)}, beside ${at(before)} to ${at(from)}`);
    const isFixed = this.#router.address.from !== undefined;
    setText(this.#fix, isFixed ? "Up to now again" : "Link to this range");
    const range = isFixed ? { from: undefined, until: undefined } : { from, until };
    this.#fix.href = this.#router.href(range);
    const isEmpty = rows.length === 0 && other.now.reports === 0;
    this.#message.hidden = !isEmpty;
    setText(this.#message, "Nothing was reported in this time.");
    this.#content.replaceChildren(...(isEmpty ? [] : [breakdownTable(breakdown, titleOf(by))]));
  }
}

/** The range, or the usual one where the plots have another. */
function known(range: string | undefined): string {
  return range !== undefined && Object.hasOwn(RANGES, range) ? range : USUAL_RANGE;
}

function titleOf(key: string): string {
  return TITLES[key] ?? isolate(key.replace(/^metadata\./, ""));
}
