import { requireNumber } from "../common/error.js";
import { Policy } from "../steadfast_services.js";

/** @import { DelayFunction, RetryStrategy } from "../index.js" */

/** Maximum number of cached policies; further ones replace the oldest. */
const MOST = 32;

/** What stands for every strategy that is a function: the module hears only of the delays that they give. */
const CUSTOM = () => undefined;

/** @typedef {RetryStrategy | (() => undefined) | undefined} Strategy A strategy, or `CUSTOM`. */

/** What the user gave, and the module's reading of it. */
export class Known {
  /**
   * @param {Strategy} strategy
   * @param {number} maxAttempts
   * @param {number} deadline
   * @param {number | undefined} maxServerWait
   */
  constructor(strategy, maxAttempts, deadline, maxServerWait) {
    this.inner = new Policy(strategy, maxAttempts, deadline, maxServerWait);
    this.given = strategy;
    this.strategy = { ...strategy };
    this.fields = Object.keys(this.strategy).length;
    this.maxAttempts = maxAttempts;
    this.deadline = deadline;
    this.maxServerWait = maxServerWait;
    this.hasDeadline = deadline !== Infinity;
    this.threshold = this.inner.threshold;
    this.timeout = this.inner.timeout;
  }

  /**
   * @param {Strategy} strategy
   * @param {number} maxAttempts
   * @param {number} deadline
   * @param {number | undefined} maxServerWait
   */
  is(strategy, maxAttempts, deadline, maxServerWait) {
    if (maxAttempts !== this.maxAttempts || deadline !== this.deadline || maxServerWait !== this.maxServerWait) {
      return false;
    }
    if (strategy === this.given) return true;
    if (strategy === CUSTOM || this.given === CUSTOM) return false;
    let fields = 0;
    for (const name in strategy) {
      if (/** @type {Unchecked} */ (strategy)[name] !== /** @type {Unchecked} */ (this.strategy)[name]) return false;
      fields++;
    }
    return fields === this.fields;
  }
}

/**
 * Strategies, read once each. Two that hold the same are the same: many are written where they are used, and are new
 * objects at each call.
 */
export class Policies {
  /** @type {Known[]} */
  #known = [];

  /**
   * The policy of what the user gave. Throws what is wrong with it.
   * @param {RetryStrategy | DelayFunction | undefined} strategy
   * @param {number} maxAttempts
   * @param {number} deadline
   * @param {number | undefined} maxServerWait
   * @param {Known | undefined} guess
   */
  of(strategy, maxAttempts, deadline, maxServerWait, guess) {
    const given = typeof strategy === "function" ? CUSTOM : strategy;
    if (guess?.is(given, maxAttempts, deadline, maxServerWait)) return guess;
    const known = this.#known.find((known) => known.is(given, maxAttempts, deadline, maxServerWait));
    return known ?? this.#read(given, maxAttempts, deadline, maxServerWait);
  }

  /**
   * @param {Strategy} strategy
   * @param {number} maxAttempts
   * @param {number} deadline
   * @param {number | undefined} maxServerWait
   */
  #read(strategy, maxAttempts, deadline, maxServerWait) {
    requireNumber("maxAttempts", maxAttempts);
    requireNumber("deadline", deadline);
    if (maxServerWait !== undefined) requireNumber("maxServerWait", maxServerWait);
    const known = new Known(strategy, maxAttempts, deadline, maxServerWait);
    if (this.#known.length === MOST) this.#known.shift();
    this.#known.push(known);
    return known;
  }
}
