import { Attempt, abandon } from "./attempt.js";
import { admit, giveBack, record, refusal } from "./breaker.js";
import { SteadfastError, requireNumber } from "../common/error.js";
import { FINAL, Judgement, discard, isFailedResponse, judge } from "./failure.js";
import { Wait } from "./wait.js";

/** @import { CircuitBreakerBase } from "./breaker.js" */
/** @import { DelayFunction, Operation, OperationState, RetryCallOptions, RetryStrategy } from "../index.js" */
/** @import { Known } from "./policies.js" */
/** @import { Name } from "./retry.js" */
/** @import { Operations } from "./operations.js" */
/** @import { RetryThrottleBase } from "./throttle.js" */

/** Why the module gives up, as it says it. */
const DEADLINE = -2;
const THROTTLED = -5;
const SERVER_WAIT = -6;

/** @typedef {Omit<RetryCallOptions, "throttle"> & { throttle?: RetryThrottleBase }} Options */

/**
 * One operation under way. It makes the attempts and waits between them; whether there is another, and when, the module
 * says.
 *
 * The module hears of an operation when an attempt of it fails. One that succeeds at once costs one call.
 */
export class Run {
  /** @type {Run | undefined} The neighbours in the list of operations. */
  previous;
  /** @type {Run | undefined} */
  next;

  /** @type {Name} */
  name;
  /** @type {Options | undefined} */
  options;

  /** @type {Operations} */
  #operations;
  /** @type {Known} */
  #policy;
  /** @type {DelayFunction | undefined} A strategy that is a function. */
  #strategy;
  /** @type {CircuitBreakerBase | undefined} */
  #circuit;
  /** @type {Operation<any>} any: whatever the operation gives is handed on */
  #operation;
  /** @type {(value: any) => void} any: as above */
  #resolve;
  /** @type {(reason: unknown) => void} */
  #reject;
  #settled = false;
  /** @type {unknown} Why it was cancelled, where there was no promise yet to reject. */
  #cancelled;
  /** The module's key, as soon as it has one. */
  #key = -1;
  /** When it began, if that matters to anybody. */
  #began = -1;
  /** The number of the attempt that is being made, or was made last. */
  #number = 1;
  /** @type {unknown} How the last attempt failed. */
  #lastError;
  /** @type {Attempt | undefined} What the operation was handed, while it runs. */
  #current;
  /** @type {number | undefined} When the next attempt is due, while it waits. */
  #nextAt;
  #permit = -1;
  #admittedAt = 0;
  /** @type {Wait | undefined} */
  #wait;
  /** @type {(() => void) | undefined} */
  #onAbort;

  /**
   * @param {Operations} operations
   * @param {Name} name
   * @param {Known} policy
   * @param {RetryStrategy | DelayFunction | undefined} strategy
   * @param {CircuitBreakerBase | undefined} circuit
   * @param {Operation<any>} operation any: as above
   * @param {Options | undefined} options
   */
  constructor(operations, name, policy, strategy, circuit, operation, options) {
    this.#operations = operations;
    this.name = name;
    this.#policy = policy;
    if (typeof strategy === "function") this.#strategy = strategy;
    this.#circuit = circuit;
    this.#operation = operation;
    this.options = options;
  }

