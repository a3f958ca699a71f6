import { requireKnown } from "./call-options.js";
import { dispatch } from "../common/callback.js";
import { Circuits } from "./circuits.js";
import { closeOnDispose } from "../common/dispose.js";
import { SteadfastError, describe, requireFunction, requireNumber, requireText } from "../common/error.js";
import { CustomEvent, EventTarget } from "../platform/events.js";
import { Operations } from "./operations.js";
import { Policies } from "./policies.js";
import { Run } from "./run.js";
import { OperationName } from "../steadfast_services.js";

/** @import { CallOptions, DelayFunction, Operation, RetryCallOptions, RetryManagerOptions, RetryStrategy } from "../index.js" */
/** @import { Known } from "./policies.js" */

/** Maximum number of cached ids; further ones replace the oldest. */
const MOST_NAMES = 1000;

/** @type {RetryCallOptions} */
const NONE = {};

/** The options of `executeWithRetry`. */
const OPTIONS = new Set("classify deadline maxServerWait onEvent perAttemptTimeout retryIf signal throttle".split(" "));

/** @typedef {{ text: string, inner: OperationName, policy: Known | undefined }} Name An id, and what is remembered of it. */

/** What a `RetryManager` does; the class itself belongs to an entry, which starts the module first. */
export class RetryManagerBase extends EventTarget {
  /** @type {Operations} */
  #operations;
  /** @type {Circuits} */
  #circuits;
  /** @type {Map<string, Name>} */
  #names = new Map();
  /** @type {Name | undefined} */
  #lastName;
  #policies = new Policies();
  #closed = false;

  /** @param {RetryManagerOptions | undefined} config @param {ConstructorParameters<typeof Circuits>[0]} CircuitBreaker */
  constructor(config, CircuitBreaker) {
    super();
    /** @type {(type: string, detail: unknown) => void} */
    const publish = (type, detail) => dispatch(this, new CustomEvent(type, { detail }));
    this.#operations = new Operations(config, publish);
    this.#circuits = new Circuits(CircuitBreaker, publish);
  }

  /**
   * @template Result
   * @param {string} operationId
   * @param {Operation<Result>} operation
   * @param {RetryStrategy | DelayFunction} [strategy]
   * @param {number} [maxAttempts]
   * @param {RetryCallOptions} [options]
   * @returns {Promise<Result>}
   */
  executeWithRetry(operationId, operation, strategy, maxAttempts = 3, options = undefined) {
    let run;
    try {
      this.#requireOpen();
      requireFunction("operation", operation);
      const name = this.#name(operationId);
      const { deadline = Infinity, maxServerWait } = options ?? NONE;
      const policy = this.#policies.of(strategy, maxAttempts, deadline, maxServerWait, name.policy);
      name.policy = policy;
      const { threshold, timeout } = policy;
      const circuit = threshold === undefined ? undefined : this.#circuits.of(operationId, threshold, timeout);
      run = new Run(this.#operations, name, policy, strategy, circuit, operation, /** @type {import("./run.js").Options | undefined} */ (checked(options)));
      this.#operations.add(run);
    } catch (error) {
      return Promise.reject(error);
    }
    return run.start();
  }

  /**
   * @template Result
   * @param {string} circuitId
   * @param {Operation<Result>} operation
   * @param {number} [threshold]
   * @param {number} [timeout]
   * @param {CallOptions} [options]
   * @returns {Promise<Result>}
   */
  executeWithCircuitBreaker(circuitId, operation, threshold = 5, timeout = 30_000, options = undefined) {
    try {
      this.#requireOpen();
      return this.#circuits.of(circuitId, threshold, timeout).execute(operation, options);
    } catch (error) {
      return Promise.reject(error);
    }
  }

  operations() {
    return Array.from(this.#operations, (run) => run.state);
  }

  /** @param {string} operationId @param {unknown} [reason] */
  cancel(operationId, reason) {
    const runs = [...this.#operations].filter(({ name }) => name.text === operationId);
    for (const run of runs) run.cancel(reason);
    return runs.length;
  }

  /** @param {string} [operationId] */
  getRetryHistory(operationId) {
    this.#requireOpen();
    return this.#operations.inner.history(operationId);
  }

  /** @param {string} [operationId] */
  getRetryStats(operationId) {
    this.#requireOpen();
    return this.#operations.inner.stats(operationId);
  }

  /** @param {string} circuitId */
  circuit(circuitId) {
    return this.#circuits.get(circuitId);
  }

  /** @param {string} circuitId */
  getCircuitState(circuitId) {
    return this.circuit(circuitId)?.state;
  }

  getCircuits() {
    return this.#circuits.list();
  }

  /** @param {string} type @param {[EventListenerOrEventListenerObject | null, (boolean | AddEventListenerOptions)?]} rest */
  addEventListener(type, ...rest) {
    this.#operations.hear();
    super.addEventListener(type, ...rest);
  }

  close() {
    if (this.#closed) return;
    this.#closed = true;
    this.#operations.close(new SteadfastError("manager.closed", "the manager was closed"));
    this.#circuits.close();
    this.#names.clear();
  }

  #requireOpen() {
    if (this.#closed) throw new SteadfastError("manager.closed", "the manager is closed");
  }

  /** @param {string} text */
  #name(text) {
    // Often the same as the last time.
    if (this.#lastName?.text === text) return this.#lastName;
    return (this.#lastName = this.#names.get(text) ?? this.#newName(text));
  }

  /** @param {string} text */
  #newName(text) {
    requireText("operationId", text);
    const name = { text, inner: new OperationName(text), policy: undefined };
    if (this.#names.size === MOST_NAMES) this.#names.delete(/** @type {string} */ (this.#names.keys().next().value));
    this.#names.set(text, name);
    return name;
  }
}

closeOnDispose(RetryManagerBase);

/**
 * The options, if each is known and makes sense.
 * @param {RetryCallOptions | undefined} options
 */
function checked(options) {
  if (options === undefined || options === null) return undefined;
  requireKnown(options, OPTIONS);
  const { perAttemptTimeout, retryIf, classify, onEvent, signal, throttle } = options;
  if (perAttemptTimeout !== undefined) {
    requireNumber("perAttemptTimeout", perAttemptTimeout);
    if (!(perAttemptTimeout > 0 && perAttemptTimeout < Infinity)) {
      const message = `perAttemptTimeout is ${perAttemptTimeout}; allowed is more than 0 ms, and finite`;
      throw new SteadfastError("config.out_of_range", message, "perAttemptTimeout");
    }
  }
  if (retryIf !== undefined) requireFunction("retryIf", retryIf);
  if (classify !== undefined) requireFunction("classify", classify);
  if (onEvent !== undefined) requireFunction("onEvent", onEvent);
  // Either would throw in the middle of an operation.
  requireMember("signal", signal, "addEventListener", "an AbortSignal");
  requireMember("throttle", throttle, "swap", "a RetryThrottle");
  return options;
}

/**
 * Refuses an object that is there and is not what is expected.
 * @param {string} field
 * @param {Unchecked} value
 * @param {string} member
 * @param {string} expected
 */
function requireMember(field, value, member, expected) {
  if (value === undefined || value === null || typeof value[member] === "function") return;
  throw new SteadfastError("config.type", `${field}: expected ${expected}, not ${describe(value)}`, field);
}
