// A chat of as many as like to. What is written while the server is away arrives when it is back.

import { createInterface } from "node:readline";
import { SteadfastWebSocket } from "steadfast";
import { WebSocket } from "ws";
import { WebsocketProvider } from "y-websocket";
import * as Y from "yjs";

const [name = "somebody", server = "ws://127.0.0.1:9003"] = process.argv.slice(2);

/** The one line that matters: y-websocket takes a class, and dials anew with it whenever a socket closes. */
const WebSocketPolyfill = SteadfastWebSocket.with({
  WebSocket, // that of the package `ws`; a browser, and Node from version 22 on, has its own
  reconnect: false, // y-websocket does that itself
  maxSilence: 20_000, // its server speaks every 15 s; when it has not, it is gone, whatever the socket says
});

const chat = new Y.Doc();
const lines = chat.getArray("lines");
const provider = new WebsocketProvider(server, "chat", chat, { WebSocketPolyfill });

provider.on("status", ({ status }) => console.log(`(${status})`));
lines.observe(({ changes, transaction }) => {
  if (transaction.local) return;
  for (const { insert = [] } of changes.delta) for (const line of insert) console.log(line);
});

const input = createInterface({ input: process.stdin });
input.on("line", (line) => lines.push([`${name}: ${line}`]));
input.on("close", () => {
  provider.destroy();
  chat.destroy();
});
