import { dialled } from "./address.js";
import { closeOnDispose } from "./dispose.js";
import { SteadfastError } from "./error.js";
import { Heartbeats, heartbeatOf } from "./heartbeat.js";
import { Messages } from "./messages.js";
import { prepared } from "./options.js";
import { Outbox } from "./outbox.js";
import { byteLength, isPayload, kept } from "./payload.js";
import { ALIVE, MESSAGE, PRESETS } from "./presets.js";
import { Driver } from "./steadfast_wasm.js";

/** `WebSocket.OPEN`; the class may be the user's. */
const OPEN = 1;
/** The sub-protocol whose servers answer heartbeats without being asked to. */
const PROTOCOL = "steadfast.v1";

/**
 * The JavaScript half of a connection: it keeps the payloads of messages, and knows who listens. The other half, the
 * `Driver`, decides.
 */
export class Connection extends EventTarget {
  /** Resolves when the module runs; rejects with what is wrong with the options, or with the module. */
  ready;

  #address;
  #options;
  /** What the option of this name says of messages. */
  #heartbeat;
  /** The heartbeats of the present link. */
  #heartbeats;
  /** Who else wants to know of sockets, and of messages as they come. */
  #tap;
  #driver;
  #socket;
  #outbox = new Outbox();
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
    this.#tap = tap;
    this.#options = prepared(options);
    this.#heartbeat = heartbeatOf(this.#options.heartbeat);
    this.#options.heartbeat = this.#heartbeat.timing;
    this.#address = dialled(url, options?.protocols);
    this.#record = firstRecord(this.#options);
    if (loader.startNow()) {
      this.#begin();
      // Whoever called first has to have listeners.
      this.ready = Promise.resolve().then(() => this.#open());
    } else {
      this.ready = this.#beginWhenReady(loader);
    }
  }

  get state() {
    return this.#driver?.state() ?? { ...this.#record };
  }

  get score() {
    return this.#driver ? this.#driver.score() : this.#score;
  }

  get waitingMessages() {
    return this.#outbox.length;
  }

  get bufferedAmount() {
    const waiting = this.#driver?.waitingBytes() ?? this.#outbox.bytes;
    return waiting + (this.#socket?.bufferedAmount ?? 0);
  }

  send(data) {
    if (this.#closing.signal.aborted) throw new SteadfastError("connection.closed", "the connection is closed");
    const socket = this.#socket;
    // The usual case costs one call into the module, with a number. A socket that is about to close would take the
    // message and lose it.
    if (socket?.readyState === OPEN && this.#outbox.length === 0 && isPayload(data)) {
      if (this.#driver.pass(performance.now())) return void socket.send(data);
    }
    const bytes = byteLength(data);
    if (this.#driver) {
      this.#driver.admit(bytes);
    } else {
      this.#admitEarly(bytes);
    }
    this.#outbox.push(kept(data), bytes);
    this.#driver?.enqueue(bytes);
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

  async #beginWhenReady(loader) {
    const { signal } = this.#closing;
    try {
      await loader.readyAtLast(signal, (error) => this.#tellError(error));
      if (signal.aborted) return;
      this.#begin();
    } catch (error) {
      if (signal.aborted) return;
      this.#record.status = "FAILED";
      this.#endIterators(error);
      this.#tellError(error);
      throw error;
    }
    this.#open();
  }

  #begin() {
    this.#driver = new Driver(this.#sink(), this.#address, this.#options, this.#heartbeat.beats);
    for (const bytes of this.#outbox.lengths()) this.#driver.enqueue(bytes);
  }

  #open() {
    if (!this.#closing.signal.aborted) this.#driver.open();
  }

  async #close() {
    this.#closing.abort();
    if (this.#driver) {
      const driver = this.#driver;
      await driver.close();
      this.#record = driver.state();
      this.#score = driver.score();
      this.#driver = undefined;
      driver.free();
    }
    this.#endIterators();
    this.#outbox.clear();
  }

  /** The bounds of the outbox as the driver will hold them, while there is none. */
  #admitEarly(bytes) {
    const { maxMessages = 1000, maxBytes = 1 << 20 } = this.#options.outbox ?? {};
    if (this.#outbox.length >= maxMessages) {
      throw new SteadfastError("outbox.full", `outbox is full: ${maxMessages} messages wait, which is maxMessages`);
    }
    if (this.#outbox.bytes + bytes > maxBytes) {
      const problem = `${this.#outbox.bytes} bytes wait, ${bytes} more would exceed maxBytes = ${maxBytes}`;
      throw new SteadfastError("outbox.full", `outbox is full: ${problem}`);
    }
  }

  /** What the driver asks for: see sink.rs. */
  #sink() {
    return {
      attach: (socket, id) => this.#attach(socket, id),
      detach: () => (this.#socket = undefined),
      error: (error) => this.#tellError(error),
      event: (name, detail) => this.#tell(name, detail),
      ping: (id) => this.#say(() => this.#heartbeats.ping(id)),
      transmit: () => this.#transmit(),
    };
  }

  #attach(socket, id) {
    const driver = this.#driver;
    const { language } = this.#heartbeat;
    const heartbeats = new Heartbeats((language ?? PRESETS.steadfast)());
    const reply = (answer) => this.#say(() => answer);
    this.#socket = socket;
    this.#heartbeats = heartbeats;
    socket.onmessage = ({ data }) => {
      const now = performance.now();
      const read = language !== undefined || socket.protocol === PROTOCOL ? this.#read(heartbeats, data, reply) : MESSAGE;
      if (read >= 0) return driver.pong(id, read, now);
      driver.received(id, now);
      if (read !== ALIVE) this.#deliver(data);
    };
    this.#tap?.attached(socket);
  }

  /** What a message is. The user's own functions may fail. */
  #read(heartbeats, data, reply) {
    try {
      return heartbeats.read(data, reply);
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

  #transmit() {
    if (this.#socket?.readyState !== OPEN || this.#outbox.length === 0) return false;
    this.#socket.send(this.#outbox.peek());
    this.#outbox.shift();
    return true;
  }

  #deliver(data) {
    this.#tap?.message(data);
    if (this.#heard) this.dispatchEvent(new MessageEvent("message", { data }));
    for (const messages of this.#iterators) messages.push(data);
  }

  #tell(name, detail) {
    const type = name.replace(/^connection\./, "");
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
