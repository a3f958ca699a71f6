// Alerts and trends in the collector's page, from real reports, by keyboard.

import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { violations } from "./harness/axe.mjs";
import { launch, open } from "./harness/browser.mjs";
import { report } from "./harness/reports.mjs";
import { Collector } from "./harness/servers.mjs";
import { eventually } from "./harness/wait.mjs";

/** A collector, and a browser that opens its page, signed in. */
async function stage(t) {
  const collector = await Collector.start();
  t.after(() => collector.remove());
  const browser = await launch();
  t.after(() => browser.close());
  const dashboard = async () => {
    const page = await open(browser, collector.dashboardUrl);
    t.after(() => assert.deepEqual(page.errors, []));
    return page;
  };
  return { collector, dashboard };
}

/** Reports of a few sessions, again and again until the test ends; `quality` says how good their links are. */
function reporting(t, collector) {
  const fleet = { quality: "POOR" };
  t.after(() => (fleet.isOver = true));
  (async () => {
    while (!fleet.isOver) {
      for (const id of ["a", "b", "c"]) {
        const state = { connectionQuality: fleet.quality, latency: 40 };
        // The collector may be killed meanwhile.
        await collector.report(report(id, { state, latencies: [40, 42] })).catch(() => undefined);
      }
      await sleep(1000);
    }
  })();
  return fleet;
}

/** Presses Tab until an element has the focus that the function accepts. */
async function tabTo(page, what, accepts) {
  for (let presses = 0; presses < 60; presses += 1) {
    await page.keyboard.press("Tab");
    if (await page.evaluate(accepts)) return;
  }
  throw new Error(`Tab does not lead to ${what}`);
}

