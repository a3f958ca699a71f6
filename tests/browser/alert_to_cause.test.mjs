// From an alert to its cause: two clicks from what woke the operator to what happened to one user.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";

import { violations } from "./harness/axe.mjs";
import { launch, open } from "./harness/browser.mjs";
import { report } from "./harness/reports.mjs";
import { Collector } from "./harness/servers.mjs";
import { eventually } from "./harness/wait.mjs";

/** Ten sessions of an old release that are well, and ten of a new one whose links are lost again and again. */
const FLEET = Array.from({ length: 20 }, (_, i) => ({ id: `s-${i}`, isNew: i >= 10 }));

/** Reports of the fleet, until the test ends. */
function reporting(t, collector) {
  let isOver = false;
  t.after(() => (isOver = true));
  const lost = new Map();
  (async () => {
    while (!isOver) {
      for (const { id, isNew } of FLEET) {
        const at = Date.now();
        if (isNew) lost.set(id, (lost.get(id) ?? 0) + 1);
        const cause = { kind: "heartbeat_timeout" };
        const events = [
          { name: "connection.disconnected", at: at - 900, cause, planned: false },
          { name: "connection.status.changed", at: at - 900, from: "CONNECTED", to: "RECONNECTING" },
        ];
        const state = { userId: `user-${id}`, connectionQuality: "EXCELLENT", latency: 40, totalDisconnections: lost.get(id) ?? 0 };
        const bad = isNew && { status: "RECONNECTING", connectionQuality: "CRITICAL", reconnectAttempts: 2 };
        const activity = isNew ? { disconnections: 1, unplannedDisconnections: 1 } : {};
        const body = report(id, { at, state: { ...state, ...bad }, latencies: [40], activity, events: isNew ? events : [] });
        // The collector may be gone already.
        await collector.report(body.replace('"test/1"', isNew ? '"test/2"' : '"test/1"')).catch(() => undefined);
      }
      await sleep(1000);
    }
  })();
}

test("two clicks lead from an alert to the time line of a session that caused it, and two more to the release", async (t) => {
  const collector = await Collector.start();
  t.after(() => collector.remove());
  reporting(t, collector);
  const browser = await launch();
  t.after(() => browser.close());
  const page = await open(browser, collector.dashboardUrl);
  t.after(() => assert.deepEqual(page.errors, []));

  const alert = page.locator('.alert[data-alert="LOW_CONNECTION_QUALITY"]');
  await eventually("the alert is shown", () => alert.isVisible());
  await alert.getByRole("link", { name: /^Show sessions: Low/ }).click();
  const rows = page.locator("#sessions tbody tr");
  await eventually("only sessions that caused it are shown", async () => (await rows.count()) === 10);
  const shown = await rows.evaluateAll((all) => all.map((row) => row.dataset.session));
  assert.deepEqual(shown.sort(), FLEET.filter(({ isNew }) => isNew).map(({ id }) => id).sort());
  assert.ok(await page.evaluate(() => document.activeElement?.id === "sessions-title"), "the keyboard's focus is at the table");
  assert.deepEqual(await violations(page), []);

  await rows.first().click();
  const panel = page.getByRole("dialog");
  await panel.getByText("Link lost").first().waitFor();
  await panel.getByText(/Heartbeats went unanswered/).first().waitFor();
  assert.deepEqual(await violations(page), []);
  await page.keyboard.press("Escape");
  await panel.waitFor({ state: "hidden" });

  await page.getByRole("link", { name: "Breakdown" }).click();
  const releases = page.locator(".breakdown-table tbody tr");
  await eventually("the release that lost the most links is first", async () => /^test\/2/.test((await releases.first().innerText()).trim()));
  assert.match(await releases.nth(1).innerText(), /^test\/1/);
  assert.deepEqual(await violations(page), []);
  await releases.first().getByRole("link").click();
  await eventually("its sessions are shown", async () => (await rows.count()) === 10);
  assert.equal(new URL(page.url()).search, "?sdk=test%2F2");
  await page.goBack();
  await page.getByRole("heading", { name: "Breakdown" }).waitFor();
});
