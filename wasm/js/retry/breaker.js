import { Attempt, abandon } from "./attempt.js";
import { requireKnown } from "./call-options.js";
import { dispatch } from "../common/callback.js";
import { closeOnDispose } from "../common/dispose.js";
import { SteadfastError, requireFunction, requireNumber, requireText } from "../common/error.js";
import { CustomEvent, EventTarget } from "../platform/events.js";
import { FINAL, isFailedResponse, judge } from "./failure.js";
import { Breaker } from "../steadfast_services.js";

/** @import { BreakerOptions, CallOptions, CircuitEvent, CircuitSnapshot, CircuitState, ConsecutiveOptions, Operation } from "../index.js" */

/** @type {CircuitState[]} The states, by the module's numbers, and the events of becoming them. */
const STATES = ["CLOSED", "HALF_OPEN", "OPEN"];
/** @type {CircuitEvent["name"][]} */
const EVENTS = ["circuit.closed", "circuit.half_opened", "circuit.opened"];

/** In a permit: it is a probe; admitting it made the breaker half open. */
const PROBE = 2 ** 16;
const HALF_OPENED = 2 ** 17;

const SOON = Promise.resolve();

/** The options of `execute`. */
const OPTIONS = new Set(["classify", "signal"]);

/** The ways into a breaker for who makes the call himself. */
export let /** @type {(breaker: CircuitBreakerBase, now: number) => number} */ admit;
/** @type {(breaker: CircuitBreakerBase, permit: number, admittedAt: number, now: number, failed: boolean) => void} */
export let record;
/** @type {(breaker: CircuitBreakerBase, permit: number) => SteadfastError} */
export let refusal;
/** @type {(breaker: CircuitBreakerBase, permit: number) => void} */
export let giveBack;

/** What a `CircuitBreaker` does; the class itself belongs to an entry, which starts the module first. */
export class CircuitBreakerBase extends EventTarget {
  static {
    admit = (breaker, now) => breaker.#admit(now);
    record = (breaker, permit, admittedAt, now, failed) => breaker.#record(permit, admittedAt, now, failed);
    refusal = (breaker, permit) => breaker.#refusal(permit);
    giveBack = (breaker, permit) => breaker.#inner?.giveBack(permit);
  }

  /** @type {Breaker | undefined} */
  #inner;
  /** @type {string} */
  #id;
  /** @type {string} The message of a refusal. */
  #refused;
  /** @type {boolean} */
  #judgesByTime;
  /** The permit that every call has while it is closed; −1 while it is not, or not known to be. */
  #closed = -1;

  /** @param {ConsecutiveOptions | BreakerOptions} [options] */
  constructor({ circuitId = "unnamed", threshold, timeout, ...config } = {}) {
    super();
    requireText("circuitId", circuitId);
    this.#id = circuitId;
    this.#refused = `the circuit ${circuitId} is open`;
    this.#inner = threshold === undefined && timeout === undefined ? new Breaker(config) : consecutive(threshold, timeout);
    this.#judgesByTime = this.#inner.judgesByTime;
  }

  get circuitId() {
    return this.#id;
  }

