"use client";

// The entry `steadfast/react`: hooks over whatever the package itself exports. Importing it, and rendering on a server,
// touches nothing: connections are opened by effects, which only browsers run.

import { useCallback, useState, useSyncExternalStore } from "react";
import { connect } from "steadfast";

import { connectionOf, share } from "../ui/shared.js";
import { healthOf, qualityOf, stateOf } from "../ui/snapshots.js";

/** @import { Address, Asked, Connection, HealthMonitor } from "../index.js" */
/** @import { UseConnectionOptions } from "../react.js" */

const nothing = () => undefined;
const neverChanges = () => nothing;

/** @typedef {Address | ((asked: Asked) => Address | Promise<Address>) | false | null | undefined} Wanted */

/**
 * A connection that is shared by all who use it, from the first who mounts to the last who unmounts. Without an address, and
 * while it is not enabled, there is none.
 * @param {Wanted} address
 * @param {UseConnectionOptions} [options]
 * @returns {Connection | undefined}
 */
export function useConnection(address, options) {
  const [own] = useState(() => Symbol("connection"));
  const isWanted = address !== undefined && address !== null && address !== false && (options?.enabled ?? true);
  const key = isWanted ? (options?.key ?? (typeof address === "function" ? own : String(address))) : undefined;
  // Only the first user's address and options are used, so a change of theirs is no change of the connection.
  const open = { address, options };
  const [latest] = useState(() => ({ open }));
  latest.open = open;
  const subscribe = useCallback(
    /** @param {() => void} changed */
    (changed) => (key === undefined ? nothing : share(key, () => opened(latest), changed)),
    [key, latest],
  );
  return useSyncExternalStore(subscribe, () => connectionOf(key), nothing);
}

/**
 * The record of a connection's session, as of the last event.
 * @param {Connection | null | undefined} connection
 */
export function useConnectionState(connection) {
  return useSnapshot(connection && stateOf(connection));
}

/**
 * How good a connection's link is, as of the last event.
 * @param {Connection | null | undefined} connection
 */
export function useQuality(connection) {
  return useSnapshot(connection && qualityOf(connection));
}

/**
 * What a monitor collected last.
 * @param {HealthMonitor | null | undefined} monitor
 */
export function useHealth(monitor) {
  return useSnapshot(monitor && healthOf(monitor));
}

/**
 * @template Value
 * @param {{ subscribe: (listener: () => void) => () => void, current: () => Value } | null | undefined} snapshots
 */
function useSnapshot(snapshots) {
  return useSyncExternalStore(snapshots?.subscribe ?? neverChanges, snapshots?.current ?? nothing, nothing);
}

/** @param {{ open: { address: Wanted, options?: UseConnectionOptions } }} latest */
function opened(latest) {
  const { address, options = {} } = latest.open;
  const { enabled, key, ...rest } = options;
  // A function is often a new one with each rendering: the latest is asked.
  /** @param {Asked} asked */
  const current = (asked) => (typeof latest.open.address === "function" ? latest.open.address(asked) : /** @type {(asked: Asked) => Address} */ (address)(asked));
  return connect(typeof address === "function" ? current : /** @type {Address} */ (address), rest);
}
