import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { attach } from "engine.io";
import { connect } from "steadfast";
import { WebSocket } from "ws";
import { until } from "./support/host.js";

test("a server of engine.io, which pings, is answered, and does not close", async () => {
  const http = createServer();
  let [answered, closed] = [0, 0];
  attach(http, { pingInterval: 100, pingTimeout: 200 }).on("connection", (socket) => {
    socket.on("heartbeat", () => answered++);
    socket.on("close", () => closed++);
    socket.send("hello");
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const url = `ws://127.0.0.1:${http.address().port}/engine.io/?EIO=4&transport=websocket`;
  const connection = connect(url, { WebSocket, heartbeat: { preset: "engine.io" } });
  const heard = [];
  connection.addEventListener("message", ({ data }) => heard.push(data));
  await until(() => answered > 5, "six pings are answered");
  assert.equal(closed, 0);
  assert.ok(heard.includes("4hello"), heard.join());
  await connection.close();
  http.closeAllConnections();
  http.close();
});
