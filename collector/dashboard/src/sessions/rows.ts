/** The rows of the table: one for each session of the page, brought up to date without losing the focus. */

import { element } from "../ui/dom.ts";
import { shownStatus } from "../collector/wire.ts";
import type { Session } from "../collector/wire.ts";
import { COLUMNS } from "./columns.ts";

interface Row {
  row: HTMLTableRowElement;
  cells: HTMLElement[];
}

export class Rows {
  readonly body = element("tbody", { role: "rowgroup" });
  readonly #rows = new Map<string, Row>();

  /** @param open called when somebody asks for the details of a session */
  constructor(open: (sessionId: string) => void) {
    this.body.addEventListener("click", (event) => {
      const row = event.target instanceof Element ? event.target.closest("tr") : null;
      const id = row?.dataset["session"];
      if (id !== undefined) open(id);
    });
  }

  /** Shows these sessions, in this order. */
  show(states: readonly Session[], now: number): void {
    const focused = this.body.contains(document.activeElement) ? document.activeElement : null;
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
      const there = this.body.children[i];
      if (there !== row) this.body.insertBefore(row, there ?? null);
    });
    // A row that changes its place loses the focus.
    if (focused instanceof HTMLElement && focused.isConnected)
      focused.focus({ preventScroll: true });
  }

  #row(sessionId: string): Row {
    const known = this.#rows.get(sessionId);
    if (known) return known;
    const cells = COLUMNS.map(({ isName, key, title, numeric }) =>
      element("td", {
        role: "cell",
        "data-key": key,
        "data-label": title,
        ...(isName && { dir: "auto" }),
        ...(numeric && { class: "numeric" }),
      }),
    );
    const row = element("tr", { role: "row", "data-session": sessionId }, ...cells);
    this.#rows.set(sessionId, { row, cells });
    return { row, cells };
  }
}
