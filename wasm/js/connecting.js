// What needs the module for connections.

import { Connection } from "./connection.js";
import initialise, { initSync } from "./steadfast_connection.js";
import { webSocketClass } from "./websocket.js";

/** The module for connections, for a `Loader`. There is one, however many entries are imported. */
export const connections = { initialise, initSync, started: false };

/** What an entry exports of it, on top of a loader. */
export function connectingOf(loader) {
  return {
    connect: (url, options) => new Connection(loader, url, options),
    SteadfastWebSocket: webSocketClass(loader),
  };
}
