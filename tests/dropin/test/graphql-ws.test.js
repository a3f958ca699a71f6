import assert from "node:assert/strict";
import { test } from "node:test";
import { GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { createClient } from "graphql-ws";
import { useServer } from "graphql-ws/use/ws";
import { SteadfastWebSocket } from "steadfast";
import { OPTIONS, QUICK, host, until } from "./support/host.js";

const hello = { type: GraphQLString, resolve: () => "world" };
const schema = new GraphQLSchema({ query: new GraphQLObjectType({ name: "Query", fields: { hello } }) });
const attach = (sockets) => useServer({ schema }, sockets);

test("graphql-ws asks, loses its server, and asks again, while round trips are measured in its own words", async () => {
  let server = await host(0, attach);
  const beats = [];
  const heartbeat = { preset: "graphql-transport-ws", ...QUICK };
  class Socket extends SteadfastWebSocket.with({ ...OPTIONS, heartbeat }) {
    constructor(...rest) {
      super(...rest);
      this.connection.addEventListener("heartbeat", ({ detail }) => detail.rtt !== undefined && beats.push(detail.rtt));
    }
  }
  const url = `ws://127.0.0.1:${server.port}/`;
  const client = createClient({
    url,
    webSocketImpl: Socket,
    lazy: false,
    retryAttempts: 50,
    retryWait: () => new Promise((resolve) => setTimeout(resolve, 50)),
    shouldRetry: () => true,
    onNonLazyError: () => {},
  });
  const ask = () =>
    new Promise((resolve, reject) => {
      let answer;
      const sink = { next: ({ data }) => (answer = data.hello), error: reject, complete: () => resolve(answer) };
      client.subscribe({ query: "{ hello }" }, sink);
    });
  assert.equal(await ask(), "world");
  await until(() => beats.length > 2, "three heartbeats are answered");
  await server.kill();
  server = await host(server.port, attach);
  assert.equal(await ask(), "world");
  assert.equal(server.clients, 1, "one socket, not two");
  await client.dispose();
  await server.kill();
});
