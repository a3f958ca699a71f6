import { createHash } from "node:crypto";
import { once } from "node:events";
import { createServer } from "node:net";

const GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/**
 * A server that takes connections and never says a word, but for the answer to an upgrade of the path `/open`. It answers
 * no close frame and closes nothing.
 */
export async function startMute() {
  const sockets = new Set();
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
    socket.once("data", (request) => {
      const [, path, key] = /^GET (\S+)[^]*sec-websocket-key: (\S+)/i.exec(request);
      if (path !== "/open") return;
      const accept = createHash("sha1").update(key + GUID).digest("base64");
      const head = ["HTTP/1.1 101 Switching Protocols", "Upgrade: websocket", "Connection: Upgrade"];
      socket.write([...head, `Sec-WebSocket-Accept: ${accept}`, "", ""].join("\r\n"));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    url: `ws://127.0.0.1:${server.address().port}/`,
    close() {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}
