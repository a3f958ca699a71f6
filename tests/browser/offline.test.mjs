// A system that says that there is no network: a hint, and not the last word. In pages and in workers, which get no
// event when the network is back.

import assert from "node:assert/strict";

import { inEachBrowser } from "./harness/browsers.mjs";
import { Echo } from "./harness/servers.mjs";
import { serve } from "./harness/site.mjs";

/** What is waited for between attempts is for the network to be back: an hour is longer than any test. */
const PATIENT = { retry: { type: "FIXED", fixedDelay: 3_600_000, jitter: "none" } };
const NO_EMULATION = { Firefox: "its emulation of a missing network does not reach workers" };

async function stage(t, open, path) {
  const echo = await Echo.start();
  t.after(() => echo.kill());
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
  t.after(() => site.close());
  return { echo, tab: await open(site.url + path) };
}

function statusIs(tab, status) {
  return tab.until(`the page is ${status}`, (wanted) => window.witness?.connection.state.status === wanted, status);
}

inEachBrowser("a page that was never online connects all the same", async (t, open) => {
  const { echo, tab } = await stage(t, open, "");
  await tab.until("the package is there", () => window.connect !== undefined);
  await tab.evaluate((url) => {
    Object.defineProperty(navigator, "onLine", { get: () => false });
    window.connect(url);
  }, echo.url);
  await statusIs(tab, "CONNECTED");
});

inEachBrowser("a page that goes offline keeps a link on which messages keep coming, and says that it is connected", async (t, open) => {
  const { echo, tab } = await stage(t, open, "");
  await tab.until("the package is there", () => window.connect !== undefined);
  await tab.evaluate((url) => window.connect(url), echo.url);
  await statusIs(tab, "CONNECTED");
  // The echo is under way as the event comes.
  await tab.evaluate(() => {
    window.witness.connection.send("under way");
    window.dispatchEvent(new Event("offline"));
  });
  await tab.until("the echo has come", () => window.witness.messages.includes("under way"));
  await statusIs(tab, "CONNECTED");
  const { statuses, causes } = await tab.evaluate(() => window.witness);
  assert.deepEqual([statuses, causes], [["RECONNECTING", "CONNECTED", "SUSPENDED", "CONNECTED"], []]);
});

for (const kind of ["dedicated", "shared", "service"]) {
  inEachBrowser(
    `a ${kind} worker that starts offline connects within seconds of the network's return, without an event`,
    async (t, open) => {
      const { echo, tab } = await stage(t, open, "workers.html");
      await tab.until("the page is there", () => window.tell !== undefined);
      const tell = (order) => tab.evaluate((to, what) => window.tell(to, what), kind, order);
      const look = () => tell({ order: "look" });
      const becomes = async (status) => {
        const by = Date.now() + 30_000;
        while ((await look()).status !== status) assert.ok(Date.now() < by, `${status} in time`);
      };
      await tell({ order: "load" });
      await tab.goOffline();
      await echo.kill();
      await tell({ order: "connect", url: echo.url, options: PATIENT });
      await becomes("SUSPENDED");
      assert.equal((await look()).onLine, false);
      await echo.restart();
      await tab.goOnline();
      await becomes("CONNECTED");
      assert.deepEqual((await look()).events, []);
    },
    NO_EMULATION,
  );
}
