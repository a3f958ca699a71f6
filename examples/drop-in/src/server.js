// The server that y-websocket's authors publish: documents by name, over WebSockets. It knows nothing of Steadfast.

import { setupWSConnection } from "@y/websocket-server/utils";
import { WebSocketServer } from "ws";

const port = Number(process.argv[2] ?? 9003);
const server = new WebSocketServer({ host: "127.0.0.1", port });
server.on("connection", setupWSConnection);
server.on("listening", () => console.log(`listening on ws://127.0.0.1:${server.address().port}`));
