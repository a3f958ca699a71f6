// Puts SteadfastWebSocket in the place of the platform's class: `node replacing-script.js URL HOW ENTRY [COPY]`.

import { WebSocket as Base } from "ws";

const [url, how, entry, copy = entry] = process.argv.slice(2);
let sockets = 0;
class Platform extends Base {
  constructor(...given) {
    super(...given);
    sockets++;
  }
}

globalThis.WebSocket = how === "late" || how === "given" ? undefined : Platform;
const { SteadfastWebSocket } = await import(entry);
if (how === "late") globalThis.WebSocket = Platform;
class Own extends SteadfastWebSocket.with({ minUptime: 1 }) {}
if (how === "class" || how === "copies") globalThis.WebSocket = SteadfastWebSocket;
if (how === "with") globalThis.WebSocket = Own;
if (how === "given") globalThis.WebSocket = SteadfastWebSocket.with({ WebSocket: Platform });
if (how === "option") globalThis.WebSocket = class {};
const options = how === "option" ? { WebSocket: Platform } : {};

/** What comes back of a text. */
const echoed = (socket) =>
  new Promise((resolve) => {
    socket.addEventListener("message", ({ data }) => {
      socket.close();
      resolve(data);
    });
    socket.send("echo");
  });

const Class = how === "late" || how === "option" ? SteadfastWebSocket : globalThis.WebSocket;
const byClass = await echoed(new Class(url, [], options));
const { connect } = await import(copy);
const byConnect = await echoed(connect(url, options));
console.log(`class ${byClass}, connect ${byConnect}, sockets ${sockets}`);
