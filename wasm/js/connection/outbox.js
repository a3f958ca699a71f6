import { TTL_MAX } from "../common/constants.js";
import { SteadfastError, describe, requireNumber } from "../common/error.js";

/** @import { KeptPayload } from "./contracts.js" */

/**
 * How long a message may wait, as its sender says.
 * @param {unknown} options
 * @returns {number | undefined}
 */
export function timeToLive(options) {
  if (options === undefined || options === null) return undefined;
  if (typeof options !== "object") {
    throw new SteadfastError("config.type", `options: expected an object, not ${describe(options)}`, "options");
  }
  const { ttl } = /** @type {{ ttl?: unknown }} */ (options);
  return ttl === undefined ? undefined : checkedTtl("ttl", ttl);
}

/**
 * A time to live of this name, if it makes sense.
 * @param {string} field
 * @param {unknown} ttl
 */
export function checkedTtl(field, ttl) {
  requireNumber(field, ttl);
  if (ttl > 0 && ttl <= TTL_MAX) return ttl;
  throw new SteadfastError("config.out_of_range", `${field} is ${ttl}; allowed is more than 0 ms and at most a day`, field);
}

/** @typedef {{ payload: KeptPayload, bytes: number, until: number | undefined, wasHandedOver: boolean }} Entry */

/** The payloads of the messages that the connection is not done with, in order, by their numbers. */
export class Outbox {
  /** Their lengths on the wire, together. */
  bytes = 0;
  /** @type {Map<number, Entry>} */
  #waiting = new Map();

  get size() {
    return this.#waiting.size;
  }

  /**
   * Keeps a message; for `ttl` ms, if it is given.
   * @param {number} message
   * @param {KeptPayload} payload
   * @param {number} bytes
   * @param {number} [ttl]
   */
  set(message, payload, bytes, ttl) {
    const until = ttl === undefined ? undefined : performance.now() + ttl;
    this.#waiting.set(message, { payload, bytes, until, wasHandedOver: false });
    this.bytes += bytes;
  }

  /**
   * The payload of a message.
   * @param {number} message
   */
  get(message) {
    return this.#waiting.get(message)?.payload;
  }

  /**
   * A socket has taken a message, which stays until the server acknowledges it.
   * @param {number} message
   */
  handedOver(message) {
    const entry = this.#waiting.get(message);
    if (entry) entry.wasHandedOver = true;
  }

  /**
   * Lets go of a message.
   * @param {number} message
   */
  delete(message) {
    this.bytes -= this.#waiting.get(message)?.bytes ?? 0;
    this.#waiting.delete(message);
  }

  /** Lets go of the message that has waited longest, and gives its number. */
  deleteFirst() {
    const [message] = this.#waiting.keys();
    this.delete(message);
    return message;
  }

  /** Lets go of the messages that have waited for too long, and gives their numbers. */
  deleteExpired() {
    const now = performance.now();
    const expired = Array.from(this.#waiting).filter(([, { until }]) => /** @type {number} */ (until) <= now);
    return expired.map(([message]) => {
      this.delete(message);
      return message;
    });
  }

  /**
   * Takes out what no socket has taken: each payload, and for how many ms it is kept yet, if there is a limit.
   * @returns {[payload: KeptPayload, ttl: number | undefined][]}
   */
  take() {
    /** @type {[payload: KeptPayload, ttl: number | undefined][]} */
    const taken = [];
    for (const [message, , ttl] of this.entries()) {
      const { payload, wasHandedOver } = /** @type {Entry} */ (this.#waiting.get(message));
      if (!wasHandedOver) taken.push([payload, ttl]);
      this.delete(message);
    }
    return taken;
  }

  /**
   * The number of each message, its length, and for how long it is to be kept yet, if there is a limit.
   * @returns {Generator<[message: number, bytes: number, ttl: number | undefined]>}
   */
  *entries() {
    const now = performance.now();
    for (const [message, { bytes, until }] of this.#waiting) {
      yield [message, bytes, until === undefined ? undefined : Math.max(until - now, 1)];
    }
  }

  /**
   * The number of each message, plus `more`, and its payload.
   * @param {number} more
   * @returns {[number, KeptPayload][]}
   */
  payloads(more) {
    return Array.from(this.#waiting, ([message, { payload }]) => [message + more, payload]);
  }

  clear() {
    this.#waiting.clear();
    this.bytes = 0;
  }
}
