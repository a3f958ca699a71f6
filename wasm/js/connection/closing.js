import { SteadfastError, requireNumber } from "../common/error.js";

/** @import { Socket } from "./contracts.js" */

/** How long a close may take by default, and at most, in ms. */
const CLOSE_TIMEOUT = 3000;
const LONGEST_CLOSE_TIMEOUT = 600_000;
/** How long the peer may take to answer a goodbye after everything has left, in ms. */
const LINGER = 1000;
/** `WebSocket.CLOSED`; the class may be the user's. */
const CLOSED = 3;

/**
 * The limit of a close, as the option `field` says.
 * @param {string} field
 * @param {unknown} given
 */
export function closeLimit(field, given = CLOSE_TIMEOUT) {
  requireNumber(field, given);
  if (given >= 0 && given <= LONGEST_CLOSE_TIMEOUT) return given;
  const message = `${field} is ${given}; allowed is 0 to ${LONGEST_CLOSE_TIMEOUT} ms`;
  throw new SteadfastError("config.out_of_range", message, field);
}

/** A close that sends what waits first: it ends once that is done, after the limit at the latest, or when it is taken back. */
export class Closing {
  /**
   * Resolves when the rest is sent, or cannot be any more: to whether the close was not taken back.
   * @type {Promise<boolean>}
   */
  done;
  /** @type {number} When it ends; no number before the first limit. */
  #by;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {(isClosed: boolean) => void} */
  #resolve;

  constructor() {
    this.done = new Promise((resolve) => (this.#resolve = resolve));
  }

  /**
   * The limit ends that number of ms from now, unless it ends earlier already.
   * @param {number} ms
   */
  limit(ms) {
    const by = performance.now() + ms;
    if (this.#by <= by) return;
    this.#by = by;
    clearTimeout(this.#timer);
    // The driver has the same limit. Before there is one, this timer is all there is.
    this.#timer = setTimeout(() => this.end(), ms);
  }

  /** How long it may take yet, in ms. */
  get rest() {
    return Math.max(this.#by - performance.now(), 0);
  }

  end(isClosed = true) {
    clearTimeout(this.#timer);
    this.#resolve(isClosed);
  }
}

/**
 * Resolves when `socket`, which was open and is being closed, has ended: its peer has got everything. A peer that does not
 * answer is waited for no longer than a second after everything has left.
 * @param {Socket} socket
 * @returns {Promise<void> | undefined}
 */
export function goodbye(socket) {
  if (socket.readyState === CLOSED) return undefined;
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      socket.onclose = null;
      resolve();
    };
    const look = () => (socket.bufferedAmount > 0 ? (timer = setTimeout(look, LINGER)) : done());
    let timer = setTimeout(look, LINGER);
    socket.onclose = done;
  });
}

/**
 * Resolves with `promise`, or after `ms` milliseconds.
 * @param {number} ms
 * @param {Promise<unknown>} promise
 */
export function within(ms, promise) {
  /** @type {ReturnType<typeof setTimeout>} */
  let timer;
  const late = new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  return Promise.race([promise, late]).finally(() => clearTimeout(timer));
}

/**
 * A promise, and what resolves it. (`Promise.withResolvers` is too young.)
 * @returns {{ promise: Promise<void>, resolve: (value: void | Promise<void>) => void }}
 */
export function resolvable() {
  /** @type {(value: void | Promise<void>) => void} */
  let resolve;
  const promise = new Promise((resolver) => (resolve = resolver));
  // @ts-expect-error: a promise calls its function before it is made
  return { promise, resolve };
}
