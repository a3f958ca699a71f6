import { dialled } from "./address.js";
import { Closing, closeLimit, goodbye, resolvable, within } from "./closing.js";
import { Driver } from "./driver.js";
import { driverCallbacks } from "./driver-callbacks.js";
import { SteadfastError } from "../common/error.js";
import { handshakeOf } from "./handshake.js";
import { PROTOCOL } from "./frames.js";
import { heartbeatOf } from "./heartbeat.js";
import { keepingOf } from "../persistence/persist-options.js";
import { anotherSession, prepared } from "./options.js";
import { LOOK, OPEN as OPEN_NOW, RECONNECT, REPORT, watchPage } from "./page.js";
import { isBlob, isPayload } from "./payload.js";
import { Publisher } from "./publisher.js";
import { firstRecord } from "./record.js";
import { Reports } from "./reports.js";
import { Sender } from "./sender.js";
import { isOpen } from "./socket.js";

/** @import { Address, Asked, CloseOptions, ConnectionState, ConnectOptions, Received } from "../index.js" */
/** @import { DialErrors, Loader } from "../platform/loader.js" */
/** @import { EventDetail } from "../steadfast_connection.js" */
/** @import { Driven } from "./driver-callbacks.js" */
/** @import { Link } from "./link.js" */
/** @import { Observer, PreparedOptions, SavedSession, Socket, SocketClass } from "./contracts.js" */
/** @import { Persistence } from "../persistence/persistence.js" */

/** What the driver may be asked for, by its numbers: see `Driver::figure`. */
const SCORE = 0;
const WAITING_BYTES = 1;
const NEXT_MESSAGE = 2;

/** Starts, restores, replaces and ends the driver of a connection, and holds what its parts share. */
export class Session {
  /**
   * Resolves when the module runs; rejects with what is wrong with the options, or with the module.
   * @type {Promise<void>}
   */
  ready;
  /** @type {Driver | undefined} What dials and decides; absent before the module runs, and after the end. */
  driver;
  /** @type {Link | undefined} The present link. */
  link;
  /** @type {ReturnType<typeof dialled>} The function or the text that says where to dial. */
  address;
  /** @type {PreparedOptions} */
  options;
  /** @type {SocketClass} The class that is dialled with, and the third argument of its constructor. */
  WebSocket;
  /** @type {object | undefined} */
  socketOptions;
  /** @type {ConnectOptions["handshake"]} The function that is run for each new link before what waits, if there is one. */
  handshake;
  /** @type {ReturnType<typeof heartbeatOf>} What the option of this name says of messages. */
  heartbeat;
  /** @type {Reports | undefined} What sends reports, if some are wanted. */
  reports;
  /** @type {Observer | undefined} Told of sockets, and of messages as they come. */
  observer;
  sender = new Sender(this);
  /** @type {unknown} Why the last start led to no driver. */
  failure;
  /** @type {string | undefined} What the class said in words of a failure that no event has told yet. */
  reason;
  /** @type {Publisher} */
  publisher;

  /** @type {Loader} */
  #loader;
  /**
   * How the session is kept beyond the page, and what keeps it, once its script is there.
   * @type {ReturnType<typeof keepingOf>}
   */
  #keeping;
  /** @type {Persistence | undefined} */
  #persister;
  /** @type {ConnectionState} The record and the score while there is no driver. */
  #record;
  /** @type {number | undefined} */
  #score;
  /** Aborted when the session ends. */
  #ending = new AbortController();
  /** @type {Promise<void> | undefined} What `close()` returns; absent while nobody has closed. */
  #closed;
  /** @type {Closing | undefined} What waits is sent before the end. */
  #closing;
  /** @type {number} */
  #closeTimeout;
  /** @type {(() => void) | undefined} Opens the present driver, unless that was done. */
  #open;
  /** @type {Socket | undefined} The socket that was let go of last, if it was open. */
  #leftSocket;
  /** @type {boolean} */
  #mayBeAcknowledged;

  /**
   * @param {Loader} loader
   * @param {Address | ((asked: Asked) => Address | Promise<Address>)} url
   * @param {ConnectOptions | undefined} options
   * @param {Observer | undefined} observer
   * @param {EventTarget} target
   */
  constructor(loader, url, options, observer, target) {
    this.#loader = loader;
    this.observer = observer;
    this.publisher = new Publisher(target);
    const { WebSocket, socketOptions, ...prepare } = prepared(options, loader.socketClass);
    this.options = prepare;
    this.WebSocket = WebSocket;
    this.socketOptions = socketOptions;
    this.dialErrors = loader.dialErrors ?? {};
    this.#closeTimeout = closeLimit("closeTimeout", options?.closeTimeout);
    this.handshake = handshakeOf(options?.handshake);
    const { protocols } = this.options;
    this.#mayBeAcknowledged = Array.isArray(protocols) && protocols.includes(PROTOCOL);
    this.reports = Reports.of(this.options);
    this.heartbeat = heartbeatOf(this.options.heartbeat);
    this.options.heartbeat = this.heartbeat.timing;
    this.address = dialled(url, options?.protocols);
    this.#record = firstRecord(this.options);
    this.#keeping = keepingOf(options ?? {}, url);
    this.#start();
  }

