import { SteadfastError } from "./error.js";
import { CONTROL_PREFIX, PROTOCOL, isControl } from "./frames.js";
import { Outbox, timeToLive } from "./outbox.js";
import { byteLength, isPayload, kept } from "./payload.js";
import { isOpen } from "./socket.js";

/** What `transmit` tells the driver: the numbers of sink.rs. */
const NOT_TAKEN = 0;
const SENT = 1;
const REFUSED = 2;

/** Sends messages: at once, if the link takes them, or by the outbox, which keeps their payloads until the driver releases them. */
export class Sender {
  /**
   * The difference between the driver's number of a message and the user's: the driver counts from the beginning of the
   * session, the user from the beginning of the connection.
   */
  offset = 0;
  #session;
  #outbox = new Outbox();
  /** The number of the next message. */
  #next = 0;
  /** Callers of `drained` that wait. */
  #draining = [];

  /** Sends over the driver and the link of `session`. */
  constructor(session) {
    this.#session = session;
  }

  get waitingMessages() {
    return this.#outbox.size;
  }

  get waitingBytes() {
    return this.#outbox.bytes;
  }

  send(data, options) {
    const { driver, link } = this.#session;
    const socket = link?.socket;
    const message = this.#next;
    // The usual case costs one call into the module, with numbers. A socket that is about to close would take the
    // message and lose it.
    if (socket && isOpen(socket) && this.#outbox.size === 0 && socket.protocol !== PROTOCOL && isPayload(data)) {
      this.#next++;
      if (driver.pass(message + this.offset, performance.now())) {
        if (!this.#handOver(socket, data, message)) driver.refused(link.id, message + this.offset);
        return message;
      }
    }
    const bytes = byteLength(data);
    const ttl = timeToLive(options);
    if (link?.isAcknowledged && isControl(data)) {
      const problem = `a text that begins with ${CONTROL_PREFIX} is a message of ${PROTOCOL} itself`;
      throw new SteadfastError("message.reserved", problem);
    }
    if (driver) {
      driver.admit(bytes);
    } else if (!this.#admitEarly(bytes)) {
      return message;
    }
    this.#next = message + 1;
    this.#outbox.set(message, kept(data), bytes, ttl);
    driver?.enqueue(message + this.offset, bytes, ttl);
    this.#session.messagesChanged();
    return message;
  }

  /** Resolves when no message waits. */
  drained() {
    if (this.#outbox.size === 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.#draining.push({ resolve, reject }));
  }

  /** The driver wants a message sent: hands its payload to the socket, and says what became of that. */
  transmit(number) {
    const socket = this.#session.link?.socket;
    const payload = this.#outbox.get(number - this.offset);
    if (payload === undefined || !socket || !isOpen(socket)) return NOT_TAKEN;
    return this.#handOver(socket, payload, number - this.offset) ? SENT : REFUSED;
  }

  /** Whether the socket took a message, which the class may refuse: an `error` event says why. */
  #handOver(socket, payload, message) {
    try {
      socket.send(payload);
      return true;
    } catch (cause) {
      const problem = `message ${message} was dropped: the WebSocket refused it: ${cause?.message ?? cause}`;
      this.#session.publishError(Object.assign(new SteadfastError("message.refused", problem), { cause }));
      return false;
    }
  }

  /** The driver is done with a message. */
  release(number) {
    this.#outbox.delete(number - this.offset);
    this.#session.messagesChanged();
    if (this.#outbox.size === 0) for (const { resolve } of this.#draining.splice(0)) resolve();
  }

  /** Changes the numbers of an event from the driver's to the user's. */
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

  /** Takes over the messages of a session that was kept, of which the next message has the number `next`. */
  restore(messages, next) {
    this.offset = next;
    for (const [number, payload] of messages) this.#outbox.set(number - next, payload, byteLength(payload));
  }

  /** Begins another session, whose messages count from 0; without those that wait, if another page has them. */
  startAnother(withoutMessages) {
    this.offset = -this.#next;
    if (withoutMessages) for (const [message] of this.waiting()) this.release(message + this.offset);
  }

  /** Drops what waits; `error` rejects those who wait for it. */
  clear(error) {
    this.#outbox.clear();
    for (const { reject } of this.#draining.splice(0)) reject(error);
  }

  /** Whether the outbox has room, with the bounds that the driver will hold, while there is none. */
  #admitEarly(bytes) {
    const { maxMessages = 1000, maxBytes = 1 << 20, overflow = "reject" } = this.#session.options.outbox ?? {};
    const isFull = () => this.#outbox.size >= maxMessages || this.#outbox.bytes + bytes > maxBytes;
    const fits = maxMessages > 0 && bytes <= maxBytes;
    if (!isFull()) return true;
    if (!fits || (overflow !== "drop-oldest" && overflow !== "drop-newest")) {
      const { size, bytes: waiting } = this.#outbox;
      const problem =
        size >= maxMessages
          ? `${maxMessages} messages wait, which is maxMessages`
          : `${waiting} bytes wait, ${bytes} more would exceed maxBytes = ${maxBytes}`;
      throw new SteadfastError("outbox.full", `outbox is full: ${problem}`);
    }
    const dropped = [];
    if (overflow === "drop-newest") dropped.push(this.#next++);
    else while (isFull()) dropped.push(this.#outbox.deleteFirst());
    const detail = { delivery: "dropped", count: dropped.length, first: dropped[0], last: dropped.at(-1) };
    this.#session.publish("message.delivery", { at: Date.now(), name: "message.delivery", ...detail });
    return overflow === "drop-oldest";
  }
}
