// What the errors of WebSocket classes outside of browsers say of a failed dial. A page gets no reason, so it loads none
// of this. ws has codes of Node, Bun has them beside its own texts, and Deno has texts only.
// Node 22's own class says only that a server took no sub-protocol, and Node 24's nothing.

import { CAUSE } from "../common/causes.js";
import { retryAfter } from "../retry/failure.js";

/** @import { Socket, SocketFailure } from "./contracts.js" */

/** @type {[RegExp, number][]} Read in this order: the first that fits counts. */
const TEXTS = [
  [/certificate|self.signed|altname|hostname.*mismatch/i, CAUSE.CERTIFICATE],
  [/wrong.version.number|InvalidContentType|corrupt message|packet length too long|http.request/i, CAUSE.TLS_UNSUPPORTED],
  [/getaddrinfo|dns error|ENOTFOUND|EAI_AGAIN/, CAUSE.DNS],
  [/subprotocol|(missing|mismatch) client protocol|not respond with sent protocols/i, CAUSE.SUBPROTOCOL],
  [/redirect/i, CAUSE.REDIRECT],
  [/max payload size exceeded|message too (big|long|large)/i, CAUSE.MESSAGE_TOO_LONG],
  [/parse error|invalid response|invalid http|invalid (upgrade|sec-websocket-accept) header/i, CAUSE.NOT_WEB_SOCKET],
  [/tls|ssl|EPROTO/i, CAUSE.TLS],
];

/** The codes of OpenSSL for certificates that Node does not accept (`tls.checkServerIdentity`, X509_verify_cert_error). */
const CERTIFICATE = /^(CERT_|CRL_|DEPTH_ZERO|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|SELF_SIGNED|UNABLE_TO_)/;

/** "Unexpected server response: 404" of ws, "Invalid status code: 404" of Deno, "Expected 101 status code: 404" of Bun. */
const STATUS = /(?:server response|status code): (\d{3})\b/;

/**
 * What the `error` event of a socket says, as `closed` of sink.rs takes it: a status of HTTP, one of `CAUSE`, or undefined if
 * it says nothing. 401 and 403 are left out: what is done about credentials is the same here as in a page.
 * @param {SocketFailure} event
 */
export function dialError({ message = "", error } = {}) {
  const { code = "", rawPacket } = error ?? {};
  const text = `${message} ${error?.message ?? ""}`;
  const status = Number(STATUS.exec(text)?.[1] ?? 0);
  if (status === 401 || status === 403) return undefined;
  if (status >= 300 && status < 400) return CAUSE.REDIRECT;
  if (status > 0) return status;
  if (CERTIFICATE.test(code)) return CAUSE.CERTIFICATE;
  // A record of TLS, where HTTP was expected (RFC 8446, 5.1).
  if (rawPacket?.[0] === 21 && rawPacket[1] === 3) return CAUSE.TLS_EXPECTED;
  return TEXTS.find(([pattern]) => pattern.test(`${code} ${text}`))?.[1];
}

/**
 * What the `error` event of a socket says in words, without addresses, which may carry tokens; undefined if nothing.
 * @param {SocketFailure} event
 */
export function dialMessage({ message, error } = {}) {
  const text = message || error?.message;
  return text ? String(text).replace(/\b(?:wss?|https?):\/\/[^\s'"]*/g, "…").trim() : undefined;
}

/**
 * Looks for what a refused upgrade says of when to come back: only `ws` shows its headers. The function that it gives says
 * it as the reason of a close would; undefined if there is none.
 * @param {Socket} socket
 */
export function refusalOf(socket) {
  const { emit } = socket;
  if (typeof emit !== "function") return undefined;
  /** @type {string | undefined} */
  let reason;
  socket.emit = function (name, ...given) {
    // Not by a listener: then ws would leave it to that to end the dial.
    if (name === "unexpected-response") reason = reasonOf(given[1]?.headers);
    return emit.call(this, name, ...given);
  };
  return () => reason;
}

/** @param {Unchecked} headers */
function reasonOf(headers) {
  const wait = retryAfter(headers);
  const spread = headers?.["steadfast-spread"];
  if (wait < 0) return undefined;
  return `retry-after=${Math.ceil(wait / 1000)}${/^\d+$/.test(spread) ? `;spread=${spread}` : ""}`;
}
