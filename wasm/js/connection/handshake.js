import { SteadfastError, describe, requireFunction } from "../common/error.js";
import { isPayload } from "./payload.js";

/** @import { Frame, Socket } from "./contracts.js" */
/** @import { ConnectOptions, HandshakeLink, Payload, Received, SteadfastErrorCode } from "../index.js" */
/** @import { Link } from "./link.js" */
/** @import { Driven } from "./driver-callbacks.js" */

/** Maximum number of messages that the handshake has not received yet. */
const MOST_UNREAD = 1000;

/**
 * The option `handshake`, checked.
 * @param {ConnectOptions["handshake"]} given
 */
export function handshakeOf(given) {
  if (given !== undefined) requireFunction("handshake", given);
  return given;
}

/** A new link while the option `handshake` has it to itself. */
export class Handshake {
  /** @type {Received[]} The messages that came and were not received, in order: they are for the listeners afterwards. */
  unread = [];
  /**
   * What came that is no message, for afterwards: the last hint, as a control frame, and the last promise.
   * @type {Frame | undefined}
   */
  hint;
  /** @type {number | undefined} */
  silence;
  /** @type {Socket} */
  #socket;
  /** @type {{ resolve: (data: any) => void, reject: (error: unknown) => void }[]} any: what the user's class brings */
  #receivers = [];
  /** @type {SteadfastError | undefined} Why the handshake is over. */
  #over;
  #abort = new AbortController();

  /** @param {Socket} socket */
  constructor(socket) {
    this.#socket = socket;
  }

  /**
   * What the user's function is given, beside what is known of the dial.
   * @returns {Pick<HandshakeLink, "send" | "receive" | "signal">}
   */
  get means() {
    return { send: (data) => this.#send(data), receive: () => this.#receive(), signal: this.#abort.signal };
  }

  /**
   * A message came.
   * @param {Received} data
   */
  received(data) {
    const receiver = this.#receivers.shift();
    if (receiver) receiver.resolve(data);
    else if (this.unread.length < MOST_UNREAD) this.unread.push(data);
    else throw new SteadfastError("handshake.unread", `more than ${MOST_UNREAD} messages came that the handshake has not received`);
  }

  /**
   * Nothing can be sent or received any more.
   * @param {SteadfastErrorCode} code
   * @param {string} message
   */
  end(code, message) {
    this.#over = new SteadfastError(code, message);
    this.#abort.abort(this.#over);
    for (const { reject } of this.#receivers.splice(0)) reject(this.#over);
  }

  /** @param {Payload} data */
  #send(data) {
    if (this.#over) throw this.#over;
    if (!isPayload(data)) {
      throw new SteadfastError("message.type", `a message is a text, a buffer or a Blob, not ${describe(data)}`);
    }
    this.#socket.send(data);
  }

  /** @returns {Promise<any>} any: as above */
  #receive() {
    if (this.#over) return handled(Promise.reject(this.#over));
    if (this.unread.length > 0) return Promise.resolve(this.unread.shift());
    return handled(new Promise((resolve, reject) => this.#receivers.push({ resolve, reject })));
  }
}

/**
 * Runs the handshake of `session` on `link`, which has just opened, and calls `opened` when it has succeeded.
 * @param {Driven} session
 * @param {Link} link
 * @param {boolean} refresh
 * @param {() => void} opened
 */
export async function runHandshake(session, link, refresh, opened) {
  const { driver } = session;
  const handshake = (link.handshake = new Handshake(link.socket));
  const { reconnectAttempts: attempt } = driver.state();
  const { protocol } = link;
  /** @type {Thrown} */
  let cause;
  let hasFailed = false;
  try {
    await /** @type {{ handshake: NonNullable<ConnectOptions["handshake"]> }} */ (session).handshake({
      ...handshake.means,
      attempt,
      refresh,
      url: /** @type {string} */ (link.socket.url),
      protocol,
    });
  } catch (error) {
    [cause, hasFailed] = [error, true];
  }
  // The link was lost, or is not wanted any more.
  if (link.handshake !== handshake) return;
  link.handshake = undefined;
  handshake.end("handshake.over", "the handshake is over");
  if (hasFailed) {
    const error = new SteadfastError("handshake.failed", `the handshake failed: ${cause?.message ?? cause}`);
    session.publishError(Object.assign(error, { cause }));
    return driver.handshakeFailed(link.id, closeCodeOf(cause));
  }
  opened();
  link.replay(handshake);
}

/**
 * The close code that an error asks for; 0 if it asks for none.
 * @param {Thrown} error
 */
function closeCodeOf(error) {
  const code = error?.closeCode;
  return Number.isInteger(code) && code >= 1000 && code <= 4999 ? code : 0;
}

/**
 * Nobody has to wait for this: a rejection that nobody handles is no fault of the program.
 * @template {Promise<unknown>} Handled
 * @param {Handled} promise
 */
function handled(promise) {
  promise.catch(() => {});
  return promise;
}