  get state() {
    /** @type {OperationState} */
    const state = { operationId: this.name.text, attempt: this.#number };
    if (this.#nextAt !== undefined) state.nextAttemptAt = performance.timeOrigin + this.#nextAt;
    return state;
  }

  /** Begins, and gives the promise of its result. */
  start() {
    const plain = this.options === undefined && this.#circuit === undefined && !this.#policy.hasDeadline;
    return plain && !this.#operations.watched ? this.#startPlainly() : this.#promise(() => this.#begin());
  }

  #begin() {
    const signal = this.options?.signal;
    if (signal) {
      if (signal.aborted) return this.cancel(signal.reason);
      this.#onAbort = () => this.cancel(signal.reason);
      signal.addEventListener("abort", this.#onAbort);
    }
    if (this.#policy.hasDeadline || this.#operations.watched) this.#began = performance.now();
    this.#try();
  }

  /**
   * Gives it up, from outside.
   * @param {unknown} reason
   */
  cancel(reason) {
    if (this.#settled) return;
    const now = performance.now();
    if (this.#key < 0) this.#announce(now);
    this.#operations.inner.cancel(this.#key, now);
    if (this.#permit >= 0) giveBack(/** @type {CircuitBreakerBase} */ (this.#circuit), this.#permit);
    const current = this.#current;
    const message = `the operation ${this.name.text} was cancelled`;
    this.#cancelled = withCause(new SteadfastError("retry.cancelled", message), reason);
    this.#settle(() => this.#reject?.(this.#cancelled));
    if (current) abandon(current, reason);
  }

  /**
   * The first attempt where nobody asks for more than the result. A promise of its own, which costs more than all the
   * rest, it gets when that fails; until then it is what follows from the operation's.
   */
  #startPlainly() {
    const attempt = (this.#current = new Attempt(this.#number));
    let result;
    try {
      result = this.#operation(attempt);
      if (typeof result?.then !== "function") return Promise.resolve(this.#returnedPlainly(attempt, result));
    } catch (error) {
      return this.#promise(() => this.#threw(attempt, error));
    }
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    return promise.then(
      (value) => this.#returnedPlainly(attempt, value),
      (error) => this.#promise(() => this.#threw(attempt, error)),
    );
  }

  /** @param {Attempt} attempt @param {unknown} value */
  #returnedPlainly(attempt, value) {
    if (this.#settled || isFailedResponse(value)) return this.#promise(() => this.#returned(attempt, value));
    this.#operations.inner.succeededAtOnce(this.name.inner, 0, Date.now());
    this.#settle();
    return value;
  }

  /** @param {() => void} begin @returns {Promise<any>} any: as above */
  #promise(begin) {
    return new Promise((resolve, reject) => {
      if (this.#settled) return reject(this.#cancelled);
      this.#resolve = resolve;
      this.#reject = reject;
      begin();
    });
  }

  #try() {
    const attempt = (this.#current = new Attempt(this.#number));
    let result;
    let isThenable;
    try {
      if (this.#circuit !== undefined) {
        if (!this.#admit(attempt)) return;
      }
      if (this.options?.perAttemptTimeout !== undefined) this.#limit(attempt, this.options.perAttemptTimeout);
      result = this.#operation(attempt);
      isThenable = typeof result?.then === "function";
    } catch (error) {
      return this.#threw(attempt, error);
    }
    if (!isThenable) return this.#returned(attempt, result);
    // What is no promise may throw instead of rejecting, or settle twice.
    const promise = result instanceof Promise ? result : Promise.resolve(result);
    promise.then(
      (value) => this.#returned(attempt, value),
      (error) => this.#threw(attempt, error),
    );
  }

  /**
   * Whether the circuit lets the attempt through; a listener may also have cancelled it meanwhile.
   * @param {Attempt} attempt
   */
  #admit(attempt) {
    this.#admittedAt = performance.now();
    const permit = admit(/** @type {CircuitBreakerBase} */ (this.#circuit), this.#admittedAt);
    if (permit >= 0 && !this.#settled) {
      this.#permit = permit;
      return true;
    }
    if (permit >= 0) giveBack(/** @type {CircuitBreakerBase} */ (this.#circuit), permit);
    else this.#threw(attempt, withCause(refusal(/** @type {CircuitBreakerBase} */ (this.#circuit), permit), this.#lastError));
    return false;
  }

  /**
   * Gives the attempt up when it takes too long.
   * @param {Attempt} attempt
   * @param {number} millis
   */
  #limit(attempt, millis) {
    this.#wait = new Wait(millis, () => {
      const error = new DOMException(`the attempt took longer than ${millis} ms`, "TimeoutError");
      this.#threw(attempt, error);
      abandon(attempt, error);
    });
  }

  /** @param {Attempt} attempt @param {unknown} value */
  #returned(attempt, value) {
    if (attempt !== this.#current) return;
    if (isFailedResponse(value)) {
      return this.#failed(value, (reason) => {
        // Every other reason leaves the response as the answer.
        if (reason?.code === "retry.server_wait") this.#reject(withCause(reason, value));
        else this.#resolve(value);
      });
    }
    const now = performance.now();
    const { inner } = this.#operations;
    if (this.#permit >= 0) this.#record(now, false);
    const { throttle } = this.options ?? {};
    throttle?.swap(inner);
    if (this.#key < 0) {
      inner.succeededAtOnce(this.name.inner, this.#began < 0 ? 0 : now - this.#began, performance.timeOrigin + now);
    } else {
      inner.succeeded(this.#key, now);
    }
    throttle?.swap(inner);
    this.#settle(() => this.#resolve(value));
    this.#operations.tell(this);
  }

  /** @param {Attempt} attempt @param {unknown} error */
  #threw(attempt, error) {
    if (attempt !== this.#current) return;
    this.#failed(error, (reason) => this.#reject(reason === undefined ? error : withCause(reason, error)));
  }

  /**
   * The attempt has failed. If it was the last, `end` hands the failure on, or why there was no other.
   * @param {unknown} failure
   * @param {(reason: SteadfastError | undefined) => void} end
   */
  #failed(failure, end) {
    const { signal } = this.options ?? {};
    // The operation may hear of the signal before this run does.
    if (signal?.aborted) return this.cancel(signal.reason);
    this.#wait?.cancel();
    this.#current = undefined;
    let judgement;
    try {
      judgement = judge(failure, this.options, this.#number);
    } catch (error) {
      judgement = new Judgement(FINAL, -1, true);
      end = () => this.#reject(error);
    }
    const now = performance.now();
    if (this.#permit >= 0) this.#judged(now, judgement);
    let own = -1;
    try {
      own = this.#ownDelay(judgement, failure);
    } catch (error) {
      judgement = new Judgement(FINAL);
      end = () => this.#reject(error);
    }
    if (this.#settled) return;
    const delay = this.#decide(now, judgement, own);
    if (delay >= 0) {
      this.#lastError = failure;
      discard(failure);
      this.#nextAt = now + delay;
      this.#wait = new Wait(delay, () => this.#again());
    } else {
      this.#settle(() => end(this.#reasonOf(delay, judgement.retryAfter)));
    }
    this.#operations.tell(this, failure);
  }

  /**
   * How long a strategy of the user's own waits, in ms; −1 to leave it to the module. Throws what it throws.
   * @param {Judgement} judgement
   * @param {unknown} failure
   */
  #ownDelay({ kind }, failure) {
    if (this.#strategy === undefined || kind === FINAL || this.#number >= this.#policy.maxAttempts) return -1;
    const delay = this.#strategy(this.#number, failure);
    if (delay === undefined) return -1;
    requireNumber("strategy", delay);
    if (delay >= 0 && delay < Infinity) return delay;
    const message = `strategy returned ${delay}; allowed is a finite number of ms, at least 0, or undefined`;
    throw withCause(new SteadfastError("config.out_of_range", message, "strategy"), failure);
  }

  /** @param {number} now @param {Judgement} judgement @param {number} own */
  #decide(now, { kind, retryAfter }, own) {
    const { inner } = this.#operations;
    const { throttle } = this.options ?? {};
    throttle?.swap(inner);
    if (this.#key < 0) this.#announce(now);
    const delay = inner.failed(this.#key, now, kind, retryAfter, own);
    throttle?.swap(inner);
    return delay;
  }

  #again() {
    this.#nextAt = undefined;
    this.#number = this.#operations.inner.resumed(this.#key, performance.now());
    this.#try();
  }

  /** @param {number} now */
  #announce(now) {
    this.#key = this.#operations.inner.begin(this.name.inner, this.#policy.inner, this.#began < 0 ? now : this.#began);
  }

  /** @param {number} now @param {boolean} failed */
  #record(now, failed) {
    const permit = this.#permit;
    this.#permit = -1;
    record(/** @type {CircuitBreakerBase} */ (this.#circuit), permit, this.#admittedAt, now, failed);
  }

  /**
   * What the end of an attempt says to its circuit. A probe that was given up goes to the next caller.
   * @param {number} now
   * @param {Judgement} judgement
   */
  #judged(now, { kind, cancelled }) {
    if (!cancelled) return this.#record(now, kind !== FINAL);
    const permit = this.#permit;
    this.#permit = -1;
    giveBack(/** @type {CircuitBreakerBase} */ (this.#circuit), permit);
  }

  /** @param {number} verdict @param {number} retryAfter */
  #reasonOf(verdict, retryAfter) {
    const text = this.name.text;
    if (verdict === SERVER_WAIT) {
      const message = `${text} is not tried again: the server asked for a wait of ${retryAfter} ms, more than maxServerWait`;
      return Object.assign(new SteadfastError("retry.server_wait", message), { retryAfter });
    }
    if (verdict === DEADLINE) {
      return new SteadfastError("retry.deadline", `the next attempt of ${text} would begin after its deadline`);
    }
    if (verdict === THROTTLED) {
      return new SteadfastError("retry.throttled", `${text} is not tried again: too many retries fail at the moment`);
    }
    return undefined;
  }

  /**
   * Lets go of everything, and ends the promise.
   * @param {() => void} [end]
   */
  #settle(end) {
    this.#settled = true;
    this.#current = undefined;
    this.#nextAt = undefined;
    this.#wait?.cancel();
    if (this.#onAbort !== undefined) /** @type {{ signal: AbortSignal }} */ (this.options).signal.removeEventListener("abort", this.#onAbort);
    this.#operations.remove(this);
    end?.();
  }
}

/** @template {Error} Failure @param {Failure} error @param {unknown} cause */
function withCause(error, cause) {
  if (cause !== undefined) error.cause = cause;
  return error;
}