// They wait for minutes of the collector's patience more than they compute.
describe("alerts and trends", { concurrency: true }, () => {
  test("an alert is acknowledged by keyboard, for every page and after a restart, and when it is over its course is told", async (t) => {
    const { collector, dashboard } = await stage(t);
    const fleet = reporting(t, collector);
    const page = await dashboard();
    await page.getByText("Nothing needs your attention.").waitFor();

    const alert = (where) => where.locator('.alert[data-alert="LOW_CONNECTION_QUALITY"]');
    await eventually("the alert is shown", () => alert(page).isVisible());
    assert.match(await alert(page).innerText(), /^Low connection quality\s+Critical\s+0% are healthy; raised below 80%\s+since /);
    assert.equal(await page.title(), "(1) Steadfast");
    assert.match(await page.locator("#alerts").getByRole("status").textContent(), /New alert: Low connection quality/);
    assert.deepEqual(await violations(page), []);

    await tabTo(page, "the button", () => document.activeElement.getAttribute("aria-label") === "Acknowledge: Low connection quality");
    await page.keyboard.press("Enter");
    const isKnown = async (where) => / acknowledged \d\d:\d\d:\d\d/.test(await alert(where).innerText());
    await eventually("it is acknowledged", () => isKnown(page));
    assert.equal(await alert(page).getByRole("button").count(), 0);
    assert.ok(await alert(page).evaluate((row) => row === document.activeElement), "the focus stays where it was");
    await eventually("the title counts it no longer", async () => (await page.title()) === "Steadfast");

    const second = await dashboard();
    await eventually("another page shows it acknowledged", () => isKnown(second));
    await collector.kill();
    await collector.restart();
    await page.reload();
    await eventually("so it is after a restart and a reload", () => isKnown(page));

    fleet.quality = "EXCELLENT";
    const past = page.locator("#alerts .past-alert");
    await eventually("it is over, after a minute without it", () => past.isVisible(), 180_000);
    assert.equal(await alert(page).count(), 0);
    const time = String.raw`\d\d:\d\d:\d\d`;
    const course = new RegExp(`Began ${time}, acknowledged ${time}, resolved ${time}$`);
    assert.match(await past.innerText(), course);
    assert.match(await past.innerText(), /^Low connection quality\s+\w+, resolved after \d+ (s|min)/);
    await page.getByText("Nothing needs your attention.").waitFor();
    assert.deepEqual(await violations(page), []);
  });

  test("the history names who acknowledged and the note, and a silence is made and ended", async (t) => {
    const { collector, dashboard } = await stage(t);
    reporting(t, collector);
    const page = await dashboard();
    const alert = page.locator('.alert[data-alert="LOW_CONNECTION_QUALITY"]');
    await eventually("the alert is shown", () => alert.isVisible());
    await alert.getByLabel(/^Note to the acknowledgement/).fill("the new release, Ada looks at it");
    await page.keyboard.press("Enter");
    await alert.getByText("the new release, Ada looks at it").waitFor();

    await page.getByRole("navigation", { name: "Views" }).getByRole("link", { name: "Alerts" }).click();
    const entry = page.locator(".alert-history li");
    await eventually("the history names the key", async () => /Acknowledged \d\d:\d\d:\d\d by \S/.test(await entry.innerText()));
    assert.match(await entry.innerText(), /the new release, Ada looks at it/);
    assert.deepEqual(await violations(page), []);

    const silences = page.getByRole("region", { name: "Silences" });
    await silences.getByLabel("Type of alert to silence").selectOption("Low connection quality");
    await silences.getByLabel("Why it is silenced").fill("known");
    await page.keyboard.press("Enter");
    await silences.getByRole("listitem").getByText("known").waitFor();
    await page.goBack();
    await eventually("the alert is shown silenced", async () => /silenced until \d\d:\d\d/.test(await alert.innerText()));
    await page.goForward();
    await silences.getByRole("button", { name: "End the silence: Low connection quality" }).click();
    await silences.getByText("Nothing is silenced.").waitFor();

    await entry.getByRole("link", { name: "Show sessions" }).click();
    await eventually("its sessions are shown", async () => (await page.locator("#sessions tbody tr").count()) === 3);
  });

  test("an acknowledgement that comes too late says so in its place", async (t) => {
    const { collector, dashboard } = await stage(t);
    reporting(t, collector);
    const page = await dashboard();
    const alert = page.locator(".alert");
    await eventually("the alert is shown", () => alert.isVisible());
    // What was loaded stays as it is, while somebody else acknowledges.
    await page.route("**/v1/alerts", (route) => route.abort());
    await collector.acknowledge(1);
    await alert.getByRole("button").click();
    await eventually("the refusal is shown", async () => /not firing|ACKNOWLEDGED/.test(await alert.getByRole("alert").textContent()));
    assert.equal(await alert.getByRole("button").textContent(), "Acknowledge");
    page.errors.splice(0, page.errors.length, ...page.errors.filter((error) => !/status of 409|ERR_FAILED/.test(error)));
  });

  test("where latency is going is shown with its unit and when it will be too high, also after a restart", async (t) => {
    const { collector, dashboard } = await stage(t);
    for (let minute = 25; minute > 0; minute -= 1) {
      const at = Date.now() - 60_000 * minute;
      const latencies = Array.from({ length: 20 }, () => 900 - 20 * minute);
      await collector.report(report("a", { at, latencies }));
    }
    await collector.kill();
    await collector.restart();
    const page = await dashboard();
    const trend = (name) => page.locator(`[data-trend="${name}"]`);
    const text = (name) => trend(name).innerText();
    await eventually("the trend is named", async () => /Degrading/.test(await text("latency")));
    const known = /^Median latency\s+↗\s*Degrading\s+\+\d{3} ms\s+Reaches 1\.00 s in about \d+ (s|min): at \d\d:\d\d \(\d\d:\d\d (to \d\d:\d\d|or never)\)$/;
    assert.match((await text("latency")).replaceAll("\u00a0", " ").trim(), known);
    assert.match(await text("errors"), /Stable\s+no change/);
    assert.match(await text("connections"), /known after ten minutes/);
    assert.match(await trend("latency").locator("path").getAttribute("d"), /^M[\d.]+ [\d.]+(L[\d.]+ [\d.]+){15}/);
    // The plot reaches back as far, though the collector has just begun.
    const plot = page.locator("#plots .card").first();
    await plot.getByRole("img").hover({ position: { x: 200, y: 100 } });
    await eventually("a moment of the past has values", async () => /\d\d:\d\d:\d\d[\s\S]*Median\s*\d{3} ms/.test(await plot.innerText()));
    assert.deepEqual(await violations(page), []);
  });
});
