import { once } from "node:events";
import { createServer } from "node:http";
import { WebSocket, WebSocketServer } from "ws";

/** So that waits are short, and each library does its own reconnecting: it makes a new socket on every close. */
export const OPTIONS = { WebSocket, reconnect: false, minReconnectionDelay: 20, maxReconnectionDelay: 100 };

/** Heartbeats in quick succession. */
export const QUICK = { intervals: { excellent: 100, good: 100, poor: 100, critical: 100, unknown: 100 } };

/** A server on a port, any free one for 0, whose WebSockets are `attach`'s; `kill` ends it with all its links. */
export async function host(port, attach) {
  const http = createServer();
  http.listen(port, "127.0.0.1");
  await once(http, "listening");
  const sockets = new WebSocketServer({ server: http });
  attach(sockets);
  return {
    port: http.address().port,
    get clients() {
      return sockets.clients.size;
    },
    async kill() {
      for (const client of sockets.clients) client.terminate();
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  };
}

/** Waits until `condition` holds. */
export async function until(condition, what = String(condition)) {
  const end = Date.now() + 60_000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited in vain until ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
