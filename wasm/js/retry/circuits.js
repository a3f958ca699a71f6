import { SteadfastError } from "../common/error.js";

/** @import { CircuitBreakerBase } from "./breaker.js" */
/** @import { CircuitEvent, ConsecutiveOptions } from "../index.js" */

/** Maximum number of circuits: a forgotten circuit would be a closed one. */
const MOST = 10_000;

/** @type {CircuitEvent["name"][]} */
const EVENTS = ["circuit.opened", "circuit.half_opened", "circuit.closed", "circuit.reset"];

/** @typedef {{ breaker: CircuitBreakerBase, threshold?: number, timeout?: number }} Known */

/** The breakers of a manager, by their ids. */
export class Circuits {
  /** @type {Map<string, Known>} */
  #known = new Map();
  /** @type {new (options: ConsecutiveOptions) => CircuitBreakerBase} */
  #CircuitBreaker;
  /** @type {(type: string, detail: CircuitEvent) => void} */
  #dispatch;

  /**
   * @param {new (options: ConsecutiveOptions) => CircuitBreakerBase} CircuitBreaker
   * @param {(type: string, detail: CircuitEvent) => void} dispatch
   */
  constructor(CircuitBreaker, dispatch) {
    this.#CircuitBreaker = CircuitBreaker;
    this.#dispatch = dispatch;
  }

  /**
   * The breaker of this id, made if there is none. Throws if there is one that is configured otherwise.
   * @param {string} circuitId
   * @param {number} [threshold]
   * @param {number} [timeout]
   */
  of(circuitId, threshold, timeout) {
    const known = this.#known.get(circuitId);
    if (known === undefined) return this.#make(circuitId, threshold, timeout);
    if (known.threshold === threshold && known.timeout === timeout) return known.breaker;
    const message = `the circuit ${circuitId} has threshold ${known.threshold} and timeout ${known.timeout} already`;
    throw new SteadfastError("circuit.conflict", message, known.threshold === threshold ? "timeout" : "threshold");
  }

  /**
   * The breaker of this id, if there is one.
   * @param {string} circuitId
   */
  get(circuitId) {
    return this.#known.get(circuitId)?.breaker;
  }

  /** What each is like. */
  list() {
    return Array.from(this.#known, ([circuitId, { breaker }]) => {
      return { circuitId, ...breaker.snapshot(), state: breaker.state };
    });
  }

  close() {
    for (const { breaker } of this.#known.values()) breaker.close();
    this.#known.clear();
  }

  /** @param {string} circuitId @param {number} [threshold] @param {number} [timeout] */
  #make(circuitId, threshold, timeout) {
    if (this.#known.size >= MOST) {
      throw new SteadfastError("config.out_of_range", `circuits is ${MOST}; allowed is less than that`, "circuits");
    }
    const breaker = new this.#CircuitBreaker({ circuitId, threshold, timeout });
    for (const type of EVENTS) breaker.addEventListener(type, (/** @type {Unchecked} */ { detail }) => this.#dispatch(type, detail));
    this.#known.set(circuitId, { breaker, threshold, timeout });
    return breaker;
  }
}
