import { SteadfastError, describe } from "../common/error.js";

/** @import { KeptPayload } from "./contracts.js" */
/** @import { Payload } from "../index.js" */

/**
 * The length of a message on the wire. Throws if it is not one.
 * @param {unknown} data
 * @returns {number}
 */
export function byteLength(data) {
  if (typeof data === "string") return utf8Length(data);
  if (isBuffer(data) || ArrayBuffer.isView(data)) return data.byteLength;
  if (isBlob(data)) return data.size;
  const message = `a message is a text, an ArrayBuffer, a view of one, or a Blob, not ${describe(data)}`;
  throw new SteadfastError("message.type", message);
}

/**
 * Whether it is a message.
 * @param {unknown} data
 * @returns {data is Payload}
 */
export function isPayload(data) {
  return typeof data === "string" || isBuffer(data) || ArrayBuffer.isView(data) || isBlob(data);
}

/**
 * Whether it is an `ArrayBuffer`, of this window or of another.
 * @param {unknown} data
 * @returns {data is ArrayBuffer}
 */
export function isBuffer(data) {
  return data instanceof ArrayBuffer || tagOf(data) === "[object ArrayBuffer]";
}

/**
 * Whether it is a `Blob`, of this window or of another.
 * @param {unknown} data
 * @returns {data is Blob}
 */
export function isBlob(data) {
  return data instanceof Blob || /^\[object (Blob|File)\]$/.test(tagOf(data));
}

/**
 * What a message that waits is kept as: buffers as they are now, whatever their owner does with them later.
 * @param {Payload} data
 * @returns {KeptPayload}
 */
export function kept(data) {
  if (isBuffer(data)) return data.slice(0);
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength).slice();
  return data;
}

/**
 * The length of a text in UTF-8, without encoding it. A lone surrogate becomes U+FFFD, of three bytes.
 * @param {string} text
 */
function utf8Length(text) {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    bytes += unit < 0x800 ? 1 : 2;
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      // Two units make one character of four bytes: two were counted, and two more are added here.
      i++;
    }
  }
  return bytes;
}

/** @param {unknown} value */
export function tagOf(value) {
  return Object.prototype.toString.call(value);
}
