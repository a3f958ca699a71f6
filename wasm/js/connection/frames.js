// The control frames of steadfast.v1 (docs/protocol.md), as core's `Frame` reads and writes them, by the JSON parser that
// every page has: tests/conformance/frames.json holds for both.

import { FRAME_MAX_BYTES, FRAME_MAX_SESSION_BYTES, FRAME_MAX_TOKEN_BYTES } from "../common/constants.js";
import { byteLength } from "./payload.js";

/** @import { Frame } from "./contracts.js" */

/** Kinds of frames, in the order of the module's numbers for them: see `control` in connection/frames.rs. */
const KINDS = ["ack", "hello", "hint", "ping", "pong", "welcome"];
export const HINT = KINDS.indexOf("hint");
/** A frame of a kind that this version does not know. */
export const UNKNOWN = KINDS.length;
/** A text that begins like a frame and is none. */
export const VIOLATION = UNKNOWN + 1;

/** The sub-protocol whose servers acknowledge messages, and answer heartbeats without being asked to. */
export const PROTOCOL = "steadfast.v1";
/** How its control frames begin, and the one that any server may send. */
export const CONTROL_PREFIX = '{"steadfast":';
export const HINT_PREFIX = '{"steadfast":"hint"';

const MOST_ID = 0xffff_ffff;
/** The members that may be there once. */
const MEMBERS = ["steadfast", "id", "maxIdle", "received", "resumed", "retryAfter", "session", "spread", "token"];
const NAMES = /"((?:[^"\\]|\\.)*)"\s*(:?)/gs;
const LONE_SURROGATE = /\p{Cs}/u;
const CONTROL_CHARACTER = /\p{Cc}/u;

/**
 * Whether a message begins as control frames do.
 * @param {unknown} data
 * @returns {data is string}
 */
export function isControl(data, prefix = CONTROL_PREFIX) {
  return typeof data === "string" && data.startsWith(prefix);
}

/**
 * What a frame says: its kind, up to three numbers, of which −1 stands for what is absent, and a token.
 * @param {string} text
 * @returns {Frame}
 */
export function readFrame(text) {
  try {
    const frame = flat(text);
    const kind = KINDS.indexOf(frame.steadfast);
    return /** @type {Frame} */ ([kind < 0 ? UNKNOWN : kind, ...(READERS[kind]?.(frame) ?? [])]);
  } catch {
    return [VIOLATION];
  }
}

/**
 * A frame as a text.
 * @param {number} kind
 * @param {number} number
 * @param {string} [session]
 * @param {string} [token]
 */
export function writtenFrame(kind, number, session, token) {
  const count = KINDS[kind] === "pong" ? { id: number } : { received: number };
  return JSON.stringify({ steadfast: KINDS[kind], session, token, ...count });
}

/** @type {((frame: Record<string, Unchecked>) => (number | string)[])[]} */
const READERS = [
  ({ received }) => [count(received)],
  ({ session, token, received }) => {
    named(session, FRAME_MAX_SESSION_BYTES);
    if (given(token)) named(token, FRAME_MAX_TOKEN_BYTES);
    return [count(received)];
  },
  ({ retryAfter, spread, maxIdle }) => [wait(retryAfter), wait(spread), wait(maxIdle)],
  ({ id }) => [whole(id, MOST_ID)],
  ({ id }) => [whole(id, MOST_ID)],
  ({ token, received, resumed, maxIdle }) => {
    require(typeof resumed === "boolean");
    return [count(received), Number(resumed), wait(maxIdle), named(token, FRAME_MAX_TOKEN_BYTES)];
  },
];

/**
 * The members of a flat object, none of which that matter is there twice.
 * @param {string} text
 * @returns {Record<string, Unchecked>}
 */
function flat(text) {
  require(byteLength(text) <= FRAME_MAX_BYTES);
  const frame = JSON.parse(text);
  for (const part of Object.entries(frame).flat()) {
    require(typeof part !== "object" || part === null);
    require(typeof part !== "string" || !LONE_SURROGATE.test(part));
  }
  const names = Array.from(text.matchAll(NAMES), ([, name, colon]) => colon && JSON.parse(`"${name}"`));
  for (const member of MEMBERS) require(names.indexOf(member) === names.lastIndexOf(member));
  require(typeof frame.steadfast === "string");
  return frame;
}

/** @param {Unchecked} value */
function given(value) {
  return value !== undefined && value !== null;
}

/** @param {Unchecked} value */
function count(value) {
  return whole(value, Number.MAX_SAFE_INTEGER);
}

/** @param {Unchecked} value @param {number} most */
function whole(value, most) {
  require(Number.isInteger(value) && value >= 0 && value <= most);
  return value;
}

/** @param {Unchecked} value */
function wait(value) {
  require(!given(value) || (typeof value === "number" && value >= 0));
  return value ?? -1;
}

/** @param {Unchecked} value @param {number} most */
function named(value, most) {
  require(typeof value === "string" && value !== "" && byteLength(value) <= most && !CONTROL_CHARACTER.test(value));
  return value;
}

/**
 * The reader of a frame catches it, and reports `VIOLATION`.
 * @param {boolean} holds
 * @returns {asserts holds}
 */
function require(holds) {
  if (!holds) throw VIOLATION;
}
