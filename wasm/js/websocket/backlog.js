import { boundsOf, makeRoom } from "../connection/outbox-bounds.js";
import { Outbox } from "../connection/outbox.js";
import { byteLength, kept } from "../connection/payload.js";

/** @import { OutboxOptions, Payload } from "../index.js" */

/** The messages of a `SteadfastWebSocket` while it has no connection that takes them, within the bounds of its outbox. */
export class Backlog {
  #outbox = new Outbox();
  /** @type {ReturnType<typeof boundsOf>} */
  #bounds;
  #next = 0;
  /** The bytes that were given and that nothing will be sent of, as a `WebSocket` counts them once it is closed. */
  #discarded = 0;

  /**
   * A backlog with the bounds of the option `outbox`.
   * @param {OutboxOptions | undefined} outbox
   */
  constructor(outbox) {
    this.#bounds = boundsOf(outbox);
  }

  /** The bytes that wait, and those that were discarded. */
  get bytes() {
    return this.#outbox.bytes + this.#discarded;
  }

  /**
   * Keeps what a connection has not sent of all the bytes that it was given. The others a socket has taken.
   * @param {[payload: Payload, ttl: number | undefined][]} waiting
   * @param {number} bytes
   */
  keepAll(waiting, bytes) {
    const before = this.#outbox.bytes;
    for (const [payload, ttl] of waiting) this.keep(payload, ttl);
    this.#discarded += Math.max(bytes - (this.#outbox.bytes - before), 0);
  }

  /**
   * Keeps a message, for `ttl` ms if it is given; one for which there is no room is discarded.
   * @param {Payload} payload
   * @param {number} [ttl]
   */
  keep(payload, ttl = this.#bounds.ttl) {
    const bytes = byteLength(payload);
    const message = this.#next++;
    this.#outbox.deleteExpired();
    /** @type {number[]} */
    let dropped;
    try {
      dropped = makeRoom(this.#outbox, this.#bounds, message, bytes);
    } catch {
      dropped = [message];
    }
    if (dropped.includes(message)) this.#discarded += bytes;
    else this.#outbox.set(message, kept(payload), bytes, ttl);
  }

  /** Takes out all that waits: each payload, and for how many ms it is kept yet, if there is a limit. */
  take() {
    this.#discarded = 0;
    return this.#outbox.take();
  }
}
