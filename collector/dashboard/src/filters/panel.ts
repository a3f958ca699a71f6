/** The panel in which all filters are chosen at once. */

import type { Router } from "../address/router.ts";
import { QUALITIES, STATUSES } from "../collector/wire.ts";
import { CAUSES, causeWord } from "../ui/cause.ts";
import { element } from "../ui/dom.ts";
import { healthWord, statusWord, word } from "../ui/format.ts";
import { choices, lastLoss, latency, metadata, texts } from "./fields.ts";
import type { Field } from "./fields.ts";

export class FilterPanel {
  readonly root = element("dialog", { class: "details", "aria-labelledby": "filter-title" });
  readonly #router: Router;
  readonly #fields: readonly Field[] = [
    choices("Status", "status", STATUSES.filter((status) => status !== "STALE"), statusWord),
    choices("Quality, of live sessions", "quality", [...QUALITIES, "UNKNOWN"], word),
    choices("Health, of live sessions", "health", ["HEALTHY", "UNHEALTHY", "UNJUDGED"], healthWord),
    choices("Liveness", "liveness", ["LIVE", "STALE", "ENDED"], word),
    texts("Client types", "clientType", "web, ios"),
    texts("Client versions", "sdk", "js/0.1.0"),
    texts("Users", "user", "ada, bob"),
    metadata(),
    latency(),
    lastLoss(),
    choices("Cause of the last loss", "cause", CAUSES, causeWord),
  ];

  constructor(router: Router) {
    this.#router = router;
    const form = element("form", { method: "dialog", class: "details-body filter-form" });
    const close = element("button", { type: "button", class: "quiet" }, "Close");
    const title = element("h2", { id: "filter-title" }, "Filter sessions");
    const note = "Each filter must hold. Commas separate alternatives.";
    const clear = element("button", { type: "button" }, "Clear");
    const apply = element("button", { type: "submit", class: "primary" }, "Show sessions");
    form.append(
      element("div", { class: "heading" }, title, close),
      element("p", { class: "muted small" }, note),
      ...this.#fields.map(({ root }) => root),
      element("div", { class: "buttons" }, apply, clear),
    );
    this.root.append(form);
    close.addEventListener("click", () => this.root.close());
    clear.addEventListener("click", () => this.#apply([]));
    form.addEventListener("submit", () => {
      this.#apply(this.#fields.flatMap((field) => field.filters()));
    });
    this.root.addEventListener("click", (event) => {
      if (event.target === this.root) this.root.close(); // The backdrop is the dialog's own.
    });
  }

  /** Lets the filters be chosen; those of the address are chosen already. */
  open(): void {
    for (const field of this.#fields) field.read(this.#router.address);
    this.root.showModal();
  }

  #apply(filters: ReturnType<Field["filters"]>): void {
    this.root.close();
    const search = this.#router.address.filters.filter(([name]) => name === "search");
    this.#router.go({ filters: [...search, ...filters], page: 1 });
  }
}
