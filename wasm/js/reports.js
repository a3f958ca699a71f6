import { SteadfastError } from "./error.js";

/** How long the collector may take, in ms; and how long when the page, or whoever closes, may not be there any more. */
const PATIENCE = 10_000;
const LAST_PATIENCE = 5_000;

/** Sends reports to a collector. What is sent, and when, the module says. */
export class Reports {
  #url;
  #headers;
  #underWay;
  #ends = new Set();

  /** As the prepared options say, whose `report` keeps what the module reads; absent if they ask for none. */
  static of(options) {
    const { report } = options;
    if (typeof report !== "object" || report === null || Array.isArray(report)) return undefined;
    const { url, key, ...timing } = report;
    options.report = timing;
    return new Reports(url, key);
  }

  constructor(url, key) {
    if (typeof key !== "string" || !/^[!-~]+$/.test(key)) {
      throw new SteadfastError("config.type", "report.key: expected a key: letters and digits", "report.key");
    }
    this.#url = url;
    this.#headers = { authorization: `Bearer ${key}`, "content-type": "application/json" };
  }

  /**
   * Begins to send a report before it returns; `last`, in a way that outlives the page. `tell` is told its number, the
   * status of the answer, 0 if there was none, and for how many seconds the collector asks to be left alone, −1 if it does
   * not; unless it is sent once more meanwhile.
   */
  send(report, last, tell) {
    const { batchId } = report;
    if (this.#underWay?.batchId === batchId) {
      this.#underWay.isPassedOver = true;
      this.#underWay.abort.abort();
    }
    const sending = { batchId, abort: new AbortController(), isPassedOver: false };
    this.#underWay = sending;
    const end = this.#post(report, sending.abort, last).then(([status, retryAfter]) => {
      this.#ends.delete(end);
      if (!sending.isPassedOver) tell(batchId, status, retryAfter);
    });
    this.#ends.add(end);
  }

  /** Resolves when nothing is under way any more. */
  async ended() {
    await Promise.all(this.#ends);
  }

  async #post(report, abort, last) {
    const timer = setTimeout(() => abort.abort(), last ? LAST_PATIENCE : PATIENCE);
    try {
      const response = await fetch(this.#url, {
        method: "POST",
        headers: this.#headers,
        body: JSON.stringify(report),
        credentials: "omit",
        keepalive: last,
        signal: abort.signal,
      });
      // Read to the end and thrown away, so that the network connection can be used again.
      await response.text().catch(() => undefined);
      const asked = response.headers.get("retry-after")?.trim() ?? "";
      // Dates are passed over.
      return [response.status, /^\d+$/.test(asked) ? Number(asked) : -1];
    } catch {
      return [0, -1];
    } finally {
      clearTimeout(timer);
    }
  }
}
