import { once } from "node:events";
import { WebSocketServer } from "ws";

/** An echo server that drops the link of a client on request. */
export async function startServer() {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  server.on("connection", (socket) => {
    socket.on("message", (data) => (String(data) === "drop" ? socket.terminate() : socket.send(String(data))));
  });
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${server.address().port}/`,
    close: () => {
      for (const client of server.clients) client.terminate();
      server.close();
    },
  };
}
