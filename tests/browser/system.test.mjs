// What a page has to do, as `wasm/js/manager/system.js` sees it in Chromium, which tells the most.

import assert from "node:assert/strict";
import { test } from "node:test";

import { launch, open } from "./harness/browser.mjs";
import { serve } from "./harness/site.mjs";
import { eventually } from "./harness/wait.mjs";

async function pageWithMonitor(t, config) {
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
  t.after(() => site.close());
  const browser = await launch();
  t.after(() => browser.close());
  const page = await open(browser, site.url);
  t.after(() => assert.deepEqual(page.errors, []));
  await page.waitForFunction(() => window.steadfast);
  await page.evaluate(async (given) => {
    await window.steadfast.ready();
    const manager = new window.steadfast.ConnectionManager();
    const monitor = new window.steadfast.HealthMonitor(manager, given);
    window.load = () => monitor.getCurrentHealthMetrics().systemLoad ?? {};
    window.alerts = () => monitor.getActiveAlerts().map(({ type }) => type);
  }, config);
  return page;
}

/** Has the page do nothing but this for a while, in a task of its own, so that whatever else is due comes late. */
function block(page) {
  return page.evaluate(() => {
    const busy = (done) => {
      const end = performance.now() + 700;
      while (performance.now() < end);
      done();
    };
    return new Promise((resolve) => setTimeout(busy, 0, resolve));
  });
}

test("the memory of a page is known at once, and of the rest what was measured", async (t) => {
  const page = await pageWithMonitor(t);
  const { memoryUsed, memoryTotal } = await page.evaluate(() => window.load());
  assert.ok(memoryUsed > 0 && memoryTotal > memoryUsed, `${memoryUsed} of ${memoryTotal}`);
  await eventually("the lag of the event loop was measured", () => page.evaluate(() => window.load().loopLagP95 >= 0));
  await eventually("the share of long tasks was measured", () => page.evaluate(() => window.load().longTasks >= 0));
});

test("a page that is kept busy has long tasks and a lag, and is called overloaded", async (t) => {
  const page = await pageWithMonitor(t, { interval: 100, systemOverload: { loopLag: 100, for: 0 } });
  const seen = await eventually("lag and long tasks are seen", async () => {
    await block(page);
    const seen = await page.evaluate(() => ({ ...window.load(), alerts: window.alerts() }));
    return seen.loopLagP95 > 100 && seen.longTasks > 0 && seen.alerts.length > 0 && seen;
  });
  assert.ok(seen.longTasks <= 1, `${seen.longTasks}`);
  assert.deepEqual(seen.alerts, ["SYSTEM_OVERLOAD"]);
});
