import { SteadfastError } from "./error.js";

const CONNECTING = 0;
const OPEN = 1;
const CLOSING = 2;
/** Closed without a close frame (RFC 6455, 7.4.1). */
const ABNORMAL = 1006;
/** How long the `close` event may follow the `error` event of a dial, in ms. */
const CLOSE_AFTER_ERROR = 250;
/** How long a peer has to answer a close frame, in ms. */
const CLOSE_LIMIT = 3000;

/**
 * Calls `onclose` of a socket whose dial fails without a `close` event: Node 22's own class fires none, and neither does
 * Chromium for an address that a content security policy forbids. An open socket always fires one after an error.
 */
export function followErrors(socket) {
  socket.onerror = () => {
    if (socket.readyState === OPEN || socket.readyState === CLOSING) return;
    setTimeout(() => socket.onclose?.({ code: ABNORMAL, reason: "", wasClean: false }), CLOSE_AFTER_ERROR);
  };
}

/**
 * Sends the close frame. A class that can `terminate` does so after `CLOSE_LIMIT` if the user closes, as a dead peer never
 * answers and an open connection keeps the process alive; and at once if the link is given up or was not open yet.
 */
export function leave(socket, code) {
  const isDialling = socket.readyState === CONNECTING;
  socket.close(code);
  if (typeof socket.terminate !== "function") return;
  if (code !== 1000 || isDialling) return socket.terminate();
  // The connection itself keeps the process alive, as long as it is there.
  setTimeout(() => socket.terminate(), CLOSE_LIMIT).unref?.();
}

/**
 * The error that tells users of a dial that the platform does not allow, if the class has closed the socket at once, or has
 * thrown an `error` that says so; undefined otherwise.
 */
export function blocked(isClosed, error) {
  const { name, message = "" } = error ?? {};
  // The second is Firefox's name for what a content security policy forbids.
  if (!isClosed && name !== "SecurityError" && name !== "NS_ERROR_CONTENT_BLOCKED") return undefined;
  const advice = "allow it in connect-src of the content security policy, use wss: on a page with TLS, and no blocked port";
  const text = `the browser does not allow the address: ${advice}${message && ` (${message})`}`;
  return new SteadfastError("connection.blocked", text);
}
