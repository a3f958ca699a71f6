import { SteadfastError, requireNumber } from "./error.js";

const DAY = 86_400_000;

/** How long a message may wait, as its sender says. */
export function timeToLive(options) {
  const ttl = options?.ttl;
  if (ttl === undefined) return undefined;
  requireNumber("ttl", ttl);
  if (ttl > 0 && ttl <= DAY) return ttl;
  throw new SteadfastError("config.out_of_range", `ttl is ${ttl}; allowed is more than 0 ms and at most a day`, "ttl");
}

/** The payloads of the messages that the connection is not done with, in order, by their numbers. */
export class Outbox {
  /** Their lengths on the wire, together. */
  bytes = 0;
  #waiting = new Map();

  get size() {
    return this.#waiting.size;
  }

  /** Keeps a message; for `ttl` ms, if it is given. */
  set(message, payload, bytes, ttl) {
    const until = ttl === undefined ? undefined : performance.now() + ttl;
    this.#waiting.set(message, { payload, bytes, until });
    this.bytes += bytes;
  }

  /** The payload of a message. */
  get(message) {
    return this.#waiting.get(message)?.payload;
  }

  /** Lets go of a message. */
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

  /** The number of each message, its length, and for how long it is to be kept yet, if there is a limit. */
  *entries() {
    const now = performance.now();
    for (const [message, { bytes, until }] of this.#waiting) {
      yield [message, bytes, until === undefined ? undefined : Math.max(until - now, 1)];
    }
  }

  /** The number of each message, and so many `more`, and its payload. */
  payloads(more) {
    return Array.from(this.#waiting, ([message, { payload }]) => [message + more, payload]);
  }

  clear() {
    this.#waiting.clear();
    this.bytes = 0;
  }
}