  get state() {
    return this.driver?.state() ?? { ...this.#record };
  }

  get score() {
    return this.driver ? scoreOf(this.driver) : this.#score;
  }

  get waitingBytes() {
    return this.driver?.figure(WAITING_BYTES) ?? this.sender.waitingBytes;
  }

  /** Whether a server may acknowledge messages: a message that reads as its control frames is refused. */
  get mayBeAcknowledged() {
    return this.#mayBeAcknowledged;
  }

  /** Whether messages are refused. */
  get isClosing() {
    return this.#closed !== undefined;
  }

  /** Whether no more messages will come, unless the user reconnects. */
  get isOver() {
    return this.#closed !== undefined || this.state.status === "FAILED";
  }

  reconnect() {
    if (!this.#closed) return this.driver?.wish(RECONNECT);
    this.#closed = undefined;
    if (this.#closing) {
      this.#closing.end(false);
      this.#closing = undefined;
      return this.driver?.wish(RECONNECT);
    }
    this.#ending = new AbortController();
    this.#start();
  }

  /** @param {CloseOptions} [options] @returns {Promise<void>} */
  close({ timeout } = {}) {
    const limit = timeout === undefined ? this.#closeTimeout : closeLimit("timeout", timeout);
    if (!this.#closed) {
      const { promise, resolve } = resolvable();
      this.#closed = promise;
      resolve(this.#close(limit));
    } else if (this.#closing) {
      this.#closing.limit(limit);
      this.driver?.finish(limit);
    }
    return this.#closed;
  }

  /** The driver has let go of the link. */
  detach() {
    const { link } = this;
    this.link = undefined;
    if (!link) return;
    this.#leftSocket = isOpen(link.socket) ? link.socket : undefined;
    link.leave();
  }

  /**
   * A message came.
   * @param {Received} data
   */
  deliver(data) {
    this.observer?.message(data);
    this.publisher.deliver(data);
  }

  /** @param {string} name @param {EventDetail} detail */
  publish(name, detail) {
    this.#persister?.changed();
    this.publisher.publish(name, detail);
    if (detail.to === "DISCONNECTED") this.#closing?.end();
  }

  /** @param {unknown} error */
  publishError(error) {
    this.publisher.publishError(error);
  }

  /** The messages that wait are others than before. */
  messagesChanged() {
    if (this.#persister?.withMessages) this.#persister.changed();
  }

  #start() {
    if (this.#loader.startNow() && !this.#keeping) {
      this.#begin();
      this.#open = this.#opening();
      // The first caller has to have listeners.
      this.ready = Promise.resolve().then(this.#open);
    } else {
      this.ready = this.#beginWhenReady();
    }
  }

  async #beginWhenReady(isAnother = false) {
    const { signal } = this.#ending;
    this.failure = undefined;
    try {
      await this.#loader.readyAtLast(signal, (error) => this.publishError(error));
      const saved = signal.aborted ? undefined : await (await this.#loadedPersister())?.claim(isAnother);
      if (signal.aborted) return;
      this.#begin(saved);
    } catch (error) {
      if (signal.aborted) return;
      this.#record.status = "FAILED";
      this.publisher.endIterators(error);
      this.failure = error;
      this.sender.rejectDraining(error);
      this.publishError(error);
      this.#closing?.end();
      // Who hears of it so need not wait for `ready`.
      if (this.publisher.hasErrorListeners) this.ready.catch(() => {});
      throw error;
    }
    this.#opening()();
    if (this.#closing) /** @type {Driver} */ (this.driver).finish(this.#closing.rest);
  }

  /** What keeps the session, if it is to be kept and its script can be had. */
  async #loadedPersister() {
    if (!this.#keeping || this.#persister) return this.#persister;
    /** @param {unknown} error */
    const tellError = (error) => this.publishError(error);
    try {
      const { Persistence } = await this.#loader.persistence();
      this.#persister ??= new Persistence(this.#keeping, { SteadfastError, isBlob, isPayload, tellError });
    } catch (/** @type {Thrown} */ { message }) {
      tellError(new SteadfastError("persist.failed", `the session cannot be kept: ${message} (a service worker has to import "steadfast/persist" beforehand)`));
    }
    return this.#persister;
  }

  /** @param {SavedSession} [saved] */
  #begin(saved) {
    const early = this.sender.waiting();
    this.driver = (saved && this.#restored(saved)) ?? this.#newDriver();
    for (const [message, bytes, ttl] of early) this.driver.enqueue(message + this.sender.offset, bytes, ttl);
    this.#persister?.begin(this.options.session, () => ({
      snapshot: /** @type {Driver} */ (this.driver).snapshot(),
      messages: /** @type {Persistence} */ (this.#persister).withMessages ? this.sender.payloads() : [],
    }));
  }

  /** @param {Uint8Array} [snapshot] @param {Float64Array} [messages] */
  #newDriver(snapshot, messages) {
    const fixed = typeof this.address === "string" ? this.address : undefined;
    const refreshes = fixed === undefined || this.handshake !== undefined;
    return new Driver(driverCallbacks(/** @type {Driven} */ (this)), fixed, refreshes, this.options, this.heartbeat.beats, snapshot, messages);
  }

  /**
   * A driver that goes on from what was saved; undefined if that makes no sense.
   * @param {SavedSession} saved
   */
  #restored({ sessionId, snapshot, messages }) {
    const { session } = this.options;
    this.options.session = { ...session, sessionId };
    try {
      const driver = this.#newDriver(snapshot, Float64Array.from(messages, ([message]) => message));
      this.sender.restore(messages, driver.figure(NEXT_MESSAGE));
      return driver;
    } catch (/** @type {Thrown} */ error) {
      if (!error.code?.startsWith("snapshot.")) throw error;
      this.options.session = session;
      this.publishError(error);
      return undefined;
    }
  }

  /** What opens the present driver, unless it is closed before. */
  #opening() {
    const { signal } = this.#ending;
    const { driver } = /** @type {{ driver: Driver }} */ (this);
    let isOpen = false;
    return () => {
      if (signal.aborted || isOpen) return;
      isOpen = true;
      watchPage(signal, {
        wish: (what) => driver.wish(what),
        leaving: ({ left = false } = {}) => {
          if (!left) driver.wish(REPORT);
          this.#persister?.hurry(left);
        },
        back: async () => {
          if ((await this.#persister?.comeBack()) === false && !signal.aborted) this.#startAnother();
        },
      });
      this.#loader.watchSleep?.(signal, () => driver.wish(LOOK));
      driver.wish(OPEN_NOW);
    };
  }

  /** Begins another session: another page has this one, with the messages that were kept. The link was let go of. */
  #startAnother() {
    this.#ending.abort();
    this.#ending = new AbortController();
    this.options.session = anotherSession(this.options.session);
    this.#record = firstRecord(this.options);
    /** @type {Driver} */ (this.driver).free();
    this.driver = undefined;
    this.sender.startAnother(/** @type {Persistence} */ (this.#persister).withMessages);
    this.ready = this.#beginWhenReady(true);
  }

  /** @param {number} limit */
  async #close(limit) {
    const closing = new Closing();
    closing.limit(limit);
    // If nothing waits, all is done before this returns: the page may be going away.
    if (limit > 0 && this.sender.waitingMessages > 0 && !(await this.#sendRest(closing))) return;
    this.#ending.abort();
    const { driver } = this;
    driver?.close();
    if (driver) {
      this.#record = driver.state();
      this.#score = scoreOf(driver);
      this.driver = undefined;
    }
    this.publisher.endIterators();
    this.#dropRest();
    const forgotten = this.#persister ? this.#persister.end() : this.#loadedPersister().then((persister) => persister?.end());
    const rest = [forgotten, this.reports?.ended()];
    // A driver that is calling a listener lets go of the link once that has returned.
    if (this.link) await undefined;
    if (this.#leftSocket) rest.push(goodbye(this.#leftSocket));
    this.#leftSocket = undefined;
    // What takes longer goes on by itself.
    const done = Promise.allSettled(rest).then(() => driver?.free());
    closing.end();
    await within(closing.rest, done);
  }

  /**
   * Sends what waits. False if the close was taken back meanwhile.
   * @param {Closing} closing
   */
  #sendRest(closing) {
    this.#closing = closing;
    this.#open?.();
    this.driver?.finish(closing.rest);
    if (this.driver?.state().status === "DISCONNECTED" || this.#record.status === "FAILED") closing.end();
    return closing.done.then((isClosed) => {
      if (this.#closing !== closing) return false;
      this.#closing = undefined;
      return isClosed;
    });
  }

  /** Drops what could not be sent, and tells of it. */
  #dropRest() {
    const numbers = this.sender.waiting().map(([number]) => number);
    this.sender.clear(closed());
    if (numbers.length === 0) return;
    const detail = { delivery: "dropped", count: numbers.length, first: numbers[0], last: numbers.at(-1) };
    this.publish("message.delivery", { at: Date.now(), name: "message.delivery", ...detail });
  }
}

/** The error of what is asked of a connection that is closed. */
export function closed() {
  return new SteadfastError("connection.closed", "the connection is closed");
}

/**
 * A driver's quality score, if it has one.
 * @param {Driver} driver
 */
function scoreOf(driver) {
  const score = driver.figure(SCORE);
  return score < 0 ? undefined : score;
}
