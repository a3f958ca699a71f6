// What needs the module for connections.

import { Connection } from "./connection.js";
import { imports, started } from "../steadfast_connection.js";
import { webSocketClass } from "../websocket/websocket.js";

/** @import { Address, Asked, ConnectOptions } from "../index.js" */
/** @import { Loader, Module } from "../platform/loader.js" */

/** @type {Module} The module for connections, for a `Loader`. There is one, however many entries are imported. */
export const connections = { imports, started, exports: undefined };

/**
 * What an entry exports of it, on top of a loader.
 * @param {Loader} loader
 */
export function connectingOf(loader) {
  return {
    /** @param {Address | ((asked: Asked) => Address | Promise<Address>)} url @param {ConnectOptions} [options] */
    connect: (url, options) => new Connection(loader, url, options),
    SteadfastWebSocket: webSocketClass(loader),
  };
}
