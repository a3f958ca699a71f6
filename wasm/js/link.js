import { closeHint, HINT, readFrame, writtenFrame } from "./frames.js";
import { Heartbeats } from "./heartbeat.js";
import { MESSAGE, PRESETS } from "./presets.js";
import { timers } from "./timers.js";

/** `WebSocket.OPEN`; the class may be the user's. */
export const OPEN = 1;
/** The sub-protocol whose servers acknowledge messages, and answer heartbeats without being asked to. */
export const PROTOCOL = "steadfast.v1";
/** How its control frames begin, and the one that any server may send. */
export const CONTROL = '{"steadfast":';
const HINTS = '{"steadfast":"hint"';

/** The code of a dial for which there is no address: see `Driver::lost`. */
const NO_ADDRESS = 0;
const NO_HINT = [-1, -1, -1];
const ABNORMAL = 1006;
/** A goodbye that waits for its answer. */
const NORMAL = 1000;

/** Hears an error of a socket and does nothing: a close follows, which says more. */
const ignore = () => {};

/** What a driver asks for, which calls it a sink: its sockets, one after the other, its timers, and more of its owner. */
export class Link {
  /** The present socket, if there is one. */
  socket;
  #id;
  /** The heartbeats of the present socket. */
  #heartbeats;
  #driver;
  #owner;

  /**
   * The `owner` says where to dial, by which class and with which language of heartbeats, has the payloads of messages, and
   * is told what comes.
   */
  constructor(owner) {
    this.#owner = owner;
    this.wait = timers((timer) => this.#driver.elapsed(timer));
    this.event = owner.event;
    this.release = owner.release;
    this.report = owner.report;
  }

  /** Who decides: from now on it may ask. */
  drivenBy(driver) {
    this.#driver = driver;
  }

  /** Whether the server acknowledges messages. */
  get acknowledges() {
    return this.socket?.protocol === PROTOCOL;
  }

  dial(id, refresh) {
    const { address, protocols } = this.#owner;
    this.#id = id;
    if (typeof address === "string") this.#open(id, address, protocols);
    else void this.#ask(id, refresh);
  }

  /** Lets go of a socket, if it is the present one, with a goodbye. Nothing is heard of it any more. */
  hangUp(id, code) {
    if (id !== this.#id) return;
    const { socket } = this;
    this.letGo();
    try {
      try {
        socket?.close(code);
      } finally {
        // A dead peer never answers a goodbye. Classes outside of browsers can be told not to wait.
        if (code !== NORMAL) socket?.terminate?.();
      }
    } catch {
      // It is let go of all the same.
    }
  }

  /** Lets go of the present socket. */
  letGo() {
    const { socket } = this;
    if (socket) socket.onopen = socket.onclose = socket.onmessage = null;
    this.socket = this.#id = undefined;
  }

  ping(id, ping) {
    this.#say(id, () => this.#heartbeats.ping(ping));
  }

  say(id, ...frame) {
    this.#say(id, () => writtenFrame(...frame));
  }

  transmit(id, message) {
    const payload = this.#owner.payload(message);
    if (id !== this.#id || this.socket?.readyState !== OPEN || payload === undefined) return false;
    this.socket.send(payload);
    return true;
  }

  /** Asks the user's function where to dial. The answer is passed over if it took too long. */
  async #ask(id, refresh) {
    try {
      const answer = await this.#owner.address(refresh);
      if (id === this.#id) this.#open(id, ...answer);
    } catch (error) {
      this.#failed(id, error);
    }
  }

  /** A page may not dial every address. */
  #open(id, address, protocols) {
    const { WebSocketClass, language, attached } = this.#owner;
    const driver = this.#driver;
    let socket;
    try {
      // Some classes refuse a list of none.
      socket = new WebSocketClass(address, ...(protocols.length > 0 ? [protocols] : []));
      socket.binaryType = "arraybuffer";
    } catch (error) {
      return this.#failed(id, error);
    }
    socket.onopen = () => driver.opened(id, this.acknowledges);
    socket.onclose = ({ code, reason }) => {
      if (id === this.#id) this.letGo();
      driver.lost(id, code ?? ABNORMAL, ...closeHint(reason));
    };
    // Some classes take an error that nobody hears for a crash.
    socket.onerror = ignore;
    this.socket = socket;
    this.#heartbeats = new Heartbeats((language ?? PRESETS.steadfast)());
    const hands = {
      reply: (answer) => this.#say(id, () => answer),
      promise: (silence) => driver.promised(id, silence, performance.now()),
    };
    socket.onmessage = ({ data }) => this.#heard(id, data, language === undefined ? undefined : hands);
    attached?.(socket);
  }

  #failed(id, error) {
    if (id !== this.#id) return;
    this.letGo();
    // First, so that whoever hears of the loss knows why.
    this.#owner.error(error);
    this.#driver.lost(id, NO_ADDRESS, ...NO_HINT);
  }

  /** With `hands`, whatever is no control frame may be a heartbeat. */
  #heard(id, data, hands) {
    const now = performance.now();
    const { acknowledges } = this;
    if (isControl(data, acknowledges ? CONTROL : HINTS)) {
      const frame = readFrame(data);
      if (acknowledges || frame[0] === HINT) return this.#driver.control(id, acknowledges, now, ...frame);
    }
    // Whatever else comes from a server that acknowledges counts as a message.
    const read = hands === undefined || acknowledges ? MESSAGE : this.#read(data, hands);
    this.#driver.heard(id, read, now);
    if (read === MESSAGE) this.#owner.message(data);
  }

  /** What a message is. The user's own functions may fail. */
  #read(data, hands) {
    try {
      return this.#heartbeats.read(data, hands);
    } catch (error) {
      this.#owner.error(error);
      return MESSAGE;
    }
  }

  /** Sends something that is no message of the user. */
  #say(id, what) {
    try {
      if (id === this.#id && this.socket?.readyState === OPEN) this.socket.send(what());
    } catch (error) {
      this.#owner.error(error);
    }
  }
}

/** Whether a message begins as control frames do. */
export function isControl(data, beginning = CONTROL) {
  return typeof data === "string" && data.startsWith(beginning);
}
