/** The field that finds sessions by a part of a name. */

import { joinValues, splitValues } from "../address/address.ts";
import type { Address } from "../address/address.ts";
import type { Router } from "../address/router.ts";
import { element } from "../ui/dom.ts";
import { valueOf, withFilter } from "./change.ts";

/** So long the typing has to rest before the collector is asked. */
const REST_MILLIS = 300;

export class SearchField {
  readonly root = element("input", {
    type: "search",
    dir: "auto",
    maxlength: "256",
    placeholder: "Session, user or client",
    "aria-label": "Find by session, user or client",
  });
  readonly #router: Router;
  #typing: ReturnType<typeof setTimeout> | undefined;

  constructor(router: Router) {
    this.#router = router;
    this.root.addEventListener("input", () => {
      clearTimeout(this.#typing);
      this.#typing = setTimeout(() => this.#look(), REST_MILLIS);
    });
    this.root.addEventListener("change", () => this.#look());
  }

  /** Shows what the address says. */
  follow(address: Address): void {
    if (this.#typing !== undefined) return;
    const wanted = splitValues(valueOf(address, "search") ?? "").join(",");
    if (this.root.value.trim() !== wanted) this.root.value = wanted;
  }

  #look(): void {
    clearTimeout(this.#typing);
    this.#typing = undefined;
    const text = this.root.value.trim();
    const value = text === "" ? undefined : joinValues([text]);
    this.#router.go(withFilter(this.#router.address, "search", value), "replaced");
  }
}
