/** What the operator of the collector has to know: the limit of sessions is near, or reports are refused. */

import type { Organization } from "../collector/wire.ts";
import { element } from "../ui/dom.ts";
import { count, isolate, moment, plural, share } from "../ui/format.ts";

/** What was refused longer ago is over. */
const RECENT_MILLIS = 600_000;

export class Notices {
  readonly #root: HTMLElement;
  #drawn = "";

  constructor(root: HTMLElement) {
    this.#root = root;
  }

  /** Shows the notices of the organisation; `now` by the collector's clock. */
  render({ refusals, sessions }: Organization, now: number): void {
    const notices: string[] = [];
    const { limit, live, nearLimit } = sessions;
    if (nearLimit) {
      notices.push(
        `${count(live)} of at most ${count(limit)} sessions are live, ${share(live / limit)}. ` +
          "Beyond that new sessions are refused: raise --max-sessions.",
      );
    }
    for (const { code, count: times, lastAt } of refusals) {
      if (now - lastAt > RECENT_MILLIS) continue;
      const what = code.startsWith("report.weight_") ? "counted less" : "refused or clipped";
      notices.push(
        `${plural(times, "report")} ${what} as ${isolate(code)}, ` +
          `the last one ${moment(lastAt, now)}.`,
      );
    }
    const version = notices.join("\n");
    if (version === this.#drawn) return;
    this.#drawn = version;
    this.#root.hidden = notices.length === 0;
    this.#root.replaceChildren(...notices.map((words) => element("p", {}, words)));
  }

  /** Lets go of the page. */
  close(): void {
    this.#root.hidden = true;
    this.#root.replaceChildren();
  }
}
