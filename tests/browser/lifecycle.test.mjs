// What pages go through: hidden, frozen, offline, kept in the back/forward cache.

import assert from "node:assert/strict";

import { inEachBrowser } from "./harness/browsers.mjs";
import { becomes, connected } from "./harness/connected.mjs";
import { Collector } from "./harness/servers.mjs";
import { known } from "./harness/stage.mjs";
import { eventually } from "./harness/wait.mjs";

/** Heartbeats for the impatient, and attempts that do not wait long. */
const QUICK = {
  connectTimeout: 2_000,
  retry: { type: "EXPONENTIAL", baseDelay: 100, maxDelay: 500 },
  heartbeat: {
    preset: "steadfast",
    intervals: { excellent: 200, good: 200, poor: 200, critical: 200, unknown: 200 },
    lateMin: 300,
    maxMissed: 2,
  },
};

/** A page that is connected to an echo server. */
const stage = (t, open, options = QUICK) => connected(t, open, options);

/** What the page has seen so far. */
function seen(tab) {
  return tab.evaluate(() => {
    const { statuses, causes, messages, beats } = window.witness;
    return { statuses, causes, messages, beats, state: window.witness.connection.state };
  });
}

/** Sends a message, and waits until it comes back. */
async function exchange(tab, message) {
  await tab.evaluate((text) => void window.witness.connection.send(text), message);
  await tab.until(`${message} comes back`, (text) => window.witness.messages.includes(text), message);
}

inEachBrowser("a page that is hidden for longer than a heartbeat keeps its link, beats on, and is not judged", async (t, open) => {
  const { tab } = await stage(t, open);
  await tab.until("the quality is known", () => window.witness.connection.state.connectionQuality);
  await tab.hide();
  await tab.until("the quality is withdrawn", () => window.witness.connection.state.connectionQuality === undefined);
  const { beats } = await seen(tab);
  await tab.until("it beats on", (before) => window.witness.beats >= before + 3, beats);
  await exchange(tab, "hidden");
  await tab.show();
  await tab.until("the quality is known again", () => window.witness.connection.state.connectionQuality);
  const { statuses, causes } = await seen(tab);
  assert.deepEqual([statuses, causes], [["RECONNECTING", "CONNECTED"], []]);
});

inEachBrowser("a page that is hidden for too long lets go of its link, and is back when it is seen", async (t, open) => {
  const { tab } = await stage(t, open, { ...QUICK, suspendHiddenAfter: 500 });
  await tab.hide();
  await becomes(tab, "SUSPENDED");
  await tab.evaluate(() => void window.witness.connection.send("meanwhile"));
  await tab.show();
  await becomes(tab, "CONNECTED");
  await tab.until("what was sent comes back", () => window.witness.messages.includes("meanwhile"));
  assert.deepEqual((await seen(tab)).causes, ["suspended"]);
});

inEachBrowser(
  "a frozen page is suspended, holds nothing against its server, and loses no message",
  async (t, open) => {
    const { tab } = await stage(t, open);
    await exchange(tab, "before");
    await tab.hide();
    await tab.freeze();
    await becomes(tab, "SUSPENDED");
    await tab.evaluate(() => void window.witness.connection.send("meanwhile"));
    // A heartbeat would be missed several times over.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
    await tab.resume();
    await becomes(tab, "CONNECTED");
    await tab.show();
    await exchange(tab, "after");
    const { statuses, causes, messages } = await seen(tab);
    assert.deepEqual(statuses.slice(0, 3), ["RECONNECTING", "CONNECTED", "SUSPENDED"]);
    // Chromium itself ends the link of a page that it freezes.
    assert.ok(!causes.includes("heartbeat_timeout"), String(causes));
    assert.deepEqual(messages, ["before", "meanwhile", "after"]);
  },
  { Firefox: "it freezes no page on request" },
);

inEachBrowser(
  "a page whose server died while it was frozen finds out at once, and comes back",
  async (t, open) => {
    const { echo, tab } = await stage(t, open);
    await tab.hide();
    await tab.freeze();
    await becomes(tab, "SUSPENDED");
    await echo.kill();
    await echo.restart();
    await tab.resume();
    await tab.show();
    await becomes(tab, "CONNECTED");
    await exchange(tab, "after");
    assert.deepEqual((await seen(tab)).state.totalDisconnections, 1);
  },
  { Firefox: "it freezes no page on request" },
);

