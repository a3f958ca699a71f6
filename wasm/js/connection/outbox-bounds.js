import { OUTBOX_BYTES, OUTBOX_MAX_BYTES, OUTBOX_MAX_MESSAGES, OUTBOX_MESSAGES, TTL_MAX } from "../common/constants.js";
import { SteadfastError } from "../common/error.js";

/** @import { Outbox } from "./outbox.js" */

/** @typedef {{ maxMessages: number, maxBytes: number, overflow: unknown, ttl: number | undefined }} Bounds */

/**
 * The bounds of an outbox. A value that the module will refuse counts as absent: no message goes out then.
 * @param {Unchecked} given
 * @returns {Bounds}
 */
export function boundsOf(given) {
  const { maxMessages, maxBytes, overflow, ttl } = given ?? {};
  return {
    maxMessages: within(maxMessages, OUTBOX_MAX_MESSAGES) ? maxMessages : OUTBOX_MESSAGES,
    maxBytes: within(maxBytes, OUTBOX_MAX_BYTES) ? maxBytes : OUTBOX_BYTES,
    overflow,
    ttl: typeof ttl === "number" && ttl > 0 && ttl <= TTL_MAX ? ttl : undefined,
  };
}

/**
 * Makes room for a message of a number and a length while there is no driver that does it, as core's `Connection::send` does
 * while the link is down: tests/conformance/outbox.json holds for both. Gives the numbers of the messages that are dropped for
 * it: older ones, which have left the outbox, or the message itself. Throws if it is refused.
 * @param {Outbox} outbox
 * @param {Bounds} bounds
 * @param {number} message
 * @param {number} bytes
 */
export function makeRoom(outbox, { maxMessages, maxBytes, overflow }, message, bytes) {
  const isFull = () => outbox.size >= maxMessages || outbox.bytes + bytes > maxBytes;
  if (!isFull()) return [];
  const neverFits = maxMessages === 0 || bytes > maxBytes;
  if (neverFits || (overflow !== "drop-newest" && overflow !== "drop-oldest")) {
    const problem =
      outbox.size >= maxMessages
        ? `${maxMessages} messages wait, which is maxMessages`
        : `${outbox.bytes} bytes wait, ${bytes} more would exceed maxBytes = ${maxBytes}`;
    throw new SteadfastError("outbox.full", `outbox is full: ${problem}`);
  }
  if (overflow === "drop-newest") return [message];
  const dropped = [];
  while (isFull()) dropped.push(outbox.deleteFirst());
  return dropped;
}

/** @param {Unchecked} value @param {number} most */
function within(value, most) {
  return Number.isInteger(value) && value >= 0 && value <= most;
}
