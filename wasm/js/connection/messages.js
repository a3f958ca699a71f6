import { SteadfastError } from "../common/error.js";

/** Maximum number of messages that wait for an iterator; a connection that brings more, faster than they are taken, is an error. */
const MOST_WAITING = 10_000;

/** The messages of a connection, in order, from now on. */
export class Messages {
  #waiting = [];
  #first = 0;
  #asking = [];
  #ended = false;
  #error;
  #onReturn;

  /** Calls `onReturn` when nobody iterates any more. */
  constructor(onReturn) {
    this.#onReturn = onReturn;
  }

  /** A message came. */
  push(message) {
    if (this.#ended) return;
    const asked = this.#asking.shift();
    if (asked) return asked.resolve({ done: false, value: message });
    if (this.#waiting.length - this.#first >= MOST_WAITING) {
      const error = new SteadfastError("messages.overflow", `${MOST_WAITING} messages wait to be taken, which is the most`);
      return this.end(error);
    }
    this.#waiting.push(message);
  }

  /** No more will come. Those that wait can still be taken. */
  end(error) {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const { resolve } of this.#asking.splice(0)) resolve({ done: true, value: undefined });
    this.#onReturn(this);
  }

  next() {
    if (this.#first < this.#waiting.length) return Promise.resolve({ done: false, value: this.#take() });
    if (this.#error !== undefined) {
      const error = this.#error;
      this.#error = undefined;
      return Promise.reject(error);
    }
    if (this.#ended) return Promise.resolve({ done: true, value: undefined });
    return new Promise((resolve) => this.#asking.push({ resolve }));
  }

  return() {
    this.end();
    this.#waiting.length = this.#first = 0;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  #take() {
    const message = this.#waiting[this.#first];
    this.#waiting[this.#first++] = undefined;
    if (this.#first === this.#waiting.length) this.#waiting.length = this.#first = 0;
    return message;
  }
}
