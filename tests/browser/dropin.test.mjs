// The class in place of the browser's own: for a page, and for a library that takes one.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";

import { GraphQLObjectType, GraphQLSchema, GraphQLString } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";

import { inEachBrowser } from "./harness/browsers.mjs";
import { Echo } from "./harness/servers.mjs";
import { serve } from "./harness/site.mjs";
import { lastingPort } from "./harness/wait.mjs";

const FOLDERS = { "/": "tests/browser/page", "/pkg/": "pkg", "/graphql-ws/": "tests/browser/node_modules/graphql-ws/dist" };

async function page(t) {
  const site = await serve(FOLDERS);
  t.after(() => site.close());
  return `${site.url}dropin.html`;
}

inEachBrowser("a socket that is made before the module runs opens, loses its server, is open again, and closes", async (t, open) => {
  const echo = await Echo.start();
  t.after(() => echo.kill());
  const tab = await open(`${await page(t)}?open=${encodeURIComponent(echo.url)}`);
  const has = (what, ...events) =>
    tab.until(what, (wanted) => window.seen?.events.join() === wanted, events.join());
  await has("it is open", "open");
  const first = await tab.evaluate(() => {
    window.socket.send("text");
    window.socket.send(new Uint8Array([1, 255]));
    return { url: window.socket.url, state: window.socket.readyState, at: window.seen.states };
  });
  assert.deepEqual(first, { url: echo.url, state: 1, at: [0] });
  await tab.until("both come back", () => window.seen.messages.length === 2);
  await echo.kill();
  await tab.until("it is told of the loss", () => window.seen.events[1] === "close 1006 false");
  await tab.evaluate(() => window.socket.send("meanwhile"));
  await echo.restart();
  await tab.until("what was sent meanwhile comes back", () => window.seen.messages.length === 3);
  const { messages, types, events } = await tab.evaluate(() => window.seen);
  assert.deepEqual(messages, ["text", [1, 255], "meanwhile"]);
  assert.deepEqual(types, [["String", true], ["ArrayBuffer", true], ["String", true]]);
  assert.equal(events.filter((event) => event === "open").length, 2);
  await tab.evaluate(() => window.socket.close(4000, "done"));
  await tab.until("it is closed", () => window.socket.readyState === 3 && window.seen.events.at(-1) === "close 4000 true");
});

inEachBrowser("graphql-ws asks in a page, loses its server, and asks again", async (t, open) => {
  const port = await lastingPort();
  let server = await graphql(port);
  t.after(() => server.kill());
  const tab = await open(await page(t));
  await tab.until("the page is ready", () => window.isReady);
  await tab.evaluate((url) => window.openClient(url), `ws://127.0.0.1:${port}/`);
  assert.equal(await tab.evaluate(() => window.ask()), "world");
  await server.kill();
  server = await graphql(port);
  assert.equal(await tab.evaluate(() => window.ask()), "world");
  await tab.evaluate(() => window.dispose());
});

/** A server of that library. */
async function graphql(port) {
  const hello = { type: GraphQLString, resolve: () => "world" };
  const schema = new GraphQLSchema({ query: new GraphQLObjectType({ name: "Query", fields: { hello } }) });
  const http = createServer();
  http.listen(port, "127.0.0.1");
  await once(http, "listening");
  const sockets = new WebSocketServer({ server: http });
  useServer({ schema }, sockets);
  return {
    async kill() {
      if (!http.listening) return;
      for (const client of sockets.clients) client.terminate();
      http.closeAllConnections();
      http.close();
      await once(http, "close");
    },
  };
}