inEachBrowser("a page that loses its network and its link goes on slowly, and is back when the network is", async (t, open) => {
  const { echo, tab } = await stage(t, open, { ...QUICK, retry: { type: "FIXED", fixedDelay: 3_600_000 }, maxReconnectAttempts: 1 });
  await echo.kill();
  await becomes(tab, "RECONNECTING");
  await tab.goOffline();
  await becomes(tab, "SUSPENDED");
  await tab.evaluate(() => void window.witness.connection.send("meanwhile"));
  await echo.restart();
  await tab.goOnline();
  await becomes(tab, "CONNECTED");
  await tab.until("what was sent comes back", () => window.witness.messages.includes("meanwhile"));
});

inEachBrowser(
  "a page that comes back from the back/forward cache is suspended there, and connects again",
  async (t, open) => {
    const { site, tab } = await stage(t, open);
    await exchange(tab, "before");
    await tab.leaveFor(`${site.url}elsewhere.html`);
    await tab.goBack("the page is back", () => window.witness !== undefined);
    assert.equal(await tab.evaluate(() => window.witness.persisted), true);
    await becomes(tab, "CONNECTED");
    await exchange(tab, "after");
    const { statuses, causes, messages } = await seen(tab);
    assert.deepEqual(statuses, ["RECONNECTING", "CONNECTED", "SUSPENDED", "RECONNECTING", "CONNECTED"]);
    assert.deepEqual([causes, messages], [["suspended"], ["before", "after"]]);
  },
  { Firefox: "it keeps no page that has an open WebSocket as it is left" },
);

inEachBrowser("a page that was closed by its user stays closed, whatever it goes through", async (t, open) => {
  const { site, tab } = await stage(t, open);
  await tab.evaluate(() => window.witness.connection.close());
  await tab.goOffline();
  await tab.goOnline();
  await tab.hide();
  await tab.show();
  await tab.leaveFor(`${site.url}elsewhere.html`);
  await tab.goBack("the page is back", () => window.witness !== undefined);
  await new Promise((resolve) => setTimeout(resolve, 1_500));
  const { statuses } = await seen(tab);
  assert.deepEqual(statuses, ["RECONNECTING", "CONNECTED", "DISCONNECTED"]);
});

inEachBrowser("a page that hides, or is left, reports at once what it has to tell", async (t, open) => {
  const collector = await Collector.start();
  t.after(() => collector.remove());
  const report = { url: collector.reportUrl, key: collector.publishableKey, interval: 86_400_000 };
  const { echo, site, tab } = await stage(t, open, { ...QUICK, report, session: { sessionId: "page" } });
  assert.equal(await collector.connection("page"), undefined);
  await tab.hide();
  await known(collector, "page", 0);
  await tab.show();
  await echo.kill();
  await becomes(tab, "RECONNECTING");
  await echo.restart();
  await becomes(tab, "CONNECTED");
  await tab.leaveFor(`${site.url}elsewhere.html`);
  await eventually("the loss is known", async () => (await collector.connection("page")).totalDisconnections >= 1);
});

inEachBrowser(
  "a page in the back/forward cache has ended for the collector, and is there again when it comes back",
  async (t, open) => {
    const collector = await Collector.start();
    t.after(() => collector.remove());
    const report = { url: collector.reportUrl, key: collector.publishableKey, interval: 86_400_000 };
    const { site, tab } = await stage(t, open, { ...QUICK, report, session: { sessionId: "page" } });
    const is = (liveness, status) =>
      eventually(`the session is ${status}`, async () => {
        const state = await collector.connection("page");
        return state?.liveness === liveness && state.status === status;
      });
    await tab.leaveFor(`${site.url}elsewhere.html`);
    await is("ENDED", "DISCONNECTED");
    await tab.goBack("the page is back", () => window.witness !== undefined);
    await is("LIVE", "CONNECTED");
  },
  { Firefox: "it keeps no page that has an open WebSocket as it is left" },
);
