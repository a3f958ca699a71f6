import { SteadfastError } from "../common/error.js";

/** How long the collector may take, in ms; and how long when the page, or the caller that closes, may be gone soon. */
const PATIENCE = 10_000;
const LAST_PATIENCE = 5_000;

/** @typedef {(batchId: string, status: number, wait: number, interval: number, sampling: number) => void} Tell */

/** Sends reports to a collector. What is sent, and when, the module says. */
export class Reports {
  /** @type {string} */
  #url;
  /** @type {string} */
  #key;
  /** @type {{ batchId: string, abort: AbortController, isPassedOver: boolean } | undefined} */
  #underWay;
  /** @type {Set<Promise<void>>} */
  #ends = new Set();

  /**
   * As the prepared options say, whose `report` keeps what the module reads; absent if they ask for none.
   * @param {{ report?: Unchecked }} options
   */
  static of(options) {
    const { report } = options;
    if (typeof report !== "object" || report === null || Array.isArray(report)) return undefined;
    const { url, key, ...timing } = report;
    options.report = timing;
    return new Reports(url, key);
  }

  /** @param {string} url @param {unknown} key */
  constructor(url, key) {
    if (typeof key !== "string" || !/^[!-~]+$/.test(key)) {
      throw new SteadfastError("config.type", "report.key: expected a key: letters and digits", "report.key");
    }
    this.#url = url;
    this.#key = key;
  }

  /**
   * Begins to send a report before it returns; `last`, in a way that outlives the page. `tell` gets its number, the
   * status of the answer, 0 if there was none, and what the collector asks for, −1 where it asks for nothing: to be left
   * alone for a number of seconds, for a number of ms between reports, and for a share of them; unless it is sent once more meanwhile.
   * @param {{ batchId: string }} report
   * @param {boolean} last
   * @param {Tell} tell
   */
  send(report, last, tell) {
    const { batchId } = report;
    if (this.#underWay?.batchId === batchId) {
      this.#underWay.isPassedOver = true;
      this.#underWay.abort.abort();
    }
    const sending = { batchId, abort: new AbortController(), isPassedOver: false };
    this.#underWay = sending;
    const end = this.#post(report, sending.abort, last).then((answer) => {
      this.#ends.delete(end);
      if (!sending.isPassedOver) tell(batchId, ...answer);
    });
    this.#ends.add(end);
  }

  /** Resolves when nothing is under way any more. */
  async ended() {
    await Promise.all(this.#ends);
  }

  /**
   * @param {object} report
   * @param {AbortController} abort
   * @param {boolean} last
   * @returns {Promise<[status: number, wait: number, interval: number, sampling: number]>}
   */
  async #post(report, abort, last) {
    const timer = setTimeout(() => abort.abort(), last ? LAST_PATIENCE : PATIENCE);
    try {
      const [url, headers] = this.#addressed(last);
      const response = await fetch(url, {
        method: "POST",
        headers,
        body: JSON.stringify(report),
        credentials: "omit",
        keepalive: last,
        signal: abort.signal,
      });
      // Read to the end in any case, so that the network connection can be used again.
      const wishes = await response.json().catch(() => undefined);
      const asked = response.headers.get("retry-after")?.trim() ?? "";
      // Dates are passed over. What is no number the module takes for none.
      const wait = /^\d+$/.test(asked) ? Number(asked) : -1;
      return [response.status, wait, wishes?.interval ?? -1, wishes?.sampling ?? -1];
    } catch {
      return [0, -1, -1, -1];
    } finally {
      clearTimeout(timer);
    }
  }

  /**
   * The address and the headers. These headers need a preflight, and a browser that closes may drop the report that waits
   * for it. So the last report of a page has the key in the query and a body of `text/plain`, which need none.
   * @param {boolean} last
   * @returns {[url: string, headers?: Record<string, string>]}
   */
  #addressed(last) {
    if (!last || globalThis.location === undefined) {
      return [this.#url, { authorization: `Bearer ${this.#key}`, "content-type": "application/json" }];
    }
    const query = `?key=${encodeURIComponent(this.#key)}`;
    return [`${this.#url}`.replace(/[?#]|$/, (next) => query + (next === "?" ? "&" : next))];
  }
}
