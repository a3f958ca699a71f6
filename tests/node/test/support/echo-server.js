// An echo server as a process of its own, so that a test can kill it: `node echo-server.js PORT`.
// Prints its port when it listens. Every message goes to the parent as well.

import { WebSocketServer } from "ws";

const server = new WebSocketServer({ host: "127.0.0.1", port: Number(process.argv[2] ?? 0) });
server.on("listening", () => process.send({ port: server.address().port }));
server.on("connection", (socket) => {
  socket.on("message", (data, isBinary) => {
    process.send({ heard: isBinary ? [...data] : String(data) });
    socket.send(data, { binary: isBinary });
  });
});
