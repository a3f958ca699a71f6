/** What is filtered for, one chip for each filter, each to be removed. */

import { printAddress } from "../address/address.ts";
import type { Address } from "../address/address.ts";
import type { Router } from "../address/router.ts";
import { element } from "../ui/dom.ts";
import { withFilter } from "./change.ts";
import { filterTitle, filterValue } from "./describe.ts";

export class Chips {
  readonly root = element("ul", { class: "chips", "aria-label": "Filters" });
  readonly #router: Router;
  #drawn = "";

  constructor(router: Router) {
    this.#router = router;
  }

  /** Shows what the address says. */
  follow(address: Address): void {
    // The search field shows its own.
    const filters = address.filters.filter(([name]) => name !== "search");
    this.root.hidden = filters.length === 0;
    const version = JSON.stringify(filters);
    if (version === this.#drawn) return;
    this.#drawn = version;
    const hadFocus = this.root.contains(document.activeElement);
    const chips = filters.map(([name, value]) => {
      const title = filterTitle(name);
      const words = filterValue([name, value]);
      const remove = element("button", { type: "button", class: "quiet" }, "×");
      remove.setAttribute("aria-label", `Remove the filter ${title}: ${words}`);
      remove.addEventListener("click", () => {
        this.#router.go(withFilter(this.#router.address, name, undefined));
      });
      const label = element("span", {}, `${title}: `, element("strong", {}, words));
      return element("li", { class: "chip", "data-filter": name }, label, remove);
    });
    this.root.replaceChildren(...chips);
    if (filters.length > 1) this.root.append(element("li", {}, this.#all(address)));
    // The focus must not fall out of the page along with the chip.
    if (hadFocus) (this.root.querySelector("button") ?? sessionsTitle())?.focus();
  }

  #all(address: Address): HTMLElement {
    const none = printAddress({ ...address, filters: [], page: 1 });
    return element("a", { href: none, class: "small" }, "Remove all");
  }
}

function sessionsTitle(): HTMLElement | null {
  return document.getElementById("sessions-title");
}
