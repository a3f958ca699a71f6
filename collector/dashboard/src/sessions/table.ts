/** The table of sessions: what is filtered for, the rows of one page in their order, and the way to the others. */

import { sessionsWith, splitValues } from "../address/address.ts";
import type { Address } from "../address/address.ts";
import type { Router } from "../address/router.ts";
import { valueOf } from "../filters/change.ts";
import { Chips } from "../filters/chips.ts";
import { FilterPanel } from "../filters/panel.ts";
import { SearchField } from "../filters/search.ts";
import { element, setText } from "../ui/dom.ts";
import { count, plural } from "../ui/format.ts";
import { COLUMNS } from "./columns.ts";
import type { Column } from "./columns.ts";
import { DownloadButton } from "./download.ts";
import type { Download } from "./download.ts";
import type { Listing } from "./listing.ts";
import { PAGE_SIZE, pageQuery, USUAL_SORT } from "./query.ts";
import { Rows } from "./rows.ts";

export class Table {
  readonly #router: Router;
  readonly #listing: Listing;
  readonly #title = element("h2", { id: "sessions-title", tabindex: "-1" }, "Sessions");
  readonly #search: SearchField;
  readonly #chips: Chips;
  readonly #panel: FilterPanel;
  readonly #sort = element("select", { "aria-label": "Sort by", class: "narrow-only" });
  readonly #heads = new Map<Column, HTMLTableCellElement>();
  readonly #rows: Rows;
  readonly #message = element("p", { class: "empty muted" });
  readonly #exactly = element("p", { class: "empty", hidden: true });
  readonly #shown = element("p", { class: "muted small numbers", role: "status" });
  readonly #back = element("button", { type: "button" }, "Previous");
  readonly #forward = element("button", { type: "button" }, "Next");
  /** What stands in place of rows while no session is known. */
  emptyText = "No session has reported yet.";

  constructor(root: HTMLElement, router: Router, listing: Listing, download: Download) {
    this.#router = router;
    this.#listing = listing;
    this.#search = new SearchField(router);
    this.#chips = new Chips(router);
    this.#panel = new FilterPanel(router);
    this.#rows = new Rows((session) => router.go({ session }));
    const heading = element("div", { class: "heading" }, this.#title, this.#toolbar(download));
    root.append(heading, this.#chips.root, this.#table(), this.#message, this.#exactly);
    root.append(this.#pager(), this.#panel.root);
    this.follow(router.address);
  }

  /** Shows what the address says. */
  follow(address: Address): void {
    this.#listing.show(pageQuery(address));
    this.#search.follow(address);
    this.#chips.follow(address);
    const sort = address.sort ?? USUAL_SORT;
    for (const [column, head] of this.#heads) {
      head.setAttribute("aria-sort", direction(column, sort));
    }
    this.#sort.value = sort;
    this.#offerExactly(valueOf(address, "search"));
  }

  /** Shows the sessions as they are now. */
  render(now: number): void {
    const { isLoaded, problem, rows, total } = this.#listing;
    const { filters, page } = this.#router.address;
    this.#rows.show(rows, now);
    this.#message.hidden = rows.length > 0 && problem === undefined;
    const none = filters.length > 0 ? "No session matches the filters." : this.emptyText;
    setText(this.#message, problem ?? (isLoaded ? none : "Loading the sessions …"));
    this.#exactly.hidden = rows.length > 0 || !isLoaded || this.#exactly.childElementCount === 0;
    const first = (page - 1) * PAGE_SIZE + 1;
    const range = rows.length > 0 ? `${count(first)} to ${count(first + rows.length - 1)} of ` : "";
    if (isLoaded) setText(this.#shown, `${range}${plural(total, "session")}`);
    const pages = Math.max(1, Math.ceil(total / PAGE_SIZE));
    this.#back.disabled = page <= 1;
    this.#forward.disabled = page >= pages;
    this.#back.parentElement?.toggleAttribute("hidden", pages === 1 && page === 1);
  }

  /** Sessions that ended long ago are found by a whole name only. */
  #offerExactly(search: string | undefined): void {
    this.#exactly.replaceChildren();
    if (search === undefined) return;
    const [name = ""] = splitValues(search);
    const session = element("a", { href: this.#router.href({ session: name }) }, "Open the session");
    const user = element("a", { href: sessionsWith({ user: [name] }) }, "list the user");
    this.#exactly.append(session, " or ", user, ` with exactly this name, also of long ago.`);
  }

  #toolbar(download: Download): HTMLElement {
    for (const { sort, title } of COLUMNS) {
      if (sort === undefined) continue;
      this.#sort.append(element("option", { value: sort }, `Sort by ${title.toLowerCase()}`));
    }
    this.#sort.addEventListener("change", () => {
      this.#router.go({ sort: shortened(this.#sort.value), page: 1 });
    });
    const filter = element("button", { type: "button", "aria-haspopup": "dialog" }, "Filter …");
    filter.addEventListener("click", () => this.#panel.open());
    const tools = element("div", { class: "filters", role: "search" });
    tools.append(this.#search.root, filter, this.#sort);
    tools.append(new DownloadButton(this.#router, download).root);
    return tools;
  }

  #table(): HTMLElement {
    // Roles are spelled out because on a narrow screen the rows are laid out as cards, and
    // elements that are not displayed as a table lose the roles of one.
    const head = element("tr", { role: "row" });
    for (const column of COLUMNS) {
      const attributes = { role: "columnheader", scope: "col", "data-key": column.key };
      const cell = element("th", attributes);
      if (column.numeric) cell.classList.add("numeric");
      head.append(cell);
      if (column.sort === undefined) {
        cell.append(column.title);
        continue;
      }
      const button = element("button", { type: "button" }, column.title);
      button.addEventListener("click", () => this.#sortBy(column));
      cell.append(button);
      this.#heads.set(column, cell);
    }
    const table = element("table", { role: "table", "aria-labelledby": "sessions-title" });
    table.append(element("thead", { role: "rowgroup" }, head), this.#rows.body);
    return element("div", { class: "table" }, table);
  }

  #pager(): HTMLElement {
    const turn = (by: number) => this.#router.go({ page: this.#router.address.page + by });
    this.#back.addEventListener("click", () => turn(-1));
    this.#forward.addEventListener("click", () => turn(1));
    const pages = element("nav", { class: "pages", "aria-label": "Pages of sessions" });
    pages.append(this.#back, this.#forward);
    return element("div", { class: "footer" }, this.#shown, pages);
  }

  #sortBy({ sort = USUAL_SORT }: Column): void {
    const isAgain = (this.#router.address.sort ?? USUAL_SORT) === sort;
    this.#router.go({ sort: shortened(isAgain ? `-${sort}` : sort), page: 1 });
  }
}

/** The usual order need not stand in the address. */
function shortened(sort: string): string | undefined {
  return sort === USUAL_SORT ? undefined : sort;
}

function direction(column: Column, sort: string): "ascending" | "descending" | "none" {
  if (column.sort !== sort.replace(/^-/, "")) return "none";
  const isReversed = sort.startsWith("-");
  return (column.isDescending ?? false) === isReversed ? "ascending" : "descending";
}
