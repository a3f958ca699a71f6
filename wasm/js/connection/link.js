import { guarded } from "../common/callback.js";
import { CONTROL_PREFIX, HINT, HINT_PREFIX, PROTOCOL, isControl, readFrame } from "./frames.js";
import { Heartbeats } from "./heartbeat.js";
import { MESSAGE, PRESETS } from "./presets.js";
import { isOpen } from "./socket.js";

/** @import { Driver } from "../steadfast_connection.js" */
/** @import { Handshake } from "./handshake.js" */
/** @import { Language, Replies } from "./presets.js" */
/** @import { Payload, Received } from "../index.js" */
/** @import { Socket } from "./contracts.js" */

/** @typedef {{ deliver: (data: Received) => void, failed: (error: unknown) => void }} Callbacks */

/** One link: its socket, the heartbeats on it, and what comes over it. */
export class Link {
  /** @type {Socket} */
  socket;
  /** @type {number} The number by which the driver knows the socket. */
  id;
  /** The sub-protocol that the server chose; empty before the socket has opened. */
  protocol = "";
  /** @type {Handshake | undefined} What the user does first, while that is under way. */
  handshake;
  /** @type {Callbacks} */
  #callbacks;
  /** @type {Driver} */
  #driver;
  /** @type {Heartbeats} */
  #heartbeats;

  /**
   * A link over `socket`, which `driver` knows by `id`. Messages go to `deliver`, and errors of the heartbeat's functions
   * to `failed`.
   * @param {Socket} socket
   * @param {number} id
   * @param {Driver} driver
   * @param {(() => Language) | undefined} language
   * @param {Callbacks} callbacks
   */
  constructor(socket, id, driver, language, callbacks) {
    const heartbeats = new Heartbeats((language ?? PRESETS.steadfast)());
    /** @type {Replies} */
    const replies = {
      reply: (answer) => this.say(() => answer),
      promise: (silence) => {
        // The driver has no link yet that the promise could be of.
        if (this.handshake) this.handshake.silence = silence;
        else driver.promised(id, silence, performance.now());
      },
    };
    this.socket = socket;
    this.id = id;
    this.#callbacks = callbacks;
    this.#driver = driver;
    this.#heartbeats = heartbeats;
    socket.onmessage = guarded(({ data }) => {
      const now = performance.now();
      const acknowledged = this.isAcknowledged;
      if (isControl(data, acknowledged ? CONTROL_PREFIX : HINT_PREFIX)) {
        const frame = readFrame(data);
        if (acknowledged || frame[0] === HINT) {
          if (this.handshake && frame[0] === HINT) this.handshake.hint = frame;
          return driver.control(id, acknowledged, now, ...frame);
        }
      }
      // Whatever else comes from such a server counts as a message.
      const read = language === undefined || acknowledged ? MESSAGE : this.#read(data, replies);
      if (this.handshake && read === MESSAGE) return this.handshake.received(data);
      driver.heard(id, read, now);
      if (read === MESSAGE) callbacks.deliver(data);
    }, callbacks.failed);
  }

  /** Whether the server acknowledges messages. */
  get isAcknowledged() {
    return this.protocol === PROTOCOL;
  }

  /** The socket has opened: reads the sub-protocol, once. A class whose getter throws has none. */
  readProtocol() {
    try {
      this.protocol = this.socket.protocol || "";
    } catch (error) {
      this.#callbacks.failed(error);
    }
    return this.protocol;
  }

  /** The link is gone, or not wanted any more. */
  leave() {
    const { handshake } = this;
    this.handshake = undefined;
    handshake?.end("handshake.interrupted", "the link was lost during the handshake, or is not wanted any more");
  }

  /**
   * Lets come what has come during the handshake and is for afterwards.
   * @param {Handshake} handshake
   */
  replay({ hint, silence, unread }) {
    const now = performance.now();
    if (hint) this.#driver.control(this.id, this.isAcknowledged, now, ...hint);
    if (silence !== undefined) this.#driver.promised(this.id, silence, now);
    for (const data of unread) {
      this.#driver.heard(this.id, MESSAGE, now);
      this.#callbacks.deliver(data);
    }
  }

  /**
   * Sends the heartbeat with this id.
   * @param {number} id
   */
  ping(id) {
    this.say(() => this.#heartbeats.ping(id));
  }

  /**
   * Sends a text that is no message of the user.
   * @param {() => Payload} text
   */
  say(text) {
    try {
      if (isOpen(this.socket)) this.socket.send(text());
    } catch (error) {
      this.#callbacks.failed(error);
    }
  }

  /**
   * Reads a message in the heartbeat's language. The user's own functions may fail.
   * @param {Received} data
   * @param {Replies} replies
   */
  #read(data, replies) {
    try {
      return this.#heartbeats.read(data, replies);
    } catch (error) {
      this.#callbacks.failed(error);
      return MESSAGE;
    }
  }
}
