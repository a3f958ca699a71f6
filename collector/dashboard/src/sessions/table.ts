/** The table of sessions: filters, sorting, pages. It shows at most one page of rows at a time. */

import { COLUMNS } from "./columns.ts";
import type { Column } from "./columns.ts";
import { element, setText } from "../ui/dom.ts";
import { count, plural, statusWord, word } from "../ui/format.ts";
import type { Sessions } from "./sessions.ts";
import { apply, INITIAL_VIEW, PAGE_SIZE } from "./view.ts";
import type { Page, SortKey, View } from "./view.ts";
import { QUALITIES, shownStatus, STATUSES } from "../collector/wire.ts";
import type { QualityOrUnknown, Session, ShownStatus } from "../collector/wire.ts";

interface Row {
  row: HTMLTableRowElement;
  cells: HTMLElement[];
}

export interface TableCallbacks {
  /** A session's details are wanted. */
  open: (sessionId: string) => void;
  /** Another status is filtered for, or none. */
  filtered: (status: ShownStatus | undefined) => void;
  /** A text is looked for, and no key was pressed for a moment. */
  searched: (text: string) => void;
}

/** So long the typing has to rest before the collector is asked. */
const REST_MILLIS = 300;

export class Table {
  readonly #sessions: Sessions;
  readonly #callbacks: TableCallbacks;
  readonly #search = element("input", {
    type: "search",
    placeholder: "Session, user or client",
    "aria-label": "Filter by text",
  });
  readonly #status = element("select", { "aria-label": "Filter by status" });
  readonly #quality = element("select", { "aria-label": "Filter by quality" });
  readonly #sort = element("select", { "aria-label": "Sort by", class: "narrow-only" });
  readonly #heads = new Map<SortKey, HTMLTableCellElement>();
  readonly #body = element("tbody", { role: "rowgroup" });
  readonly #message = element("p", { class: "empty muted" });
  readonly #shown = element("p", { class: "muted small numbers", role: "status" });
  readonly #back = element("button", { type: "button" }, "Previous");
  readonly #forward = element("button", { type: "button" }, "Next");
  readonly #rows = new Map<string, Row>();
  #view: View = INITIAL_VIEW;
  #typing: ReturnType<typeof setTimeout> | undefined;
  #emptyText = "Loading the sessions …";

  constructor(root: HTMLElement, sessions: Sessions, callbacks: TableCallbacks) {
    this.#sessions = sessions;
    this.#callbacks = callbacks;
    root.append(this.#toolbar(), this.#table(), this.#message, this.#pager());
    this.#change({});
  }

  /** What stands in place of rows while no session is known. */
  set emptyText(text: string) {
    this.#emptyText = text;
  }

  /** Shows only sessions of which some name contains this. */
  search(text: string): void {
    this.#search.value = text;
    this.#search.focus();
    this.filterByStatus(undefined);
    this.filterByQuality(undefined);
    this.#lookFor(text);
  }

  /** Shows only sessions with this quality; all without it. */
  filterByQuality(quality: QualityOrUnknown | undefined): void {
    this.#quality.value = quality ?? "";
    this.#change({ quality, page: 0 });
  }

  /** Shows only sessions with this status; all without it. */
  filterByStatus(status: ShownStatus | undefined): void {
    this.#status.value = status ?? "";
    this.#change({ status, page: 0 });
    this.#callbacks.filtered(status);
  }

  /** Shows the sessions as they are now. */
  render(now: number = Date.now()): void {
    const page = apply(this.#view, this.#sessions.values());
    this.#renderRows(page.rows, now);
    this.#renderSummary(page);
  }

  #change(change: Partial<View>): void {
    this.#view = { ...this.#view, ...change };
    for (const [key, head] of this.#heads) {
      const direction = this.#view.descending ? "descending" : "ascending";
      head.setAttribute("aria-sort", key === this.#view.sort ? direction : "none");
    }
    this.#sort.value = this.#view.sort;
    this.render();
  }

  #lookFor(text: string): void {
    this.#change({ text, page: 0 });
    clearTimeout(this.#typing);
    this.#typing = setTimeout(() => this.#callbacks.searched(text.trim()), REST_MILLIS);
  }

  #sortBy(column: Column): void {
    const again = this.#view.sort === column.key;
    const descending = again ? !this.#view.descending : column.descendingFirst === true;
    this.#change({ sort: column.key, descending, page: 0 });
  }

  #toolbar(): HTMLElement {
    this.#status.append(element("option", { value: "" }, "All statuses"));
    for (const status of STATUSES) {
      this.#status.append(element("option", { value: status }, statusWord(status)));
    }
    for (const { key, title } of COLUMNS) {
      this.#sort.append(element("option", { value: key }, `Sort by ${title.toLowerCase()}`));
    }
    this.#quality.append(element("option", { value: "" }, "All qualities"));
    for (const quality of [...QUALITIES, "UNKNOWN"]) {
      this.#quality.append(element("option", { value: quality }, word(quality)));
    }
    this.#search.addEventListener("input", () => this.#lookFor(this.#search.value));
    this.#quality.addEventListener("change", () => {
      const all = [...QUALITIES, "UNKNOWN"] as const;
      this.filterByQuality(all.find((quality) => quality === this.#quality.value));
    });
    this.#status.addEventListener("change", () => {
      this.filterByStatus(STATUSES.find((status) => status === this.#status.value));
    });
    this.#sort.addEventListener("change", () => {
      const column = COLUMNS.find(({ key }) => key === this.#sort.value);
      if (column) this.#sortBy(column);
    });
    const filters = element("div", { class: "filters", role: "search" });
    filters.append(this.#search, this.#status, this.#quality, this.#sort);
    const title = element("h2", { id: "sessions-title" }, "Sessions");
    return element("div", { class: "heading" }, title, filters);
  }

  #table(): HTMLElement {
    // Roles are spelled out because on a narrow screen the rows are laid out as cards, and
    // elements that are not displayed as a table lose the roles of one.
    const head = element("tr", { role: "row" });
    for (const column of COLUMNS) {
      const button = element("button", { type: "button" }, column.title);
      button.addEventListener("click", () => this.#sortBy(column));
      const cell = element(
        "th",
        { role: "columnheader", scope: "col", "data-key": column.key },
        button,
      );
      if (column.numeric) cell.classList.add("numeric");
      this.#heads.set(column.key, cell);
      head.append(cell);
    }
    this.#body.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest("tr") : null;
      const id = row?.dataset["session"];
      if (id !== undefined) this.#callbacks.open(id);
    });
    const table = element("table", { role: "table", "aria-labelledby": "sessions-title" });
    table.append(element("thead", { role: "rowgroup" }, head), this.#body);
    return element("div", { class: "table" }, table);
  }

  #pager(): HTMLElement {
    this.#back.addEventListener("click", () => this.#change({ page: this.#view.page - 1 }));
    this.#forward.addEventListener("click", () => this.#change({ page: this.#view.page + 1 }));
    const pages = element("nav", { class: "pages", "aria-label": "Pages of sessions" });
    pages.append(this.#back, this.#forward);
    return element("div", { class: "footer" }, this.#shown, pages);
  }

  #renderRows(states: readonly Session[], now: number): void {
    const focused = this.#body.contains(document.activeElement) ? document.activeElement : null;
    const wanted = new Set(states.map(({ sessionId }) => sessionId));
    for (const [id, { row }] of this.#rows) {
      if (wanted.has(id)) continue;
      row.remove();
      this.#rows.delete(id);
    }
    states.forEach((state, i) => {
      const { row, cells } = this.#row(state.sessionId);
      row.dataset["status"] = shownStatus(state);
      COLUMNS.forEach((column, at) => {
        const cell = cells[at];
        if (cell) column.show(cell, state, now);
      });
      const there = this.#body.children[i];
      if (there !== row) this.#body.insertBefore(row, there ?? null);
    });
    // A row that changes its place loses the focus.
    if (focused instanceof HTMLElement && focused.isConnected)
      focused.focus({ preventScroll: true });
  }

  #row(sessionId: string): Row {
    const known = this.#rows.get(sessionId);
    if (known) return known;
    const cells = COLUMNS.map(({ key, title, numeric }) =>
      element("td", {
        role: "cell",
        "data-key": key,
        "data-label": title,
        ...(numeric && { class: "numeric" }),
      }),
    );
    const row = element("tr", { role: "row", "data-session": sessionId }, ...cells);
    this.#rows.set(sessionId, { row, cells });
    return { row, cells };
  }

  #renderSummary({ rows, matching, page, pages }: Page): void {
    const { size, total } = this.#sessions;
    this.#view = { ...this.#view, page };
    this.#message.hidden = rows.length > 0;
    setText(this.#message, size === 0 ? this.#emptyText : "No session matches the filter.");
    const first = page * PAGE_SIZE + 1;
    const range = rows.length > 0 ? `${count(first)} to ${count(first + rows.length - 1)} of ` : "";
    const beyond =
      total > size
        ? `; ${count(size)} of ${count(total)} are loaded, others are found by their whole name`
        : "";
    setText(this.#shown, `${range}${plural(matching, "session")}${beyond}`);
    this.#back.disabled = page === 0;
    this.#forward.disabled = page >= pages - 1;
    this.#back.parentElement?.toggleAttribute("hidden", pages === 1);
  }
}
