import { SteadfastError } from "../common/error.js";

/** Maximum number of circuits: a forgotten circuit would be a closed one. */
const MOST = 10_000;

const EVENTS = ["circuit.opened", "circuit.half_opened", "circuit.closed", "circuit.reset"];

/** The breakers of a manager, by their ids. */
export class Circuits {
  #known = new Map();
  #CircuitBreaker;
  #dispatch;

  constructor(CircuitBreaker, dispatch) {
    this.#CircuitBreaker = CircuitBreaker;
    this.#dispatch = dispatch;
  }

  /** The breaker of this id, made if there is none. Throws if there is one that is configured otherwise. */
  of(circuitId, threshold, timeout) {
    const known = this.#known.get(circuitId);
    if (known === undefined) return this.#make(circuitId, threshold, timeout);
    if (known.threshold === threshold && known.timeout === timeout) return known.breaker;
    const message = `the circuit ${circuitId} has threshold ${known.threshold} and timeout ${known.timeout} already`;
    throw new SteadfastError("circuit.conflict", message, known.threshold === threshold ? "timeout" : "threshold");
  }

  /** The breaker of this id, if there is one. */
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

  #make(circuitId, threshold, timeout) {
    if (this.#known.size >= MOST) {
      throw new SteadfastError("config.out_of_range", `circuits is ${MOST}; allowed is less than that`, "circuits");
    }
    const breaker = new this.#CircuitBreaker({ circuitId, threshold, timeout });
    for (const type of EVENTS) breaker.addEventListener(type, ({ detail }) => this.#dispatch(type, detail));
    this.#known.set(circuitId, { breaker, threshold, timeout });
    return breaker;
  }
}
