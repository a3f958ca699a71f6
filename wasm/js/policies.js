import { requireNumber } from "./error.js";
import { Policy } from "./steadfast_services.js";

/** So many policies are kept read; further ones replace the oldest. */
const MOST = 32;

/** What the user gave, and the module's reading of it. */
class Known {
  constructor(strategy, maxAttempts, deadline) {
    this.half = new Policy(strategy, maxAttempts, deadline);
    this.given = strategy;
    this.strategy = { ...strategy };
    this.fields = Object.keys(this.strategy).length;
    this.maxAttempts = maxAttempts;
    this.deadline = deadline;
    this.hasDeadline = deadline !== Infinity;
    this.threshold = this.half.threshold;
    this.timeout = this.half.timeout;
  }

  is(strategy, maxAttempts, deadline) {
    if (maxAttempts !== this.maxAttempts || deadline !== this.deadline) return false;
    if (strategy === this.given) return true;
    let fields = 0;
    for (const name in strategy) {
      if (strategy[name] !== this.strategy[name]) return false;
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
  #known = [];

  /** The policy of what the user gave. Throws what is wrong with it. */
  of(strategy, maxAttempts, deadline, guess) {
    if (guess?.is(strategy, maxAttempts, deadline)) return guess;
    const known = this.#known.find((known) => known.is(strategy, maxAttempts, deadline));
    return known ?? this.#read(strategy, maxAttempts, deadline);
  }

  #read(strategy, maxAttempts, deadline) {
    requireNumber("maxAttempts", maxAttempts);
    requireNumber("deadline", deadline);
    const known = new Known(strategy, maxAttempts, deadline);
    if (this.#known.length === MOST) this.#known.shift();
    this.#known.push(known);
    return known;
  }
}
