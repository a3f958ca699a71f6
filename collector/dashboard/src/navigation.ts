/** The views of the page, and the links that lead from one to the other. */

import { parseAddress, printAddress, VIEWS } from "./address/address.ts";
import type { Address, View } from "./address/address.ts";
import { element } from "./ui/dom.ts";

const TITLES: Record<View, string> = {
  overview: "Overview",
  breakdown: "Breakdown",
  alerts: "Alerts",
};

export class Navigation {
  readonly #root: HTMLElement;
  readonly #links = VIEWS.map((view) => {
    const href = printAddress({ ...parseAddress(""), view });
    return { view, link: element("a", { href }, TITLES[view]) };
  });

  constructor(root: HTMLElement) {
    this.#root = root;
    root.replaceChildren(...this.#links.map(({ link }) => link));
    root.hidden = false;
  }

  /** Shows the view of the address, and hides the others. */
  follow({ view }: Address): void {
    for (const { view: one, link } of this.#links) {
      if (one === view) link.setAttribute("aria-current", "page");
      else link.removeAttribute("aria-current");
    }
    for (const part of document.querySelectorAll<HTMLElement>("[data-view]")) {
      part.hidden = part.dataset["view"] !== view;
    }
  }

  /** Lets go of the page. */
  close(): void {
    this.#root.hidden = true;
    this.#root.replaceChildren();
  }
}
