import { Gate } from "../steadfast_services.js";

/** @import { QuotaOptions, RatioOptions, TokenBucketOptions } from "../index.js" */
/** @import { Retries } from "../steadfast_services.js" */

/** What a `RetryThrottle` does; the class itself belongs to an entry, which starts the module first. */
export class RetryThrottleBase {
  /** @type {Gate} */
  #gate;

  /** @param {TokenBucketOptions | QuotaOptions | RatioOptions} [config] */
  constructor(config) {
    this.#gate = new Gate(config);
  }

  /**
   * Changes places with the throttle of a manager of the module: before a decision it has a say in, and after it. For runs.
   * @param {Retries} inner
   */
  swap(inner) {
    this.#gate.swap(inner);
  }
}
