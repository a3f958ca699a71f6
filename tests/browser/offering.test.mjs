// A page that offers `steadfast.v1` to a server that does not know it, or that was down. A page is not told why a dial failed;
// Chromium ends one whose server takes no sub-protocol, and Firefox goes on.

import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";

import { WebSocketServer } from "ws";

import { inEachBrowser } from "./harness/browsers.mjs";
import { serve } from "./harness/site.mjs";

const QUICK = { retry: { type: "FIXED", fixedDelay: 50, jitter: "none" } };
const OFFER = "steadfast.v1";

/** A server whose upgrades `answer` decides, by the sub-protocol offered: the one chosen, a status, or `undefined` to hang up. */
async function stage(t, open, answer) {
  const http = createServer();
  const offers = [];
  const server = new WebSocketServer({ noServer: true, handleProtocols: () => server.chosen });
  http.on("upgrade", (request, socket, rest) => {
    socket.on("error", () => {});
    const offered = request.headers["sec-websocket-protocol"];
    offers.push(offered);
    const said = answer(offered, offers.length);
    if (said === undefined) return socket.destroy();
    if (typeof said === "number") return socket.end(`HTTP/1.1 ${said} X\r\ncontent-length: 0\r\n\r\n`);
    server.chosen = said;
    server.handleUpgrade(request, socket, rest, (peer) => {
      peer.on("error", () => {});
      peer.on("message", (data) => (said === OFFER ? acknowledge(peer, String(data)) : peer.send(String(data))));
    });
  });
  http.listen(0, "127.0.0.1");
  await once(http, "listening");
  t.after(() => {
    for (const peer of server.clients) peer.terminate();
    http.close();
  });
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
  t.after(() => site.close());
  const tab = await open(site.url);
  await tab.until("the package is there", () => window.connect !== undefined);
  return { tab, url: `ws://127.0.0.1:${http.address().port}/`, offers, server };
}

/** The first words of a server of `steadfast.v1`, and an echo. */
function acknowledge(peer, text) {
  if (!text.startsWith('{"steadfast":')) return peer.send(text);
  const { steadfast, id } = JSON.parse(text);
  if (steadfast === "hello") peer.send('{"steadfast":"welcome","token":"t","received":0,"resumed":false}');
  if (steadfast === "ping") peer.send(`{"steadfast":"pong","id":${id}}`);
}

async function connected(tab, url) {
  await tab.evaluate((address, options) => window.connect(address, options), url, { ...QUICK, protocols: [OFFER] });
  await isUp(tab);
  return tab.evaluate(() => window.witness.connection.protocol);
}

function isUp(tab, links = 1) {
  const hasLinks = (count) => window.witness.statuses.filter((status) => status === "CONNECTED").length === count;
  return tab.until(`link ${links} is up`, hasLinks, links);
}

inEachBrowser("a server that does not know steadfast.v1 is connected to within the first retry", async (t, open, browser) => {
  const { tab, url, offers, server } = await stage(t, open, () => false);
  assert.equal(await connected(tab, url), "");
  const first = browser === "Chromium" ? [OFFER, OFFER, undefined] : [OFFER];
  assert.deepEqual(offers, first);
  await tab.evaluate(() => window.witness.connection.send("hello"));
  await tab.until("the echo comes", () => window.witness.messages.length === 1);
  // The next link comes up without it at once, where it had to be left out.
  for (const peer of server.clients) peer.terminate();
  await isUp(tab, 2);
  assert.deepEqual(offers.slice(first.length), [browser === "Chromium" ? undefined : OFFER]);
});

inEachBrowser("a server that answers 400 to steadfast.v1 is connected to within the first retry", async (t, open) => {
  const { tab, url, offers } = await stage(t, open, (offered) => (offered === undefined ? false : 400));
  assert.equal(await connected(tab, url), "");
  assert.deepEqual(offers, [OFFER, OFFER, undefined]);
});

inEachBrowser("a server that was down for the first attempts is connected to with steadfast.v1", async (t, open) => {
  for (const down of [1, 3, 4]) {
    const { tab, url, offers } = await stage(t, open, (offered, dial) => (dial > down ? offered : undefined));
    assert.equal(await connected(tab, url), OFFER, `down for ${down} dials: ${offers}`);
  }
});

inEachBrowser("a server that is replaced by one that knows steadfast.v1 is found out after the second link", async (t, open) => {
  let hasLearnt = false;
  const { tab, url, server } = await stage(t, open, (offered) => (hasLearnt ? (offered ?? false) : offered === undefined ? false : 400));
  assert.equal(await connected(tab, url), "");
  hasLearnt = true;
  for (const links of [2, 3]) {
    for (const peer of server.clients) peer.terminate();
    await isUp(tab, links);
  }
  assert.equal(await tab.evaluate(() => window.witness.connection.protocol), OFFER);
});

inEachBrowser("a SteadfastWebSocket opens where the server does not know steadfast.v1", async (t, open, browser) => {
  const { tab, url, offers } = await stage(t, open, () => false);
  const heard = await tab.evaluate(
    (address, protocol) =>
      new Promise((resolve) => {
        const socket = new window.steadfast.SteadfastWebSocket(address, [protocol], { minReconnectionDelay: 50 });
        const events = [];
        for (const name of ["open", "error", "close"]) socket.addEventListener(name, () => events.push(name));
        socket.send("hello");
        socket.addEventListener("message", ({ data }) => resolve({ events, data, protocol: socket.protocol }));
      }),
    url,
    OFFER,
  );
  // Both dials of the second attempt are one to its user.
  const events = browser === "Chromium" ? ["error", "close", "open"] : ["open"];
  assert.deepEqual(heard, { events, data: "hello", protocol: "" });
  assert.equal(offers.length, browser === "Chromium" ? 3 : 1);
});
