import assert from "node:assert/strict";
import { test } from "node:test";
import { WebSocket as PartySocket } from "partysocket";
import { SteadfastWebSocket } from "steadfast";
import { OPTIONS, host, until } from "./support/host.js";

const attach = (sockets) =>
  sockets.on("connection", (socket) => socket.on("message", (data, binary) => socket.send(data, { binary })));

test("partysocket echoes, loses its server, and gets what it sent meanwhile over one new socket", async () => {
  let server = await host(0, attach);
  const options = { WebSocket: SteadfastWebSocket.with(OPTIONS), minReconnectionDelay: 50, maxReconnectionDelay: 100 };
  const socket = new PartySocket(`ws://127.0.0.1:${server.port}/`, [], options);
  const heard = [];
  socket.addEventListener("message", ({ data }) => heard.push(data));
  socket.send("before");
  await until(() => heard.length === 1, "the first echo is there");
  await server.kill();
  await until(() => socket.readyState !== 1, "the loss is noticed");
  socket.send("meanwhile");
  server = await host(server.port, attach);
  await until(() => heard.length === 2, "the second echo is there");
  assert.deepEqual(heard, ["before", "meanwhile"]);
  assert.equal(server.clients, 1);
  socket.close();
  await server.kill();
});
