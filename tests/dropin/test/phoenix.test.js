// There is no server of Phoenix channels in the registries of Node; this one answers by the specification of the
// protocol's version 2 (https://hexdocs.pm/phoenix/writing_a_channels_client.html): arrays of join reference, reference, topic,
// event and payload, with `phx_reply` for what is joined, pushed or beaten.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Socket } from "phoenix";
import { SteadfastWebSocket } from "steadfast";
import { OPTIONS, QUICK, host, until } from "./support/host.js";

const attach = (sockets) =>
  sockets.on("connection", (socket) =>
    socket.on("message", (data) => {
      const [joined, reference, topic, event, payload] = JSON.parse(data);
      const reply = { status: "ok", response: event === "shout" ? payload : {} };
      socket.send(JSON.stringify([joined, reference, topic, "phx_reply", reply]));
    }),
  );

test("a channel of phoenix joins, loses its server, and joins again, beside heartbeats of both", async () => {
  let server = await host(0, attach);
  const beats = [];
  class Transport extends SteadfastWebSocket.with({ ...OPTIONS, heartbeat: { preset: "phoenix", ...QUICK } }) {
    constructor(...rest) {
      super(...rest);
      this.connection.addEventListener("heartbeat", ({ detail }) => detail.rtt !== undefined && beats.push(detail.rtt));
    }
  }
  const times = { heartbeatIntervalMs: 150, reconnectAfterMs: () => 50, rejoinAfterMs: () => 50 };
  const socket = new Socket(`ws://127.0.0.1:${server.port}/socket`, { transport: Transport, ...times });
  socket.connect();
  const channel = socket.channel("room:1", {});
  channel.join();
  await until(() => channel.state === "joined", "the channel is joined");
  const shout = (words) =>
    new Promise((resolve) => channel.push("shout", { words }).receive("ok", (reply) => resolve(reply.words)));
  assert.equal(await shout("before"), "before");
  await until(() => beats.length > 3, "heartbeats are answered");
  await server.kill();
  await until(() => !socket.isConnected(), "the loss is noticed");
  server = await host(server.port, attach);
  await until(() => socket.isConnected() && channel.state === "joined", "the channel is joined again");
  assert.equal(await shout("after"), "after");
  assert.equal(server.clients, 1);
  socket.disconnect();
  await server.kill();
});
