import { dialled } from "./address.js";
import { closeOnDispose } from "./dispose.js";
import { SteadfastError } from "./error.js";
import { heartbeatOf } from "./heartbeat.js";
import { keepingOf } from "./keeping.js";
import { CONTROL, Link, OPEN, PROTOCOL, isControl } from "./link.js";
import { Messages } from "./messages.js";
import { anotherSession, driverOptions, prepared } from "./options.js";
import { Outbox, timeToLive } from "./outbox.js";
import { OPEN as OPEN_NOW, RECONNECT, REPORT, watchPage } from "./page.js";
import { byteLength, isBlob, isPayload, kept } from "./payload.js";
import { firstRecord } from "./record.js";
import { Reports } from "./reports.js";
import { Driver } from "./steadfast_connection.js";

/** What the driver may be asked for, by its numbers: see `Driver::figure`. */
const SCORE = 0;
const WAITING_BYTES = 1;
const NEXT_MESSAGE = 2;

/**
 * The JavaScript half of a connection: it keeps the payloads of messages, and knows who listens. The other half, the
 * `Driver`, decides.
 */
export class Connection extends EventTarget {
  /** Resolves when the module runs; rejects with what is wrong with the options, or with the module. */
  ready;

  #loader;
  #address;
  #options;
  /** What the option of this name says of messages. */
  #heartbeat;
  /** What sends reports, if some are wanted. */
  #reports;
  /** Who else wants to know of sockets, and of messages as they come. */
  #tap;
  #driver;
  /** The sockets of the driver. */
  #link;
  #outbox = new Outbox();
  /** The number of the next message. The module counts from the beginning of the session, and so by more. */
  #next = 0;
  #more = 0;
  /** How the session is kept beyond the page, and what does that, once it is there. */
  #keeping;
  #kept;
  /** Who wait until no message waits. */
  #draining = [];
  #iterators = new Set();
  /** Whether anybody ever listened for messages. */
  #heard = false;
  /** The record while there is no driver. */
  #record;
  #score;
  /** Aborted when the user closes. */
  #closing = new AbortController();
  #closed;

  constructor(loader, url, options, tap) {
    super();
    this.#loader = loader;
    this.#tap = tap;
    this.#options = prepared(options);
    this.#reports = Reports.of(this.#options);
    this.#heartbeat = heartbeatOf(this.#options.heartbeat);
    this.#options.heartbeat = this.#heartbeat.timing;
    this.#address = dialled(url, options?.protocols);
    this.#record = firstRecord(this.#options);
    this.#keeping = keepingOf(options ?? {}, url);
    this.#start();
  }

  get state() {
    return this.#driver?.state() ?? { ...this.#record };
  }

  get score() {
    return this.#driver ? scoreOf(this.#driver) : this.#score;
  }

  get waitingMessages() {
    return this.#outbox.size;
  }

