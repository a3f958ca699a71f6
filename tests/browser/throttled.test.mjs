// A hidden page, whose timers Chromium runs once a second at first, and once a minute later.

import assert from "node:assert/strict";

import { inEachBrowser } from "./harness/browsers.mjs";
import { connected } from "./harness/connected.mjs";
import { eventually } from "./harness/wait.mjs";

/** Pings that come fast: none of them is the first timer that is late by a minute. */
const FAST = { excellent: 1_000, good: 1_000, poor: 1_000, critical: 1_000, unknown: 1_000 };

/** Chromium throttles that much after a second, and not only after minutes. */
const SOON = ["--enable-features=IntensiveWakeUpThrottling:grace_period_seconds/1"];

/** Three ticks of a minute, and one that was under way. */
const NOTICED_WITHIN = 4 * 60_000;

/** A page whose link is up, and judged. */
async function stage(t, open, options) {
  const page = await connected(t, open, options);
  await page.tab.until("the quality is known", () => window.witness.connection.state.connectionQuality);
  return page;
}

inEachBrowser("a hidden page pings no faster than one that is seen", async (t, open) => {
  const { tab } = await stage(t, open, { heartbeat: { preset: "steadfast" } });
  await tab.hide();
  const before = await tab.evaluate(() => window.witness.beats);
  await new Promise((resolve) => setTimeout(resolve, 15_000));
  const pinged = (await tab.evaluate(() => window.witness.beats)) - before;
  assert.ok(pinged <= 2, `${pinged} pings in 15 s`);
});

inEachBrowser(
  "a hidden page whose timers run once a minute notices a dead link within three of them",
  async (t, open) => {
    const { echo, tab } = await stage(t, open, { heartbeat: { preset: "steadfast", intervals: FAST } });
    await tab.hide();
    await tab.evaluate(() => {
      window.ticks = [];
      const tick = () => {
        window.ticks.push(performance.now());
        setTimeout(tick, 1_000);
      };
      tick();
    });
    const gap = () => window.ticks.length > 1 && window.ticks.at(-1) - window.ticks.at(-2) > 30_000;
    await eventually("timers are throttled", () => tab.evaluate(gap), NOTICED_WITHIN);
    await echo.behave("blackhole");
    const ticked = await tab.evaluate(() => window.ticks.length);
    const lost = () => window.witness.causes.length > 0 && window.ticks.length;
    await eventually("the link is given up", () => tab.evaluate(lost), NOTICED_WITHIN);
    const ticks = (await tab.evaluate(() => window.ticks.length)) - ticked;
    assert.deepEqual(await tab.evaluate(() => window.witness.causes), ["heartbeat_timeout"]);
    assert.ok(ticks <= 4, `after ${ticks} ticks`);
  },
  { Firefox: "it runs the timers of a hidden page once a second at least" },
  SOON,
);
