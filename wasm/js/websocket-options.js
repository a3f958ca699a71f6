import { SteadfastError, describe, requireNumber } from "./error.js";

/** The waits of reconnecting-websocket, for those that are not given when another is. */
const LEAST_WAIT = 1000;
const LONGEST_WAIT = 10_000;
const GROWTH = 1.3;
/** The most that an outbox takes. */
const MOST_MESSAGES = 1_000_000;
/** How long the peer's goodbye is waited for, in ms. */
const CLOSE_TIMEOUT = 3000;
const LONGEST_CLOSE_TIMEOUT = 600_000;

/**
 * The options of a `SteadfastWebSocket`, apart: its own, and those of the connection underneath, which has other names for
 * what users of reconnecting-websocket know.
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
    shouldReconnect,
    startClosed = false,
    ...connection
  } = given;
  if (shouldReconnect !== undefined && typeof shouldReconnect !== "function") {
    const message = `shouldReconnect: expected a function, not ${describe(shouldReconnect)}`;
    throw new SteadfastError("config.type", message, "shouldReconnect");
  }
  for (const [name, value] of Object.entries({ debug, reconnect, startClosed })) {
    if (typeof value !== "boolean") {
      throw new SteadfastError("config.type", `${name}: expected true or false, not ${describe(value)}`, name);
    }
  }
  if (!(closeTimeout >= 0 && closeTimeout <= LONGEST_CLOSE_TIMEOUT)) {
    const message = `closeTimeout is ${closeTimeout}; allowed is 0 to ${LONGEST_CLOSE_TIMEOUT}`;
    throw new SteadfastError("config.out_of_range", message, "closeTimeout");
  }
  const waitOptions = { maxReconnectionDelay, minReconnectionDelay, reconnectionDelayGrowFactor };
  for (const [name, value] of Object.entries(waitOptions)) if (value !== undefined) requireNumber(name, value);
  const waits = waitsOf(minReconnectionDelay, maxReconnectionDelay, reconnectionDelayGrowFactor);
  const renamed = {
    connectTimeout: connectionTimeout,
    // None at all is no option of a connection: the socket is closed when its first link is lost.
    maxReconnectAttempts: maxRetries === Infinity || maxRetries === 0 ? undefined : maxRetries,
    outbox: maxEnqueuedMessages !== undefined && { maxMessages: Math.min(maxEnqueuedMessages, MOST_MESSAGES) },
    retry: waits,
    stableAfter: minUptime,
  };
  for (const [name, value] of Object.entries(renamed)) {
    if (value === undefined || value === false) continue;
    connection[name] = name === "outbox" ? { ...value, ...connection.outbox } : (connection[name] ?? value);
  }
  // The classes whose place it takes come back after every code.
  connection.fatalCloseCodes ??= [];
  return { own: { closeTimeout, debug, maxRetries, reconnect, shouldReconnect, startClosed }, connection };
}

/** The waits as a strategy; drawn between a half and all of what was asked for, so that no fleet comes back in step. */
function waitsOf(least, longest, growth) {
  if (least === undefined && longest === undefined && growth === undefined) return undefined;
  const maxDelay = Math.max(longest ?? LONGEST_WAIT, 1);
  const baseDelay = Math.min(Math.max(least ?? LEAST_WAIT, 1), maxDelay);
  return { type: "EXPONENTIAL", baseDelay, maxDelay, multiplier: growth ?? GROWTH, jitter: "equal" };
}
