import { dialled } from "./address.js";
import { Driver } from "./driver.js";
import { driverCallbacks } from "./driver-callbacks.js";
import { SteadfastError } from "./error.js";
import { heartbeatOf } from "./heartbeat.js";
import { keepingOf } from "./keeping.js";
import { anotherSession, prepared } from "./options.js";
import { OPEN as OPEN_NOW, RECONNECT, REPORT, watchPage } from "./page.js";
import { isBlob, isPayload } from "./payload.js";
import { Publisher } from "./publisher.js";
import { firstRecord } from "./record.js";
import { Reports } from "./reports.js";
import { Sender } from "./sender.js";

/** What the driver may be asked for, by its numbers: see `Driver::figure`. */
const SCORE = 0;
const WAITING_BYTES = 1;
const NEXT_MESSAGE = 2;

/** Starts, restores, replaces and ends the driver of a connection, and holds what its parts share. */
export class Session {
  /** Resolves when the module runs; rejects with what is wrong with the options, or with the module. */
  ready;
  /** What dials and decides; absent before the module runs, and after the end. */
  driver;
  /** The present link. */
  link;
  /** The function or the text that says where to dial. */
  address;
  options;
  /** The class that is dialled with, and the third argument of its constructor. */
  WebSocket;
  socketOptions;
  /** What the option of this name says of messages. */
  heartbeat;
  /** What sends reports, if some are wanted. */
  reports;
  /** Told of sockets, and of messages as they come. */
  observer;
  sender = new Sender(this);
  /** What the class said in words of a failure that no event has told yet. */
  reason;
  publisher;

  #loader;
  /** How the session is kept beyond the page, and what keeps it, once its script is there. */
  #keeping;
  #persister;
  /** The record and the score while there is no driver. */
  #record;
  #score;
  /** Aborted when the user closes. */
  #closing = new AbortController();
  #closed;

  constructor(loader, url, options, observer, target) {
    this.#loader = loader;
    this.observer = observer;
    this.publisher = new Publisher(target);
    const { WebSocket, socketOptions, ...prepare } = prepared(options, loader.socketClass);
    this.options = prepare;
    this.WebSocket = WebSocket;
    this.socketOptions = socketOptions;
    this.dialErrors = loader.dialErrors ?? {};
    this.offers = this.dialErrors.Offers && new this.dialErrors.Offers();
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

  get isClosing() {
    return this.#closing.signal.aborted;
  }

  /** Whether no more messages will come, unless the user reconnects. */
  get isOver() {
    return this.#closed !== undefined || this.state.status === "FAILED";
  }

  reconnect() {
    if (!this.#closed) return this.driver?.wish(RECONNECT);
    this.#closed = undefined;
    this.#closing = new AbortController();
    this.#start();
  }

  close() {
    if (!this.#closed) {
      const { promise, resolve } = resolvable();
      this.#closed = promise;
      resolve(this.#close());
    }
    return this.#closed;
  }

  /** A message came. */
  deliver(data) {
    this.observer?.message(data);
    this.publisher.deliver(data);
  }

  publish(name, detail) {
    this.#persister?.changed();
    this.publisher.publish(name, detail);
  }

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
      const open = this.#opening();
      // Whoever called first has to have listeners.
      this.ready = Promise.resolve().then(open);
    } else {
      this.ready = this.#beginWhenReady();
    }
  }

  async #beginWhenReady(isAnother = false) {
    const { signal } = this.#closing;
    try {
      await this.#loader.readyAtLast(signal, (error) => this.publishError(error));
      const saved = signal.aborted ? undefined : await (await this.#loadedPersister())?.claim(isAnother);
      if (signal.aborted) return;
      this.#begin(saved);
    } catch (error) {
      if (signal.aborted) return;
      this.#record.status = "FAILED";
      this.publisher.endIterators(error);
      this.publishError(error);
      throw error;
    }
    this.#opening()();
  }

  /** What keeps the session, if it is to be kept and its script can be had. */
  async #loadedPersister() {
    if (!this.#keeping || this.#persister) return this.#persister;
    const tellError = (error) => this.publishError(error);
    try {
      const { Persistence } = await this.#loader.persistence();
      this.#persister ??= new Persistence(this.#keeping, { SteadfastError, isBlob, isPayload, tellError });
    } catch ({ message }) {
      tellError(new SteadfastError("persist.failed", `the session cannot be kept: ${message}`));
    }
    return this.#persister;
  }

  #begin(saved) {
    const early = this.sender.waiting();
    this.driver = (saved && this.#restored(saved)) ?? this.#newDriver();
    for (const [message, bytes, ttl] of early) this.driver.enqueue(message + this.sender.offset, bytes, ttl);
    this.#persister?.begin(this.options.session, () => ({
      snapshot: this.driver.snapshot(),
      messages: this.#persister.withMessages ? this.sender.payloads() : [],
    }));
  }

  #newDriver(snapshot, messages) {
    const fixed = typeof this.address === "string" ? this.address : undefined;
    return new Driver(driverCallbacks(this), fixed, this.options, this.heartbeat.beats, snapshot, messages);
  }

  /** A driver that goes on from what was saved; undefined if that makes no sense. */
  #restored({ sessionId, snapshot, messages }) {
    const { session } = this.options;
    this.options.session = { ...session, sessionId };
    try {
      const driver = this.#newDriver(snapshot, Float64Array.from(messages, ([message]) => message));
      this.sender.restore(messages, driver.figure(NEXT_MESSAGE));
      return driver;
    } catch (error) {
      if (!error.code?.startsWith("snapshot.")) throw error;
      this.options.session = session;
      this.publishError(error);
      return undefined;
    }
  }

  /** What opens the present driver, unless it is closed before. */
  #opening() {
    const { signal } = this.#closing;
    const { driver } = this;
    return () => {
      if (signal.aborted) return;
      watchPage(signal, {
        wish: (what) => driver.wish(what),
        leaving: ({ left = false } = {}) => {
          driver.wish(REPORT);
          this.#persister?.hurry(left);
        },
        back: async () => {
          if ((await this.#persister?.comeBack()) === false && !signal.aborted) this.#startAnother();
        },
      });
      driver.wish(OPEN_NOW);
    };
  }

  /** Begins another session: another page has this one, with the messages that were kept. The link was let go of. */
  #startAnother() {
    this.#closing.abort();
    this.#closing = new AbortController();
    this.options.session = anotherSession(this.options.session);
    this.#record = firstRecord(this.options);
    this.driver.free();
    this.driver = undefined;
    this.sender.startAnother(this.#persister.withMessages);
    this.ready = this.#beginWhenReady(true);
  }

  async #close() {
    this.#closing.abort();
    const { driver } = this;
    driver?.close();
    if (driver) {
      this.#record = driver.state();
      this.#score = scoreOf(driver);
      this.driver = undefined;
    }
    this.publisher.endIterators();
    this.sender.clear(closed());
    // Said before anything is waited for: the page may be going away.
    const forgotten = this.#persister ? this.#persister.end() : this.#loadedPersister().then((persister) => persister?.end());
    await this.reports?.ended();
    await forgotten;
    driver?.free();
  }
}

/** The error of what is asked of a connection that is closed. */
export function closed() {
  return new SteadfastError("connection.closed", "the connection is closed");
}

/** A driver's quality score, if it has one. */
function scoreOf(driver) {
  const score = driver.figure(SCORE);
  return score < 0 ? undefined : score;
}

/** A promise, and what resolves it. (`Promise.withResolvers` is too young.) */
function resolvable() {
  let resolve;
  const promise = new Promise((resolver) => (resolve = resolver));
  return { promise, resolve };
}
