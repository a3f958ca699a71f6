// The package of centrifuge that can be installed speaks the first version of its protocol (see centrifuge-node.test.js). This server
// answers by the specification of the
// client protocol (https://centrifugal.dev/docs/transports/client_protocol): commands with ids, a line each, and an empty
// object as a ping of the server, which is answered by one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { Centrifuge } from "centrifuge";
import { SteadfastWebSocket } from "steadfast";
import { OPTIONS, host, until } from "./support/host.js";

const serving = (onPong) => (sockets) =>
  sockets.on("connection", (socket) => {
    const pinging = setInterval(() => socket.send("{}"), 1000);
    socket.on("close", () => clearInterval(pinging));
    socket.on("message", (data) => {
      for (const { id, connect, rpc } of String(data).split("\n").map((line) => JSON.parse(line))) {
        if (id === undefined) onPong();
        else if (connect) socket.send(JSON.stringify({ id, connect: { client: "c", version: "0", ping: 1, pong: true } }));
        else if (rpc) socket.send(JSON.stringify({ id, rpc: { data: rpc.data } }));
      }
    });
  });

test("centrifuge calls, answers pings, loses its server, and calls again", async () => {
  let pongs = 0;
  const attach = serving(() => pongs++);
  let server = await host(0, attach);
  const options = { websocket: SteadfastWebSocket.with(OPTIONS), minReconnectDelay: 50, maxReconnectDelay: 200 };
  const client = new Centrifuge(`ws://127.0.0.1:${server.port}/`, options);
  client.connect();
  await client.ready();
  const call = async (word) => (await client.rpc("echo", { word })).data.word;
  assert.equal(await call("before"), "before");
  await until(() => pongs > 0, "a ping is answered");
  await server.kill();
  await until(() => client.state !== "connected", "the loss is noticed");
  server = await host(server.port, attach);
  await client.ready(20_000);
  assert.equal(await call("after"), "after");
  assert.equal(server.clients, 1);
  client.disconnect();
  await server.kill();
});
