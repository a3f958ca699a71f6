/** @type {(attempt: Attempt, reason: unknown) => void} Tells the operation that one of its attempts is given up. */
export let abandon;

/** What an operation is handed: the number of the attempt, from 1, and what tells that it is given up. */
export class Attempt {
  static {
    abandon = (attempt, reason) => {
      attempt.#abandoned = true;
      attempt.#reason = reason;
      attempt.#controller?.abort(reason);
    };
  }

  /** @type {number} */
  attempt;
  /** @type {AbortController | undefined} */
  #controller;
  /** @type {boolean | undefined} */
  #abandoned;
  /** @type {unknown} */
  #reason;

  /** @param {number} attempt */
  constructor(attempt) {
    this.attempt = attempt;
  }

  /** Made on demand: most operations never need it, and it costs more than all the rest. */
  get signal() {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.#abandoned) this.#controller.abort(this.#reason);
    }
    return this.#controller.signal;
  }
}