  get state() {
    return STATES[this.#open.state];
  }

  /** @template Result @param {Operation<Result>} operation @param {CallOptions} [options] @returns {Promise<Result>} */
  execute(operation, options) {
    try {
      requireFunction("operation", operation);
      if (options !== undefined) requireKnown(options, OPTIONS);
    } catch (error) {
      return Promise.reject(error);
    }
    if (options !== undefined) return new Promise((resolve, reject) => this.#call(operation, options, resolve, reject));
    const admittedAt = this.#closed < 0 || this.#judgesByTime ? performance.now() : 0;
    let result;
    let permit;
    let isThenable;
    try {
      permit = this.#admit(admittedAt);
      if (permit < 0) return this.#refuse(permit);
      result = operation(new Attempt(1));
      isThenable = typeof (/** @type {Unchecked} */ (result)?.then) === "function";
    } catch (error) {
      return Promise.reject(permit === undefined ? error : this.#threw(error, permit, admittedAt));
    }
    if (!isThenable) return Promise.resolve(this.#returned(result, permit, admittedAt));
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    return promise.then(
      (value) => this.#returned(value, permit, admittedAt),
      (error) => {
        throw this.#threw(error, permit, admittedAt);
      },
    );
  }

  forceOpen() {
    this.#changed(this.#open.forceOpen());
  }

  forceClosed() {
    this.#changed(this.#open.forceClosed());
  }

  reset() {
    this.#open.reset();
    this.#closed = -1;
    this.#tell("circuit.reset");
  }

  snapshot() {
    return this.#open.snapshot();
  }

  /** @param {CircuitSnapshot} snapshot */
  restore(snapshot) {
    this.#changed(this.#open.restore(snapshot));
  }

  close() {
    this.#inner?.free();
    this.#inner = undefined;
    this.#closed = -1;
  }

  get #open() {
    if (this.#inner) return this.#inner;
    throw new SteadfastError("circuit.disposed", `the circuit ${this.#id} is not used any more`);
  }

  /**
   * A call that can be given up, or whose failures the user judges.
   * @template Result
   * @param {Operation<Result>} operation
   * @param {CallOptions} options
   * @param {(value: Result) => void} resolve
   * @param {(reason: unknown) => void} reject
   */
  #call(operation, options, resolve, reject) {
    const { signal, classify } = options;
    if (classify !== undefined) requireFunction("classify", classify);
    if (signal?.aborted) return reject(cancelled(this.#id, signal.reason));
    const admittedAt = performance.now();
    const permit = this.#admit(admittedAt);
    if (permit < 0) return reject(this.#refusal(permit));
    const attempt = new Attempt(1);
    let over = false;
    const onAbort = () => {
      if (!end()) return;
      this.#inner?.giveBack(permit);
      reject(cancelled(this.#id, /** @type {AbortSignal} */ (signal).reason));
      abandon(attempt, /** @type {AbortSignal} */ (signal).reason);
    };
    const end = () => {
      if (over) return false;
      signal?.removeEventListener("abort", onAbort);
      return (over = true);
    };
    signal?.addEventListener("abort", onAbort);
    // Starts at once, and takes what is thrown for a rejection.
    const outcome = new Promise((resolve) => resolve(operation(attempt))).then(
      (value) => end() && resolve(this.#returned(value, permit, admittedAt, options)),
      // The operation may hear of the signal before this breaker does.
      (error) => (signal?.aborted ? onAbort() : end() && reject(this.#threw(error, permit, admittedAt, options))),
    );
    // The user's judgement may throw as well.
    outcome.catch((error) => {
      this.#inner?.giveBack(permit);
      reject(error);
    });
  }

  /** @param {number} now */
  #admit(now) {
    if (this.#closed >= 0) return this.#closed;
    const permit = this.#open.admit(now);
    if (permit >= HALF_OPENED) {
      this.#tell(EVENTS[1]);
      return permit - HALF_OPENED;
    }
    if (permit >= 0 && permit < PROBE) this.#closed = permit;
    return permit;
  }

  /**
   * @template Result
   * @param {Result} value
   * @param {number} permit
   * @param {number} admittedAt
   * @param {CallOptions} [options]
   */
  #returned(value, permit, admittedAt, options) {
    const failed = isFailedResponse(value) && judge(value, options, 1).kind !== FINAL;
    this.#record(permit, admittedAt, failed || this.#judgesByTime || permit >= PROBE ? performance.now() : 0, failed);
    return value;
  }

  /**
   * Gives the error back.
   * @param {unknown} error
   * @param {number} permit
   * @param {number} admittedAt
   * @param {CallOptions} [options]
   */
  #threw(error, permit, admittedAt, options) {
    const { kind, cancelled } = judge(error, options, 1);
    if (cancelled) this.#inner?.giveBack(permit);
    else this.#record(permit, admittedAt, performance.now(), kind !== FINAL);
    return error;
  }

  /** @param {number} permit @param {number} admittedAt @param {number} now @param {boolean} failed */
  #record(permit, admittedAt, now, failed) {
    // It may have been closed meanwhile.
    const became = this.#inner?.record(permit, admittedAt, now, failed) ?? -1;
    if (became >= 0) this.#changed(became);
  }

  /**
   * Rejects when somebody listens: engines make much of a rejection that nobody does.
   * @param {number} permit
   * @returns {Promise<never>}
   */
  #refuse(permit) {
    return SOON.then(() => {
      throw this.#refusal(permit);
    });
  }

  /**
   * Made without a stack: a breaker that is open is asked often, and the stack is what an error costs.
   * @param {number} permit
   */
  #refusal(permit) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = 0;
    /** @type {SteadfastError & { retryIn?: number }} */
    const error = new SteadfastError("circuit.open", this.#refused);
    Error.stackTraceLimit = limit;
    error.retryIn = -1 - permit;
    return error;
  }

  /** @param {number} state */
  #changed(state) {
    this.#closed = -1;
    if (state >= 0) this.#tell(EVENTS[state]);
  }

  /** @param {CircuitEvent["name"]} name */
  #tell(name) {
    const detail = { at: Date.now(), name, circuitId: this.#id };
    dispatch(this, new CustomEvent(name, { detail }));
  }
}

closeOnDispose(CircuitBreakerBase);

/** @param {string} circuitId @param {unknown} reason */
function cancelled(circuitId, reason) {
  const error = new SteadfastError("circuit.cancelled", `a call through the circuit ${circuitId} was cancelled`);
  error.cause = reason;
  return error;
}

function consecutive(threshold = 5, timeout = 30_000) {
  requireNumber("threshold", threshold);
  requireNumber("timeout", timeout);
  return Breaker.consecutive(threshold, timeout);
}
