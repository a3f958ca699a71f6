// What a page is not told: that its token was refused, and what a close frame said that no peer may send. And what it has to
// keep: a wait that the server asked for, while it is offline, frozen, or loaded again.

import assert from "node:assert/strict";
import { once } from "node:events";

import { WebSocketServer } from "ws";

import { inEachBrowser } from "./harness/browsers.mjs";
import { serve } from "./harness/site.mjs";

const QUICK = { retry: { type: "FIXED", fixedDelay: 50, jitter: "none" } };

/** A server that `behave` gets each link of, and a page that has the package. */
async function stage(t, open, behave, options = {}) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0, ...options });
  await once(server, "listening");
  server.on("connection", (peer, request) => {
    peer.on("error", () => {});
    behave(peer, request);
  });
  t.after(() => {
    for (const peer of server.clients) peer.terminate();
    server.close();
  });
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
  t.after(() => site.close());
  const tab = await open(site.url);
  await tab.until("the package is there", () => window.connect !== undefined);
  return { tab, url: `ws://127.0.0.1:${server.address().port}/` };
}

function statusIs(tab, status) {
  return tab.until(`the page is ${status}`, (wanted) => window.witness?.connection.state.status === wanted, status);
}

/** Connects with a token that is kept, of which the server wants a fresh one. */
function connectWithToken(tab, url, failures) {
  return tab.evaluate(
    (address, options, refusals) => {
      let [token, left] = ["old", refusals];
      window.asked = [];
      const source = async ({ refresh }) => {
        window.asked.push(refresh);
        if (refresh && left-- > 0) throw new Error("the server of tokens is away");
        if (refresh) token = "new";
        return `${address}?${token}`;
      };
      window.connect(source, options);
    },
    url,
    QUICK,
    failures,
  );
}

inEachBrowser("a page whose token is refused with 401 asks for a fresh one after its second dial, also if that fails first", async (t, open) => {
  const verifyClient = ({ req }, done) => done(req.url.endsWith("?new"), 401);
  const { tab, url } = await stage(t, open, () => {}, { verifyClient });
  await connectWithToken(tab, url, 0);
  await statusIs(tab, "CONNECTED");
  assert.deepEqual(await tab.evaluate(() => window.asked), [false, false, true]);
  await tab.evaluate(() => void window.witness.connection.close());

  await connectWithToken(tab, url, 2);
  await statusIs(tab, "CONNECTED");
  assert.deepEqual(await tab.evaluate(() => window.asked), [false, false, true, true, true]);
});

inEachBrowser("a close code that must not be sent is an ordinary loss", async (t, open) => {
  const seen = new Set();
  const { tab, url } = await stage(t, open, (peer, { url: path }) => {
    if (seen.has(path)) return;
    seen.add(path);
    const code = Number(path.slice(1));
    peer._socket.write(Buffer.from([0x88, 2, code >> 8, code & 0xff]));
  });
  for (const code of [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65_535]) {
    await tab.evaluate((address, options) => window.connect(address, options), `${url}${code}`, QUICK);
    await tab.until(`${code} is lost`, () => window.witness.causes.length === 1);
    await statusIs(tab, "CONNECTED");
    const { causes, failure } = await tab.evaluate(() => {
      const { causes, connection } = window.witness;
      const { failure } = connection.state;
      void connection.close();
      return { causes, failure };
    });
    // 1005 says as much as a frame without a code.
    assert.ok(code === 1005 || causes[0] === "network", `${code}: ${causes}`);
    assert.equal(failure ?? undefined, undefined);
  }
});

inEachBrowser("a page keeps a slot that the server gave it while it is offline, and when it is loaded again", async (t, open) => {
  let links = 0;
  const { tab, url } = await stage(t, open, (peer) => links++ === 0 && peer.close(1013, "retry-after=300;spread=0"));
  const connect = (address, options) => {
    window.delays = [];
    window.connect(address, options);
    window.witness.connection.addEventListener("retry.attempt", ({ detail }) => window.delays.push(detail.delay));
  };
  await tab.evaluate(connect, url, { ...QUICK, persist: "local" });
  await tab.until("it waits", () => window.delays.length === 1);
  await tab.evaluate(() => {
    window.dispatchEvent(new Event("offline"));
    window.dispatchEvent(new Event("online"));
  });
  await new Promise((resolve) => setTimeout(resolve, 2000));
  assert.equal(links, 1);
  await tab.until("it is kept", () => Object.keys(localStorage).some((key) => key.startsWith("steadfast:")));

  await tab.reload();
  await tab.until("the package is there again", () => window.connect !== undefined);
  await tab.evaluate(connect, url, { ...QUICK, persist: "local" });
  await tab.until("it waits again", () => window.delays.length === 1);
  const [delay] = await tab.evaluate(() => window.delays);
  assert.ok(delay > 100_000 && delay <= 300_000, String(delay));
  await tab.evaluate(() => void window.witness.connection.reconnect());
  await statusIs(tab, "CONNECTED");
});
