/** Leads from one address of the page to another, without loading it anew. */

import { parseAddress, printAddress } from "./address.ts";
import type { Address } from "./address.ts";

export class Router {
  readonly #changed: (now: Address, before: Address) => void;
  readonly #lifetime = new AbortController();
  #address = parseAddress(location.search);

  /** @param changed called when the page is to show something else */
  constructor(changed: (now: Address, before: Address) => void) {
    this.#changed = changed;
    const { signal } = this.#lifetime;
    addEventListener("popstate", () => this.#take(), { signal });
    document.addEventListener("click", (event) => this.#follow(event), { signal });
  }

  /** What the page shows. */
  get address(): Address {
    return this.#address;
  }

  /** The address that differs from this one so. */
  href(change: Partial<Address>): string {
    return printAddress({ ...this.#address, ...change });
  }

  /** Shows something else. The way back leads here, unless this address is to be `replaced`. */
  go(change: Partial<Address>, how: "pushed" | "replaced" = "pushed"): void {
    this.#goTo(this.href(change), how);
  }

  /** Shows what differs from this address so: by the way back, if that is what it leads to. */
  back(change: Partial<Address>): void {
    if (cameFrom() === this.href(change)) history.back();
    else this.go(change, "replaced");
  }

  /** Lets go of the page. */
  close(): void {
    this.#lifetime.abort();
  }

  #goTo(query: string, how: "pushed" | "replaced"): void {
    const from = printAddress(this.#address);
    if (query === from) return;
    const url = query === "?" ? location.pathname : query;
    if (how === "pushed") history.pushState({ from }, "", url);
    else history.replaceState(history.state, "", url);
    this.#take();
  }

  #take(): void {
    const before = this.#address;
    this.#address = parseAddress(location.search);
    this.#changed(this.#address, before);
  }

  /** Links within the page are followed here; those to a new tab by the browser. */
  #follow(event: MouseEvent): void {
    const isPlain = event.button === 0 && !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;
    const link = event.target instanceof Element ? event.target.closest("a[href^='?']") : null;
    if (!link || !isPlain || event.defaultPrevented) return;
    event.preventDefault();
    this.#goTo(printAddress(parseAddress(link.getAttribute("href") ?? "")), "pushed");
    const target = link.getAttribute("data-leads-to");
    if (target !== null) bringUp(target);
  }
}

/** The address that the way back leads to, if it is one of this page. */
function cameFrom(): unknown {
  const state: unknown = history.state;
  return typeof state === "object" && state !== null && "from" in state ? state.from : undefined;
}

/** Scrolls to a part of the page, and puts the keyboard's focus there. */
function bringUp(id: string): void {
  const part = document.getElementById(id);
  part?.focus({ preventScroll: true });
  part?.scrollIntoView({ block: "start" });
}
