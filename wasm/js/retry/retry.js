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

/** Maximum number of cached ids; further ones replace the oldest. */
const MOST_NAMES = 1000;

const NONE = {};

/** The options of `executeWithRetry`. */
const OPTIONS = new Set("classify deadline maxServerWait onEvent perAttemptTimeout retryIf signal throttle".split(" "));

/** What a `RetryManager` does; the class itself belongs to an entry, which starts the module first. */
export class RetryManagerBase extends EventTarget {
  #operations;
  #circuits;
  #names = new Map();
  #lastName;
  #policies = new Policies();
  #closed = false;

  constructor(config, CircuitBreaker) {
    super();
    const publish = (type, detail) => dispatch(this, new CustomEvent(type, { detail }));
    this.#operations = new Operations(config, publish);
    this.#circuits = new Circuits(CircuitBreaker, publish);
  }

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
      run = new Run(this.#operations, name, policy, strategy, circuit, operation, checked(options));
      this.#operations.add(run);
    } catch (error) {
      return Promise.reject(error);
    }
    return run.start();
  }

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

  cancel(operationId, reason) {
    const runs = [...this.#operations].filter(({ name }) => name.text === operationId);
    for (const run of runs) run.cancel(reason);
    return runs.length;
  }

  getRetryHistory(operationId) {
    this.#requireOpen();
    return this.#operations.inner.history(operationId);
  }

  getRetryStats(operationId) {
    this.#requireOpen();
    return this.#operations.inner.stats(operationId);
  }

  circuit(circuitId) {
    return this.#circuits.get(circuitId);
  }

  getCircuitState(circuitId) {
    return this.circuit(circuitId)?.state;
  }

  getCircuits() {
    return this.#circuits.list();
  }

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

  #name(text) {
    // Often the same as the last time.
    if (this.#lastName?.text === text) return this.#lastName;
    return (this.#lastName = this.#names.get(text) ?? this.#newName(text));
  }

  #newName(text) {
    requireText("operationId", text);
    const name = { text, inner: new OperationName(text), policy: undefined };
    if (this.#names.size === MOST_NAMES) this.#names.delete(this.#names.keys().next().value);
    this.#names.set(text, name);
    return name;
  }
}

closeOnDispose(RetryManagerBase);

/** The options, if each is known and makes sense. */
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

/** Refuses an object that is there and is not what is expected. */
function requireMember(field, value, member, expected) {
  if (value === undefined || value === null || typeof value[member] === "function") return;
  throw new SteadfastError("config.type", `${field}: expected ${expected}, not ${describe(value)}`, field);
}
