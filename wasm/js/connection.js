import { dialled } from "./address.js";
import { closeOnDispose } from "./dispose.js";
import { SteadfastError } from "./error.js";
import { HINT, readFrame, writtenFrame } from "./frames.js";
import { Heartbeats, heartbeatOf } from "./heartbeat.js";
import { keepingOf } from "./keeping.js";
import { Messages } from "./messages.js";
import { anotherSession, prepared } from "./options.js";
import { Outbox, timeToLive } from "./outbox.js";
import { OPEN as OPEN_NOW, RECONNECT, REPORT, watchPage } from "./page.js";
import { byteLength, isBlob, isPayload, kept } from "./payload.js";
import { MESSAGE, PRESETS } from "./presets.js";
import { Reports } from "./reports.js";
import { Driver } from "./steadfast_connection.js";

/** What the driver may be asked for, by its numbers: see `Driver::figure`. */
const SCORE = 0;
const WAITING_BYTES = 1;
const NEXT_MESSAGE = 2;
/** `WebSocket.OPEN`; the class may be the user's. */
const OPEN = 1;
/** The sub-protocol whose servers acknowledge messages, and answer heartbeats without being asked to. */
const PROTOCOL = "steadfast.v1";
/** How its control frames begin, and the one that any server may send. */
const CONTROL = '{"steadfast":';
const HINTS = '{"steadfast":"hint"';

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
  /** The heartbeats of the present link. */
  #heartbeats;
  /** What sends reports, if some are wanted. */
  #reports;
  /** Who else wants to know of sockets, and of messages as they come. */
  #tap;
  #driver;
  #socket;
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
    return waiting + (this.#socket?.bufferedAmount ?? 0);
  }

  send(data, options) {
    if (this.#closing.signal.aborted) throw closed();
    const socket = this.#socket;
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
    if (this.#acknowledged && isControl(data)) {
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
    const fixed = typeof this.#address === "string" ? this.#address : undefined;
    return new Driver(this.#sink(), fixed, this.#options, this.#heartbeat.beats, snapshot, messages);
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
    this.#driver.free();
    this.#driver = undefined;
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
      this.#driver = undefined;
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

  /** Whether the outbox has room, with the bounds that the driver will hold, while there is none. */
  #admitEarly(bytes) {
    const { maxMessages = 1000, maxBytes = 1 << 20, overflow = "reject" } = this.#options.outbox ?? {};
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
    this.#tell("message.delivery", { at: Date.now(), name: "message.delivery", ...detail });
    return overflow === "drop-oldest";
  }

  /** What the driver asks for: see sink.rs. */
  #sink() {
    return {
      ask: (id, refresh) => this.#ask(id, refresh),
      attach: (socket, id) => this.#attach(socket, id),
      detach: () => (this.#socket = undefined),
      error: (error) => this.#tellError(error),
      event: (name, detail) => this.#tell(name, detail),
      ping: (id) => this.#say(() => this.#heartbeats.ping(id)),
      report: (report, last) => this.#reports.send(report, last, this.#reported(this.#driver)),
      release: (message) => this.#release(message - this.#more),
      say: (...frame) => this.#say(() => writtenFrame(...frame)),
      transmit: (message) => this.#transmit(message - this.#more),
    };
  }

  /** Asks the user's function where to dial. The driver has forgotten the question if it took too long. */
  async #ask(id, refresh) {
    const driver = this.#driver;
    let answer;
    try {
      answer = await this.#address(refresh);
    } catch (error) {
      answer = [undefined, error];
    }
    if (this.#driver === driver) driver.answered(id, ...answer);
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

  /** Whether the server of the present link acknowledges messages. */
  get #acknowledged() {
    return this.#socket?.protocol === PROTOCOL;
  }

  #attach(socket, id) {
    const driver = this.#driver;
    const { language } = this.#heartbeat;
    const heartbeats = new Heartbeats((language ?? PRESETS.steadfast)());
    const hands = {
      reply: (answer) => this.#say(() => answer),
      promise: (silence) => driver.promised(id, silence, performance.now()),
    };
    this.#socket = socket;
    this.#heartbeats = heartbeats;
    socket.onmessage = ({ data }) => {
      const now = performance.now();
      const acknowledged = socket.protocol === PROTOCOL;
      if (isControl(data, acknowledged ? CONTROL : HINTS)) {
        const frame = readFrame(data);
        if (acknowledged || frame[0] === HINT) return driver.control(id, acknowledged, now, ...frame);
      }
      // Whatever else comes from such a server counts as a message.
      const read = language === undefined || acknowledged ? MESSAGE : this.#read(heartbeats, data, hands);
      driver.heard(id, read, now);
      if (read === MESSAGE) this.#deliver(data);
    };
    this.#tap?.attached(socket);
  }

  /** What a message is. The user's own functions may fail. */
  #read(heartbeats, data, hands) {
    try {
      return heartbeats.read(data, hands);
    } catch (error) {
      this.#tellError(error);
      return MESSAGE;
    }
  }

  /** Sends something that is no message of the user. */
  #say(what) {
    try {
      if (this.#socket?.readyState === OPEN) this.#socket.send(what());
    } catch (error) {
      this.#tellError(error);
    }
  }

  #transmit(message) {
    const payload = this.#outbox.get(message);
    if (this.#socket?.readyState !== OPEN || payload === undefined) return false;
    this.#socket.send(payload);
    return true;
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

/** Whether a message begins as control frames do. */
function isControl(data, beginning = CONTROL) {
  return typeof data === "string" && data.startsWith(beginning);
}

/** The record of a session that was never connected. */
function firstRecord({ session, maxReconnectAttempts }) {
  const { sessionId, userId, organizationId = "default", clientType = "web", metadata } = session;
  return {
    sessionId,
    ...(userId !== undefined && { userId }),
    organizationId,
    status: "DISCONNECTED",
    clientType,
    reconnectAttempts: 0,
    ...(maxReconnectAttempts !== undefined && { maxReconnectAttempts }),
    missedHeartbeats: 0,
    totalDisconnections: 0,
    ...(metadata !== undefined && { metadata }),
  };
}

/** A promise, and what resolves it. (`Promise.withResolvers` is too young.) */
function resolvable() {
  let resolve;
  const promise = new Promise((resolver) => (resolve = resolver));
  return { promise, resolve };
}
