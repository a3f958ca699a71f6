import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { attach } from "engine.io";
import { connect } from "steadfast";
import { WebSocket } from "ws";
import { until } from "./support/host.js";
import { way } from "./support/proxy.js";

/** A server that pings in quick succession, and counts. */
async function serve(pingTimeout) {
  const http = createServer();
  const counts = { opened: 0, answered: 0, closed: 0 };
  attach(http, { pingInterval: 100, pingTimeout }).on("connection", (socket) => {
    counts.opened++;
    socket.on("heartbeat", () => counts.answered++);
    socket.on("close", () => counts.closed++);
    socket.send("hello");
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  const end = () => {
    http.closeAllConnections();
    http.close();
  };
  return { port: http.address().port, counts, end };
}

const keep = (port) => {
  const url = `ws://127.0.0.1:${port}/engine.io/?EIO=4&transport=websocket`;
  const retry = { type: "FIXED", fixedDelay: 50 };
  return connect(url, { WebSocket, retry, heartbeat: { preset: "engine.io" } });
};

test("a server of engine.io, which pings, is answered, and does not close", async () => {
  const { port, counts, end } = await serve(20_000);
  const connection = keep(port);
  const heard = [];
  connection.addEventListener("message", ({ data }) => heard.push(data));
  await until(() => counts.answered > 5, "six pings are answered");
  assert.deepEqual([counts.opened, counts.closed], [1, 0]);
  assert.ok(heard.includes("4hello"), heard.join());
  await connection.close();
  end();
});

test("a server of engine.io that vanishes is noticed by its silence, and found again", async () => {
  const { port, counts, end } = await serve(1_500);
  const road = await way(port);
  const connection = keep(road.port);
  const causes = [];
  connection.addEventListener("disconnected", ({ detail }) => causes.push(detail.cause.kind));
  await until(() => counts.answered > 3, "pings are answered");
  assert.deepEqual(causes, []);
  road.swallow();
  await until(() => causes.length > 0, "the silence is noticed");
  assert.deepEqual(causes, ["heartbeat_timeout"]);
  const before = counts.answered;
  await until(() => counts.opened > 1 && counts.answered > before + 3, "another link is made, and its pings are answered");
  await connection.close();
  road.close();
  end();
});
