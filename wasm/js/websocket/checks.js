// What the constructor and the methods of a WebSocket refuse: https://websockets.spec.whatwg.org/

import { TOKEN, socketAddress } from "../connection/address.js";
import { byteLength, isBlob, isBuffer } from "../connection/payload.js";

/** @import { Payload } from "../index.js" */

/** The most bytes of a reason: what a control frame has room for, less two for the code. */
const LONGEST_REASON = 123;

/**
 * The address as `url` shows it.
 * @param {unknown} given
 */
export function checkedUrl(given) {
  try {
    return socketAddress(String(given));
  } catch (/** @type {Thrown} */ error) {
    throw new DOMException(error.message, "SyntaxError");
  }
}

/**
 * The sub-protocols as a list.
 * @param {Unchecked} given
 * @returns {string[]}
 */
export function checkedProtocols(given) {
  // The platform's class offers "null", which no server expects.
  given ??= [];
  const isList = typeof given === "object" && given !== null && typeof given[Symbol.iterator] === "function";
  const protocols = isList ? Array.from(given, String) : [String(given)];
  if (protocols.every((protocol) => TOKEN.test(protocol)) && new Set(protocols).size === protocols.length) return protocols;
  throw new DOMException("a sub-protocol is no token, or given twice", "SyntaxError");
}

/**
 * The arguments of `close()`, as the socket's own method takes them.
 * @param {Unchecked} code
 * @param {Unchecked} reason
 * @returns {[code?: number, reason?: string]}
 */
export function checkedGoodbye(code, reason) {
  if (code !== undefined) {
    code = Math.round(Math.min(Math.max(Number(code) || 0, 0), 0xffff));
    if (code !== 1000 && (code < 3000 || code > 4999)) {
      throw new DOMException(`the close code is ${code}; allowed is 1000, and 3000 to 4999`, "InvalidAccessError");
    }
  }
  if (reason === undefined) return code === undefined ? [] : [code];
  reason = String(reason);
  if (byteLength(reason) > LONGEST_REASON) {
    throw new DOMException(`the reason is longer than ${LONGEST_REASON} bytes`, "SyntaxError");
  }
  return [code, reason];
}

/**
 * What `send()` sends: anything that is neither a text nor bytes, as a text.
 * @param {unknown} data
 * @returns {Payload}
 */
export function checkedPayload(data) {
  if (typeof data === "string" || isBuffer(data) || isBlob(data)) return data;
  if (ArrayBuffer.isView(data)) {
    if (isBuffer(data.buffer)) return data;
    throw new TypeError("shared memory cannot be sent");
  }
  return String(data);
}
