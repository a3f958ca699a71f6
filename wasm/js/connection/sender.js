import { SteadfastError } from "../common/error.js";
import { CONTROL_PREFIX, PROTOCOL, isControl } from "./frames.js";
import { boundsOf, makeRoom } from "./outbox-bounds.js";
import { Outbox, timeToLive } from "./outbox.js";
import { byteLength, isPayload, kept } from "./payload.js";
import { isOpen } from "./socket.js";

/** @import { Driver, EventDetail } from "../steadfast_connection.js" */
/** @import { Payload, SendOptions } from "../index.js" */
/** @import { KeptPayload, SavedSession, Socket } from "./contracts.js" */
/** @import { Session } from "./session.js" */

/** What `transmit` tells the driver: the numbers of sink.rs. */
const NOT_TAKEN = 0;
const SENT = 1;
const REFUSED = 2;
const BLOCKED = 3;

/** Sends messages: at once, if the link takes them, or by the outbox, which keeps their payloads until the driver releases them. */
export class Sender {
  /**
   * The difference between the driver's number of a message and the user's: the driver counts from the beginning of the
   * session, the user from the beginning of the connection.
   */
  offset = 0;
  /** @type {Session} */
  #session;
  #outbox = new Outbox();
  /** The number of the next message. */
  #next = 0;
  /** @type {{ resolve: () => void, reject: (error: unknown) => void }[]} Callers of `drained` that wait. */
  #draining = [];

  /**
   * Sends over the driver and the link of `session`.
   * @param {Session} session
   */
  constructor(session) {
    this.#session = session;
  }

  get waitingMessages() {
    return this.#outbox.size;
  }

  get waitingBytes() {
    return this.#outbox.bytes;
  }

