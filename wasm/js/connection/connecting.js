// What needs the module for connections.

import { Connection } from "./connection.js";
import { imports, started } from "../steadfast_connection.js";
import { webSocketClass } from "../websocket/websocket.js";

/** The module for connections, for a `Loader`. There is one, however many entries are imported. */
export const connections = { imports, started, exports: undefined };

/** What an entry exports of it, on top of a loader. */
export function connectingOf(loader) {
  return {
    connect: (url, options) => new Connection(loader, url, options),
    SteadfastWebSocket: webSocketClass(loader),
  };
}
