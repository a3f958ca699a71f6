/** The view of alerts: the history, silences, and webhooks. */

import type { Address } from "../address/address.ts";
import { element } from "../ui/dom.ts";
import { HistoryCard } from "./history.ts";
import type { FetchHistory } from "./history.ts";
import { SilencesCard } from "./silences.ts";
import type { SilenceSource } from "./silences.ts";
import { WebhooksCard } from "./webhooks.ts";
import type { WebhookSource } from "./webhooks.ts";

/** So often it is loaded anew while it is looked at. */
const RELOAD_MILLIS = 10_000;

/** What the view asks of the collector. */
export interface AlertSource {
  history: FetchHistory;
  silences: SilenceSource;
  webhooks: WebhookSource;
  /** The time by the collector's clock. */
  now: () => number;
}

export class AlertView {
  readonly #cards: readonly [HistoryCard, SilencesCard, WebhooksCard];
  #loadedAt = 0;

  constructor(root: HTMLElement, source: AlertSource) {
    this.#cards = [
      new HistoryCard(source.history),
      new SilencesCard(source.silences, source.now),
      new WebhooksCard(source.webhooks),
    ];
    const [history, silences, webhooks] = this.#cards;
    const side = element("div", { class: "overview" }, silences.root, webhooks.root);
    root.append(element("h2", { id: "alerts-title", class: "sr-only" }, "Alerts"));
    root.append(element("div", { class: "pair" }, history.root, side));
  }

  /** Loads the cards anew, if the address is of this view and a reload is due. */
  follow({ view }: Address): void {
    if (view !== "alerts" || document.hidden || Date.now() - this.#loadedAt < RELOAD_MILLIS) return;
    this.#loadedAt = Date.now();
    // What cannot be loaded is tried again; the page says that the collector is away.
    for (const card of this.#cards) void card.reload().catch(() => undefined);
  }
}
