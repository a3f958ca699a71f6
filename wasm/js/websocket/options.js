import { CONNECT_TIMEOUT_MAX, OUTBOX_MAX_BYTES, OUTBOX_MAX_MESSAGES, STABLE_AFTER_MAX } from "../common/constants.js";
import { SteadfastError, describe, requireNumber } from "../common/error.js";

/** @import { ConnectOptions, SteadfastWebSocketOptions } from "../index.js" */

/** The waits of reconnecting-websocket, for those that are not given when another is. */
const LEAST_WAIT = 1000;
const LONGEST_WAIT = 10_000;
const GROWTH = 1.3;
/** How long the peer's goodbye is waited for, in ms. */
const CLOSE_TIMEOUT = 3000;

/**
 * The least and the most that the numbers among the options may be, and whether they have to be whole. Times are in ms.
 * @type {Record<string, [least: number, most: number, isCount?: boolean]>}
 */
const RANGES = {
  closeTimeout: [0, 600_000],
  connectionTimeout: [1, Infinity],
  maxEnqueuedMessages: [0, Infinity, true],
  maxReconnectionDelay: [0, 2 ** 53],
  maxRetries: [0, Infinity, true],
  minReconnectionDelay: [0, 2 ** 53],
  minUptime: [0, STABLE_AFTER_MAX],
  reconnectionDelayGrowFactor: [1, 2 ** 53],
};

/** The options of Steadfast, by the names in types/options.d.ts and types/websocket.d.ts. */
const OWN = new Set([
  ..."WebSocket closeTimeout connectTimeout connectionTimeout debug expiredCloseCodes fatalCloseCodes handshake".split(" "),
  ..."heartbeat maxEnqueuedMessages maxIdle maxReconnectAttempts maxReconnectionDelay maxRetries maxServerWait".split(" "),
  ..."maxSilence minReconnectionDelay minUptime outbox persist persistKey protocols reconnect".split(" "),
  ..."reconnectionDelayGrowFactor report retry session shouldReconnect shouldReconnectOnClose socketOptions".split(" "),
  ..."stableAfter startClosed suspendHiddenAfter".split(" "),
]);

/** The options of classes outside of browsers: of ws, of Node's own, and of Bun. */
const OF_CLASSES = new Set([
  ..."agent allowSynchronousEvents autoPong ca cert checkServerIdentity createConnection dispatcher finishRequest".split(" "),
  ..."followRedirects generateMask handshakeTimeout headers key localAddress lookup maxPayload maxRedirects origin".split(" "),
  ..."passphrase perMessageDeflate pfx protocolVersion proxy rejectUnauthorized servername skipUTF8Validation tls".split(" "),
]);

/**
 * The third argument of a constructor, in which the options of the class underneath may stand among those of Steadfast. What
 * belongs to neither is refused by name, but where a library calls a class of `with()` and knows nothing of Steadfast: then it
 * goes to the class underneath, too.
 * @param {unknown} given
 * @param {SteadfastWebSocketOptions} [options]
 * @returns {SteadfastWebSocketOptions}
 */
export function thirdArgument(given, options) {
  if (typeof given !== "object" || given === null) return { ...options };
  /** @type {(name: string) => boolean} */
  const isForClass = options ? (name) => !OWN.has(name) : (name) => OF_CLASSES.has(name);
  /** @type {Record<string, Unchecked>} */
  const merged = { ...options };
  /** @type {Record<string, unknown>} */
  const forClass = {};
  for (const [name, value] of Object.entries(given)) (isForClass(name) ? forClass : merged)[name] = value;
  if (Object.keys(forClass).length > 0) merged.socketOptions = { ...merged.socketOptions, ...forClass };
  return merged;
}

/**
 * The options of a `SteadfastWebSocket`, apart: its own, and those of the connection underneath, which has other names for
 * what users of reconnecting-websocket know.
 * @param {SteadfastWebSocketOptions} given
 */
export function socketOptions(given) {
  const {
    closeTimeout = CLOSE_TIMEOUT,
    connectionTimeout,
    debug = false,
    maxEnqueuedMessages,
    maxReconnectionDelay,
    maxRetries = Infinity,
    minReconnectionDelay,
    minUptime,
    reconnect = true,
    reconnectionDelayGrowFactor,
    shouldReconnectOnClose,
    // The name that partysocket has for it counts where this one is not given.
    shouldReconnect = shouldReconnectOnClose,
    startClosed = false,
    ...connection
  } = given;
  for (const [name, value] of Object.entries({ shouldReconnectOnClose, shouldReconnect })) {
    if (value !== undefined && typeof value !== "function") {
      throw new SteadfastError("config.type", `${name}: expected a function, not ${describe(value)}`, name);
    }
  }
  for (const [name, value] of Object.entries({ debug, reconnect, startClosed })) {
    if (typeof value !== "boolean") {
      throw new SteadfastError("config.type", `${name}: expected true or false, not ${describe(value)}`, name);
    }
  }
  requireRanges(given);
  const waits = waitsOf(minReconnectionDelay, maxReconnectionDelay, reconnectionDelayGrowFactor);
  /** @type {Record<string, Unchecked>} */
  const renamed = {
    // No limit is the longest there is.
    connectTimeout: connectionTimeout === undefined ? undefined : Math.min(connectionTimeout, CONNECT_TIMEOUT_MAX),
    // None at all is no option of a connection: the socket is closed when its first link is lost.
    maxReconnectAttempts: maxRetries === Infinity || maxRetries === 0 ? undefined : maxRetries,
    // Who counts messages has no bound for bytes, unless it is given.
    outbox: maxEnqueuedMessages !== undefined && {
      maxMessages: Math.min(maxEnqueuedMessages, OUTBOX_MAX_MESSAGES),
      maxBytes: OUTBOX_MAX_BYTES,
    },
    retry: waits,
    stableAfter: minUptime,
  };
  for (const [name, value] of Object.entries(renamed)) {
    if (value === undefined || value === false) continue;
    /** @type {Unchecked} */ (connection)[name] =
      name === "outbox" ? { ...value, ...connection.outbox } : (/** @type {Unchecked} */ (connection)[name] ?? value);
  }
  // The classes whose place it takes come back after every code.
  connection.fatalCloseCodes ??= [];
  return { own: { closeTimeout, debug, maxRetries, reconnect, shouldReconnect, startClosed }, connection };
}

/**
 * Refuses a number of the class's own options under the name that its user wrote: the connection has others for them.
 * @param {Record<string, Unchecked>} given
 */
function requireRanges(given) {
  for (const [name, [least, most, isCount]] of Object.entries(RANGES)) {
    const value = given[name];
    if (value === undefined) continue;
    requireNumber(name, value);
    if (value >= least && value <= most && !(isCount && value % 1 > 0)) continue;
    const allowed = `${least} to ${most}${isCount ? ", whole" : ""}`;
    throw new SteadfastError("config.out_of_range", `${name} is ${value}; allowed is ${allowed}`, name);
  }
}

/**
 * The waits as a strategy; drawn between half and all of the configured wait, so that no fleet comes back in step.
 * @param {number | undefined} least
 * @param {number | undefined} longest
 * @param {number | undefined} growth
 */
function waitsOf(least, longest, growth) {
  if (least === undefined && longest === undefined && growth === undefined) return undefined;
  const maxDelay = Math.max(longest ?? LONGEST_WAIT, 1);
  const baseDelay = Math.min(Math.max(least ?? LEAST_WAIT, 1), maxDelay);
  return { type: "EXPONENTIAL", baseDelay, maxDelay, multiplier: growth ?? GROWTH, jitter: "equal" };
}
