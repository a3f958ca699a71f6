import { SteadfastError } from "../common/error.js";

/** Maximum number of messages that wait for an iterator; a connection that brings more, faster than they are taken, is an error. */
const MOST_WAITING = 10_000;

/** @typedef {string | ArrayBuffer} Message */

/** The messages of a connection, in order, from now on. */
export class Messages {
  /** @type {(Message | undefined)[]} */
  #waiting = [];
  #first = 0;
  /** @type {{ resolve: (result: IteratorResult<Message>) => void }[]} */
  #asking = [];
  #ended = false;
  /** @type {unknown} */
  #error;
  /** @type {(ended: Messages) => void} */
  #onReturn;

  /**
   * Calls `onReturn` when nobody iterates any more.
   * @param {(ended: Messages) => void} onReturn
   */
  constructor(onReturn) {
    this.#onReturn = onReturn;
  }

  /**
   * A message came.
   * @param {Message} message
   */
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

  /**
   * No more will come. Those that wait can still be taken.
   * @param {unknown} [error]
   */
  end(error) {
    if (this.#ended) return;
    this.#ended = true;
    this.#error = error;
    for (const { resolve } of this.#asking.splice(0)) resolve({ done: true, value: undefined });
    this.#onReturn(this);
  }

  /** @returns {Promise<IteratorResult<Message>>} */
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

  /** @returns {Promise<IteratorResult<Message>>} */
  return() {
    this.end();
    this.#waiting.length = this.#first = 0;
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator]() {
    return this;
  }

  /** @returns {any} any: a message, and no empty place */
  #take() {
    const message = this.#waiting[this.#first];
    this.#waiting[this.#first++] = undefined;
    if (this.#first === this.#waiting.length) this.#waiting.length = this.#first = 0;
    return message;
  }
}
