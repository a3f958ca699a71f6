// The calls of the WebSocket class, which may be the user's. Whatever its members throw when a socket is given up stays here.

import { SteadfastError } from "../common/error.js";

/** @import { Dial } from "../steadfast_connection.js" */
/** @import { Socket, SocketClass, SocketEnd, SocketFailure } from "./contracts.js" */

const CONNECTING = 0;
/** `WebSocket.OPEN`. */
const OPEN = 1;
const CLOSING = 2;
const CLOSED = 3;
/** Closed without a close frame (RFC 6455, 7.4.1). */
const ABNORMAL = 1006;
/** The close code of a user who is done. */
const DONE = 1000;
/** The close code of a link that is left while the session goes on: see docs/protocol.md. */
export const GOING_AWAY = 4000;
/** How long the `close` event may follow the `error` event of a dial, in ms. */
const CLOSE_AFTER_ERROR = 250;
/** How long a peer has to answer a close frame, in ms. */
const CLOSE_LIMIT = 3000;

/**
 * @typedef {object} Listeners
 * @property {() => void} opened
 * @property {(event: SocketFailure) => void} failed
 * @property {(code: number, reason: string, isBlocked: boolean, event: SocketEnd) => void} closed
 */

/**
 * Constructs a socket; `options` is the third argument that some classes outside of browsers take.
 * @param {SocketClass} WebSocket
 * @param {string} url
 * @param {string[]} protocols
 * @param {object | undefined} options
 */
export function openSocket(WebSocket, url, protocols, options) {
  // Some classes refuse an empty list, and some count their arguments.
  const offered = protocols.length > 0 ? protocols : undefined;
  if (options !== undefined) return new WebSocket(url, offered, options);
  return offered === undefined ? new WebSocket(url) : new WebSocket(url, offered);
}

/**
 * Calls `opened` and `failed`, with its event, and once `closed`, with a code, a reason, whether the platform does not allow
 * the dial, and the event.
 *
 * A dial may fail without a `close` event: Node 22's own class fires none, and neither does Chromium for an address that a
 * content security policy forbids. Then an error counts as the end. An open socket always fires one after an error.
 * @param {Socket} socket
 * @param {Listeners} listeners
 */
export function listen(socket, { opened, failed, closed }) {
  // Chromium's way of saying that a content security policy forbids the address.
  const isBlocked = socket.readyState === CLOSED;
  let isOver = false;
  /** @param {SocketEnd} event */
  const over = (event) => {
    if (isOver) return;
    isOver = true;
    closed(event?.code ?? ABNORMAL, String(event?.reason ?? ""), isBlocked, event);
  };
  socket.onopen = opened;
  socket.onclose = over;
  // Some classes take an error that nobody hears for a crash.
  socket.onerror = (event) => {
    failed(event);
    if (socket.readyState === OPEN || socket.readyState === CLOSING) return;
    setTimeout(() => over({ code: ABNORMAL, reason: "", wasClean: false }), CLOSE_AFTER_ERROR);
  };
  // Afterwards, as a class may throw here.
  socket.binaryType = "arraybuffer";
}

/**
 * Whether the socket takes messages. A class without states takes them once it has opened.
 * @param {Socket} socket
 */
export function isOpen(socket) {
  return (socket.readyState ?? OPEN) === OPEN;
}

/**
 * Sends the close frame of a dial's socket. Nothing is heard of the dial any more, but for the end of a link that is given up: a
 * server that answers the close frame was not dead. A class that can `terminate` does so after `CLOSE_LIMIT` if
 * the user closes, as a dead peer never answers and an open connection keeps the process alive; and at once if the link is
 * given up or was not open yet.
 * @param {Dial} dial
 * @param {number} code
 */
export function hangUp(dial, code) {
  const { socket } = dial;
  mute(dial, code === GOING_AWAY);
  quietly(() => {
    const waits = code === DONE && socket.readyState !== CONNECTING;
    quietly(() => socket.close(code));
    if (typeof socket.terminate !== "function") return;
    if (!waits) return socket.terminate();
    // The connection itself keeps the process alive, as long as it is there.
    setTimeout(() => quietly(() => /** @type {Required<Socket>} */ (socket).terminate()), CLOSE_LIMIT).unref?.();
  });
}

/**
 * Nothing is heard of this dial any more, but for its end if `untilClosed`.
 * @param {Dial} dial
 * @param {boolean} untilClosed
 */
export function mute(dial, untilClosed) {
  if (dial.isGivenUp) return;
  dial.isGivenUp = true;
  /** @type {("onopen" | "onmessage" | "onclose")[]} */
  const handlers = ["onopen", "onmessage"];
  if (!untilClosed) handlers.push("onclose");
  for (const handler of handlers) quietly(() => (dial.socket[handler] = null));
}

/**
 * The error that tells users of a dial that the platform does not allow, if the class has closed the socket at once, or has
 * thrown an `error` that says so; undefined otherwise.
 * @param {boolean} isClosed
 * @param {Thrown} error
 */
export function blocked(isClosed, error) {
  const { name, message = "" } = error ?? {};
  // The second is Firefox's name for what a content security policy forbids.
  if (!isClosed && name !== "SecurityError" && name !== "NS_ERROR_CONTENT_BLOCKED") return undefined;
  const advice = "allow it in connect-src of the content security policy, use wss: on a page with TLS, and no blocked port";
  const text = `the browser does not allow the address: ${advice}${message && ` (${message})`}`;
  return new SteadfastError("connection.blocked", text);
}

/**
 * Nobody can do anything about an error of a socket that is given up.
 * @param {() => unknown} call
 */
function quietly(call) {
  try {
    call();
  } catch {}
}
