// A WebSocket server that tells how many links it has and had.

import { WebSocketServer } from "ws";

import { eventually } from "./eventually.js";

export async function serve(t) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" });
  let dialled = 0;
  server.on("connection", () => (dialled += 1));
  await new Promise((resolve) => server.once("listening", resolve));
  t.after(() => {
    for (const client of server.clients) client.terminate();
    server.close();
  });
  return {
    url: `ws://127.0.0.1:${server.address().port}/`,
    get dialled() {
      return dialled;
    },
    has: (links) => eventually(`the server has ${links} links`, () => server.clients.size === links),
    drop() {
      for (const client of server.clients) client.terminate();
    },
  };
}
