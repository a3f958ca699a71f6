/** A file of the sessions that the table means, on all its pages. */

import type { Router } from "../address/router.ts";
import { element, setText } from "../ui/dom.ts";
import { filterQuery } from "./query.ts";

/** Asks the collector for the file. */
export type Download = (query: URLSearchParams) => Promise<Blob>;

/** The most sessions in one file. */
const MOST = 100_000;

/** A file has begun to be saved by then. */
const KEPT_MILLIS = 60_000;

export class DownloadButton {
  readonly root = element("button", { type: "button", class: "quiet" }, "CSV");
  readonly #router: Router;
  readonly #download: Download;

  constructor(router: Router, download: Download) {
    this.#router = router;
    this.#download = download;
    this.root.title = "Save the sessions that the filters let through as a CSV file";
    this.root.addEventListener("click", () => void this.#save());
  }

  async #save(): Promise<void> {
    this.root.disabled = true;
    setText(this.root, "Loading …");
    try {
      const query = filterQuery(this.#router.address);
      query.set("limit", String(MOST));
      save(await this.#download(query), `sessions-${new Date().toISOString().slice(0, 19)}.csv`);
      setText(this.root, "CSV");
    } catch (error) {
      // The next click tries again.
      setText(this.root, `CSV: ${error instanceof Error ? error.message : String(error)}`);
    } finally {
      this.root.disabled = false;
    }
  }
}

function save(file: Blob, name: string): void {
  const url = URL.createObjectURL(file);
  element("a", { href: url, download: name.replaceAll(":", "-") }).click();
  setTimeout(() => URL.revokeObjectURL(url), KEPT_MILLIS);
}