  /** @param {Payload} data @param {SendOptions} [options] */
  send(data, options) {
    const ttl = timeToLive(options);
    const { driver, link } = this.#session;
    if (this.#session.mayBeAcknowledged && isControl(data)) {
      const problem = `a text that begins with ${CONTROL_PREFIX} is a message of ${PROTOCOL} itself`;
      throw new SteadfastError("message.reserved", problem);
    }
    const socket = link?.socket;
    const message = this.#next;
    // The usual case costs one call into the module, with numbers. A socket that is about to close would take the
    // message and lose it. A message with a limit of its own is judged by the driver if the socket's buffer is not empty.
    const buffered = socket?.bufferedAmount ?? 0;
    const mayPass = this.#outbox.size === 0 && (ttl === undefined || buffered === 0);
    if (socket && isOpen(socket) && mayPass && !link.isAcknowledged && isPayload(data)) {
      this.#next++;
      if (/** @type {Driver} */ (driver).pass(message + this.offset, byteLength(data), performance.now(), buffered)) {
        if (!this.#handOver(socket, data, message)) /** @type {Driver} */ (driver).refused(link.id, message + this.offset);
        return message;
      }
    }
    const bytes = byteLength(data);
    const payload = kept(data);
    if (!driver) return this.#sendEarly(message, payload, bytes, ttl);
    driver.admit(bytes);
    this.#next = message + 1;
    this.#outbox.set(message, payload, bytes, ttl);
    driver.enqueue(message + this.offset, bytes, ttl);
    this.#session.messagesChanged();
    return message;
  }

  /**
   * Resolves when no message waits. Rejects where no driver will send any.
   * @returns {Promise<void>}
   */
  drained() {
    if (this.#outbox.size === 0) return Promise.resolve();
    if (this.#session.failure) return Promise.reject(this.#session.failure);
    return new Promise((resolve, reject) => this.#draining.push({ resolve, reject }));
  }

  /**
   * The driver wants a message sent: hands its payload to the socket, unless more than `most` bytes lie in its buffer, and
   * returns the result.
   * @param {number} number
   * @param {number} most
   */
  transmit(number, most) {
    const socket = this.#session.link?.socket;
    const payload = this.#outbox.get(number - this.offset);
    if (!socket || !isOpen(socket)) return NOT_TAKEN;
    // The driver would wait for this message for ever, and with it for all that follow.
    if (payload === undefined) return REFUSED;
    if (socket.bufferedAmount > most) return BLOCKED;
    if (!this.#handOver(socket, payload, number - this.offset)) return REFUSED;
    this.#outbox.handedOver(number - this.offset);
    return SENT;
  }

  /**
   * Whether the socket took a message, which the class may refuse: an `error` event says why.
   * @param {Socket} socket
   * @param {Payload} payload
   * @param {number} message
   */
  #handOver(socket, payload, message) {
    try {
      socket.send(payload);
      return true;
    } catch (/** @type {Thrown} */ cause) {
      const problem = `message ${message} was dropped: the WebSocket refused it: ${cause?.message ?? cause}`;
      this.#session.publishError(Object.assign(new SteadfastError("message.refused", problem), { cause }));
      return false;
    }
  }

  /**
   * The driver is done with a message.
   * @param {number} number
   */
  release(number) {
    this.#outbox.delete(number - this.offset);
    this.#session.messagesChanged();
    if (this.#outbox.size === 0) for (const { resolve } of this.#draining.splice(0)) resolve();
  }

  /**
   * Changes the numbers of an event from the driver's to the user's.
   * @param {EventDetail} detail
   */
  renumber(detail) {
    detail.first -= this.offset;
    detail.last -= this.offset;
  }

  /** The messages that wait, for a driver that does not know them: number, length, and the ms for which each is still kept. */
  waiting() {
    return [...this.#outbox.entries()];
  }

  /** The driver's number and the payload of each message that waits. */
  payloads() {
    return this.#outbox.payloads(this.offset);
  }

  /**
   * Takes over the messages of a session that was kept, of which the next message has the number `next`.
   * @param {SavedSession["messages"]} messages
   * @param {number} next
   */
  restore(messages, next) {
    this.offset = next;
    for (const [number, payload] of messages) this.#outbox.set(number - next, payload, byteLength(payload));
  }

  /**
   * Begins another session, whose messages count from 0; without those that wait, if another page has them.
   * @param {boolean} [withoutMessages]
   */
  startAnother(withoutMessages) {
    this.offset = -this.#next;
    if (withoutMessages) for (const [message] of this.waiting()) this.release(message + this.offset);
  }

  /** Takes out what no socket has taken: each payload, and for how many ms it is kept yet, if there is a limit. */
  take() {
    return this.#outbox.take();
  }

  /**
   * Drops what waits; `error` rejects those who wait for it.
   * @param {unknown} error
   */
  clear(error) {
    this.#outbox.clear();
    this.rejectDraining(error);
  }

  /**
   * Rejects the callers of `drained` with this error: what waits will go on waiting.
   * @param {unknown} error
   */
  rejectDraining(error) {
    for (const { reject } of this.#draining.splice(0)) reject(error);
  }

  /**
   * Keeps a message for the driver, which is not there yet. What listeners send comes after it.
   * @param {number} message
   * @param {KeptPayload} payload
   * @param {number} bytes
   * @param {number} [ttl]
   */
  #sendEarly(message, payload, bytes, ttl) {
    const bounds = boundsOf(this.#session.options.outbox);
    const expired = this.#outbox.deleteExpired();
    /** @type {[delivery: string, first: number][]} */
    const lost = expired.map((number) => /** @type {[string, number]} */ (["expired", number]));
    try {
      const dropped = makeRoom(this.#outbox, bounds, message, bytes);
      lost.push(...dropped.map((number) => /** @type {[string, number]} */ (["dropped", number])));
      this.#next = message + 1;
      if (!dropped.includes(message)) this.#outbox.set(message, payload, bytes, ttl ?? bounds.ttl);
    } finally {
      for (const [delivery, first] of lost) {
        const detail = { delivery, count: 1, first, last: first };
        this.#session.publish("message.delivery", { at: Date.now(), name: "message.delivery", ...detail });
      }
    }
    return message;
  }
}
