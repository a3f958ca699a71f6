import { closeOnDispose } from "../common/dispose.js";
import { EventTarget } from "../platform/events.js";
import { Session, closed } from "./session.js";

/** @import { Address, Asked, CloseOptions, ConnectOptions, Payload, SendOptions } from "../index.js" */
/** @import { Loader } from "../platform/loader.js" */
/** @import { Observer } from "./contracts.js" */

/**
 * Takes out the messages of a connection that is about to be closed: see `Sender.take`.
 * @type {(connection: Connection) => [payload: Payload, ttl: number | undefined][]}
 */
export let takeWaiting;
/**
 * Hands the messages that are held back to the socket of a connection that is about to be closed at once.
 * @type {(connection: Connection) => void}
 */
export let handOverWaiting;

/**
 * The JavaScript half of a connection, as users see it. The other half, the `Driver`, decides; a `Session` starts it, a
 * `Sender` keeps the payloads of messages, a `Link` reads what comes, and a `Publisher` knows who listens.
 */
export class Connection extends EventTarget {
  static {
    takeWaiting = (connection) => connection.#session.sender.take();
    // A connection that is closing holds nothing back; the limit does not matter.
    handOverWaiting = (connection) => connection.waitingMessages > 0 && connection.#session.driver?.finish(1);
  }

  /** @type {Session} */
  #session;

  /**
   * @param {Loader} loader
   * @param {Address | ((asked: Asked) => Address | Promise<Address>)} url
   * @param {ConnectOptions} [options]
   * @param {Observer} [observer]
   */
  constructor(loader, url, options, observer) {
    super();
    this.#session = new Session(loader, url, options, observer, this);
  }

  /** Resolves when the module runs; rejects with what is wrong with the options, or with the module. */
  get ready() {
    return this.#session.ready;
  }

  get state() {
    return this.#session.state;
  }

  get score() {
    return this.#session.score;
  }

  get protocol() {
    return this.#session.link?.protocol ?? "";
  }

  get waitingMessages() {
    return this.#session.sender.waitingMessages;
  }

  get bufferedAmount() {
    return this.#session.waitingBytes + (this.#session.link?.socket.bufferedAmount ?? 0);
  }

  /** @param {Payload} data @param {SendOptions} [options] */
  send(data, options) {
    if (this.#session.isClosing) throw closed();
    return this.#session.sender.send(data, options);
  }

  drained() {
    return this.#session.sender.drained();
  }

  reconnect() {
    this.#session.reconnect();
  }

  /** @param {CloseOptions} [options] */
  close(options) {
    return this.#session.close(options);
  }

  /** @param {string} type @param {[EventListenerOrEventListenerObject | null, (boolean | AddEventListenerOptions)?]} rest */
  addEventListener(type, ...rest) {
    const { publisher } = this.#session;
    if (type === "message") publisher.hasMessageListeners = true;
    if (type === "error") publisher.hasErrorListeners = true;
    super.addEventListener(type, ...rest);
  }

  [Symbol.asyncIterator]() {
    const { publisher, isOver } = this.#session;
    return publisher.iterator(isOver);
  }
}

closeOnDispose(Connection, { asynchronous: true });