  get bufferedAmount() {
    const waiting = this.#driver?.figure(WAITING_BYTES) ?? this.#outbox.bytes;
    return waiting + (this.#link?.socket?.bufferedAmount ?? 0);
  }

  send(data, options) {
    if (this.#closing.signal.aborted) throw closed();
    const socket = this.#link?.socket;
    const message = this.#next;
    // The usual case costs one call into the module, with numbers. A socket that is about to close would take the
    // message and lose it.
    if (socket?.readyState === OPEN && this.#outbox.size === 0 && socket.protocol !== PROTOCOL && isPayload(data)) {
      this.#next++;
      if (this.#driver.pass(message + this.#more, performance.now())) {
        socket.send(data);
        return message;
      }
    }
    const bytes = byteLength(data);
    const ttl = timeToLive(options);
    if (this.#link?.acknowledges && isControl(data)) {
      throw new SteadfastError("message.reserved", `a text that begins with ${CONTROL} is a message of ${PROTOCOL} itself`);
    }
    if (this.#driver) {
      this.#driver.admit(bytes);
    } else if (!this.#admitEarly(bytes)) {
      return message;
    }
    this.#next = message + 1;
    this.#outbox.set(message, kept(data), bytes, ttl);
    this.#driver?.enqueue(message + this.#more, bytes, ttl);
    if (this.#kept?.withMessages) this.#kept.changed();
    return message;
  }

  drained() {
    if (this.#outbox.size === 0) return Promise.resolve();
    return new Promise((resolve, reject) => this.#draining.push({ resolve, reject }));
  }

  reconnect() {
    if (!this.#closed) return this.#driver?.wish(RECONNECT);
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

  addEventListener(type, ...rest) {
    this.#heard ||= type === "message";
    super.addEventListener(type, ...rest);
  }

  [Symbol.asyncIterator]() {
    const messages = new Messages((ended) => this.#iterators.delete(ended));
    if (this.#closed || this.state.status === "FAILED") {
      messages.end();
    } else {
      this.#iterators.add(messages);
    }
    return messages;
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
      await this.#loader.readyAtLast(signal, (error) => this.#tellError(error));
      const saved = signal.aborted ? undefined : await (await this.#keeper())?.claim(isAnother);
      if (signal.aborted) return;
      this.#begin(saved);
    } catch (error) {
      if (signal.aborted) return;
      this.#record.status = "FAILED";
      this.#endIterators(error);
      this.#tellError(error);
      throw error;
    }
    this.#opening()();
  }

  /** What keeps the session, if it is to be kept and its script can be had. */
  async #keeper() {
    if (!this.#keeping || this.#kept) return this.#kept;
    const tellError = (error) => this.#tellError(error);
    try {
      const { Persistence } = await this.#loader.persistence();
      this.#kept ??= new Persistence(this.#keeping, { SteadfastError, isBlob, isPayload, tellError });
    } catch ({ message }) {
      tellError(new SteadfastError("persist.failed", `the session cannot be kept: ${message}`));
    }
    return this.#kept;
  }

  #begin(saved) {
    const early = [...this.#outbox.entries()];
    this.#driver = (saved && this.#restored(saved)) ?? this.#newDriver();
    for (const [message, bytes, ttl] of early) this.#driver.enqueue(message + this.#more, bytes, ttl);
    this.#kept?.begin(this.#options.session, () => ({
      snapshot: this.#driver.snapshot(),
      messages: this.#kept.withMessages ? this.#outbox.payloads(this.#more) : [],
    }));
  }

  #newDriver(snapshot, messages) {
    const options = driverOptions(this.#options, this.#heartbeat.beats);
    const link = this.#newLink();
    const driver = new Driver(link, ...options, typeof this.#address !== "string", snapshot, messages);
    link.drivenBy(driver);
    this.#link = link;
    return driver;
  }

  /** A driver that goes on from what was saved; undefined if that makes no sense. */
  #restored({ sessionId, snapshot, messages }) {
    const { session } = this.#options;
    this.#options.session = { ...session, sessionId };
    try {
      const driver = this.#newDriver(snapshot, Float64Array.from(messages, ([message]) => message));
      this.#more = driver.figure(NEXT_MESSAGE);
      for (const [message, payload] of messages) {
        this.#outbox.set(message - this.#more, payload, byteLength(payload));
      }
      return driver;
    } catch (error) {
      if (!error.code?.startsWith("snapshot.")) throw error;
      this.#options.session = session;
      this.#tellError(error);
      return undefined;
    }
  }

  /** What opens the present driver, unless it is closed before. */
  #opening() {
    const { signal } = this.#closing;
    const driver = this.#driver;
    return () => {
      if (signal.aborted) return;
      watchPage(signal, {
        wish: (what) => driver.wish(what),
        leaving: ({ left = false } = {}) => {
          driver.wish(REPORT);
          this.#kept?.hurry(left);
        },
        back: async () => {
          if ((await this.#kept?.comeBack()) === false && !signal.aborted) this.#startAnother();
        },
      });
      driver.wish(OPEN_NOW);
    };
  }

  /** Begins another session: another page has this one, with the messages that were kept. The link was let go of. */
  #startAnother() {
    this.#closing.abort();
    this.#closing = new AbortController();
    this.#options.session = anotherSession(this.#options.session);
    this.#record = firstRecord(this.#options);
    this.#link.letGo();
    this.#driver.free();
    this.#driver = this.#link = undefined;
    this.#more = -this.#next;
    if (this.#kept.withMessages) for (const [message] of [...this.#outbox.entries()]) this.#release(message);
    this.ready = this.#beginWhenReady(true);
  }

  async #close() {
    this.#closing.abort();
    const driver = this.#driver;
    driver?.close();
    if (driver) {
      this.#record = driver.state();
      this.#score = scoreOf(driver);
      // If a listener closes, the driver hangs up when that listener is done.
      this.#driver = this.#link = undefined;
    }
    this.#endIterators();
    this.#outbox.clear();
    for (const { reject } of this.#draining.splice(0)) reject(closed());
    // Said before anything is waited for: the page may be going away.
    const forgotten = this.#kept ? this.#kept.end() : this.#keeper().then((kept) => kept?.end());
    await this.#reports?.ended();
    await forgotten;
    driver?.free();
  }

  /** Whether there is room for a message while there is no driver; those that are dropped for it are told of. */
  #admitEarly(bytes) {
    const dropped = this.#outbox.makeRoom(bytes, this.#options.outbox);
    if (dropped === undefined) return true;
    // It is the newest that is dropped.
    const isItself = dropped.length === 0;
    if (isItself) dropped.push(this.#next++);
    const detail = { delivery: "dropped", count: dropped.length, first: dropped[0], last: dropped.at(-1) };
    this.#tell("message.delivery", { at: Date.now(), name: "message.delivery", ...detail });
    return !isItself;
  }

  /** What a driver asks for is carried out with what is here. */
  #newLink() {
    return new Link({
      address: this.#address,
      protocols: this.#options.protocols ?? [],
      WebSocketClass: this.#options.WebSocket,
      language: this.#heartbeat.language,
      attached: this.#tap?.attached,
      error: (error) => this.#tellError(error),
      event: (name, detail) => this.#tell(name, detail),
      message: (data) => this.#deliver(data),
      payload: (message) => this.#outbox.get(message - this.#more),
      release: (message) => this.#release(message - this.#more),
      report: (report, last) => this.#reports.send(report, last, this.#reported(this.#driver)),
    });
  }

  /** What is done with the collector's answer to a report of a driver, which may be gone meanwhile. */
  #reported(driver) {
    return (batchId, status, ...wishes) => {
      if (status >= 400 && status < 500 && ![408, 425, 429].includes(status)) {
        this.#tellError(new SteadfastError("report.refused", `the collector refused a report with status ${status}`));
      }
      if (this.#driver === driver) driver.reported(batchId, status, ...wishes);
    };
  }

  #release(message) {
    this.#outbox.delete(message);
    if (this.#kept?.withMessages) this.#kept.changed();
    if (this.#outbox.size === 0) for (const { resolve } of this.#draining.splice(0)) resolve();
  }

  #deliver(data) {
    this.#tap?.message(data);
    if (this.#heard) this.dispatchEvent(new MessageEvent("message", { data }));
    for (const messages of this.#iterators) messages.push(data);
  }

  #tell(name, detail) {
    const type = name.replace(/^connection\./, "");
    if (type === "message.delivery") {
      detail.first -= this.#more;
      detail.last -= this.#more;
    }
    this.#kept?.changed();
    this.dispatchEvent(new CustomEvent(type, { detail }));
    if (type !== "status.changed") return;
    if (detail.to === "CONNECTED") this.dispatchEvent(new Event("open"));
    if (detail.to === "DISCONNECTED" || detail.to === "FAILED") this.#endIterators();
  }

  #tellError(error) {
    this.dispatchEvent(Object.assign(new Event("error"), { error }));
  }

  #endIterators(error) {
    for (const messages of this.#iterators) messages.end(error);
  }
}

closeOnDispose(Connection, { asynchronous: true });

function closed() {
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
