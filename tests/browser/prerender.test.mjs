// A page that a browser loads before anybody has asked to see it.

import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";

import { inEachBrowser } from "./harness/browsers.mjs";
import { Echo } from "./harness/servers.mjs";
import { serve } from "./harness/site.mjs";
import { eventually } from "./harness/wait.mjs";

async function stage(t, open, path) {
  const echo = await Echo.start();
  t.after(() => echo.kill());
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
  t.after(() => site.close());
  return { echo, site, tab: await open(site.url + path) };
}

inEachBrowser(
  "a prerendered page dials nothing and counts no attempt until it is activated, and then connects",
  async (t, open) => {
    const { echo, site, tab } = await stage(t, open, "elsewhere.html");
    const address = `${site.url}prerendered.html?url=${encodeURIComponent(echo.url)}`;
    await tab.evaluate((url) => {
      const rules = document.createElement("script");
      rules.type = "speculationrules";
      rules.textContent = JSON.stringify({ prerender: [{ source: "list", urls: [url], eagerness: "immediate" }] });
      document.head.append(rules);
    }, address);
    await eventually("the prerendered page runs its script", () => site.seen.includes("/ready"));
    // Many times what it would wait between attempts.
    await sleep(1_000);
    await tab.evaluate((url) => void setTimeout(() => (location.href = url)), address);
    await eventually("the page is shown", () =>
      tab.evaluate(() => window.witness?.connection.state.status === "CONNECTED").catch(() => false),
    );
    const { activated, start, statuses } = await tab.evaluate(() => ({
      activated: window.activated,
      start: performance.getEntriesByType("navigation")[0].activationStart,
      statuses: window.witness.statuses,
    }));
    assert.ok(start > 0, "it was prerendered");
    assert.deepEqual(activated, { attempts: 0, statuses: ["SUSPENDED"], reconnectAttempts: 0 });
    assert.deepEqual(statuses, ["SUSPENDED", "RECONNECTING", "CONNECTED"]);
  },
  { Firefox: "it prerenders nothing" },
);

inEachBrowser("a page whose activation is told by no event finds out by itself", async (t, open) => {
  const { echo, tab } = await stage(t, open, "");
  await tab.until("the package is there", () => window.connect !== undefined);
  await tab.evaluate((url) => {
    window.isPrerendered = true;
    Object.defineProperty(document, "prerendering", { get: () => window.isPrerendered });
    window.connect(url);
  }, echo.url);
  await tab.until("it is suspended", () => window.witness.connection.state.status === "SUSPENDED");
  await tab.evaluate(() => void (window.isPrerendered = false));
  await tab.until("it is connected", () => window.witness.connection.state.status === "CONNECTED");
});

inEachBrowser("a page that is hidden from the start connects, and beats", async (t, open) => {
  const { echo, tab } = await stage(t, open, "");
  await tab.until("the package is there", () => window.connect !== undefined);
  await tab.hide();
  await tab.evaluate((url) => window.connect(url, { suspendHiddenAfter: 86_400_000 }), echo.url);
  await tab.until("it is connected", () => window.witness.connection.state.status === "CONNECTED");
  assert.equal(await tab.evaluate(() => document.visibilityState), "hidden");
  await tab.evaluate(() => void window.witness.connection.send("hidden"));
  await tab.until("its message comes back", () => window.witness.messages.includes("hidden"));
});

inEachBrowser("a page that is hidden from the start for too long lets go of its link, and is back when it is seen", async (t, open) => {
  const { echo, tab } = await stage(t, open, "");
  await tab.until("the package is there", () => window.connect !== undefined);
  await tab.hide();
  await tab.evaluate((url) => window.connect(url, { suspendHiddenAfter: 2_000 }), echo.url);
  await tab.until("it has let go", () => window.witness.statuses.at(-1) === "SUSPENDED");
  await tab.show();
  await tab.until("it is connected", () => window.witness.connection.state.status === "CONNECTED");
});
