// Closes a connection whose peer answers no close frame. The process has to end by itself.

import { connect, SteadfastWebSocket } from "steadfast";

const [url, kind] = process.argv.slice(2);
const once = (target, type) => new Promise((resolve) => target.addEventListener(type, resolve, { once: true }));

if (kind === "connection") {
  const conn = connect(url);
  await once(conn, "open");
  await conn.close();
} else {
  const socket = new SteadfastWebSocket(url);
  await once(socket, "open");
  socket.close(3000, "enough");
  await once(socket, "close");
}
console.log("closed");
