import { throwLater } from "../common/callback.js";
import { SteadfastError } from "../common/error.js";
import { Retries } from "../steadfast_services.js";

/** @import { RetryEvent, RetryManagerOptions } from "../index.js" */
/** @import { Run } from "./run.js" */

/** The operations of a manager that are under way, and the listeners for their events. */
export class Operations {
  /** @type {Retries} The operations of the module. */
  inner;
  /** @type {Run | undefined} A list: the oldest, and the newest. */
  #first;
  /** @type {Run | undefined} */
  #last;
  #count = 0;
  /** @type {number} */
  #most;
  /** @type {(type: string, detail: RetryEvent) => void} */
  #dispatch;
  /** Whether anybody ever listened to the manager. */
  #heard = false;
  /** How many want events: the manager's listeners, and the operations with `onEvent`. */
  #watchers = 0;

  /**
   * Calls `dispatch` with the name and the detail of each event, once somebody listens.
   * @param {RetryManagerOptions | undefined} config
   * @param {(type: string, detail: RetryEvent) => void} dispatch
   */
  constructor(config, dispatch) {
    this.inner = new Retries(config);
    this.#most = this.inner.maxOperations;
    this.#dispatch = dispatch;
  }

  /** Whether somebody wants to know how long operations take. */
  get watched() {
    return this.#watchers > 0;
  }

  /**
   * An operation begins. Throws if it is one too many.
   * @param {Run} run
   */
  add(run) {
    if (this.#count >= this.#most) {
      const message = `operations is ${this.#count}; allowed is less than maxOperations`;
      throw new SteadfastError("config.out_of_range", message, "operations");
    }
    this.#count++;
    if (run.options?.onEvent) this.#watch(1);
    run.previous = this.#last;
    if (this.#last) this.#last.next = run;
    else this.#first = run;
    this.#last = run;
  }

  /**
   * An operation is over.
   * @param {Run} run
   */
  remove(run) {
    this.#count--;
    if (run.previous) run.previous.next = run.next;
    else this.#first = run.next;
    if (run.next) run.next.previous = run.previous;
    else this.#last = run.previous;
    // It is still to be told how it ended.
    if (run.options?.onEvent) queueMicrotask(() => this.#watch(-1));
  }

  *[Symbol.iterator]() {
    for (let run = this.#first; run; run = run.next) yield run;
  }

  /** Somebody listens to the manager from now on. */
  hear() {
    if (this.#heard) return;
    this.#heard = true;
    this.#watch(1);
  }

  /**
   * Tells of what has just happened to an operation, once that is ready for being called back.
   * @param {Run} run
   * @param {unknown} [error]
   */
  tell(run, error) {
    if (this.#watchers === 0) return;
    const events = [];
    for (let next = this.inner?.nextEvent(); next; next = this.inner.nextEvent()) events.push(next);
    for (const [operationId, event] of events) {
      const detail = /** @type {RetryEvent} */ ({ operationId, ...event });
      if (event.name === "retry.failed") /** @type {{ error: unknown }} */ (detail).error = error;
      callBack(run.options?.onEvent, detail);
      if (this.#heard) this.#dispatch(event.name, detail);
    }
  }

  /**
   * Cancels all, and frees those of the module.
   * @param {unknown} reason
   */
  close(reason) {
    for (const run of [...this]) run.cancel(reason);
    this.inner.free();
    // @ts-expect-error: nothing asks for it any more, but what is over already
    this.inner = undefined;
  }

  /** @param {number} more */
  #watch(more) {
    this.#watchers += more;
    this.inner?.watch(this.watched);
  }
}

/**
 * Calls the user; an error of the user's is reported, and no reason not to go on.
 * @param {((event: RetryEvent) => void) | undefined} listener
 * @param {RetryEvent} detail
 */
function callBack(listener, detail) {
  try {
    listener?.(detail);
  } catch (error) {
    throwLater(error);
  }
}
