// What an operator sees: the collector's own page, fed by its live stream.

import assert from "node:assert/strict";
import { test } from "node:test";

import { open } from "./harness/browser.mjs";
import { known, stage } from "./harness/stage.mjs";
import { eventually } from "./harness/wait.mjs";

test("the dashboard follows a session through the loss of its link, and comes back itself", async (t) => {
  const { browser, echo, collector, client } = await stage(t);
  await client.connect(echo, collector, { session: { sessionId: "page" } });
  await known(collector, "page", 0);
  const dashboard = await open(browser, collector.dashboardUrl);
  t.after(() => assert.deepEqual(dashboard.errors, []));
  const shows = (key, wanted) => {
    const cell = dashboard.locator(`tr[data-session="page"] td[data-key="${key}"]`);
    return eventually(`${key} shows ${wanted}`, async () => (await cell.allTextContents())[0] === wanted);
  };
  await shows("status", "Connected");
  await shows("totalDisconnections", "0");
  // The key is not left where others can read it.
  assert.ok(!dashboard.url().includes("#"));

  await echo.kill();
  await shows("status", "Reconnecting");
  await echo.restart();
  await shows("status", "Connected");
  await shows("totalDisconnections", "1");

  const link = dashboard.locator("#link-status");
  await collector.kill();
  await eventually("its own link is lost", async () => (await link.textContent()) === "Reconnecting");
  await echo.kill();
  await client.becomes("RECONNECTING");
  await collector.restart();
  await eventually("its own link is back", async () => (await link.textContent()) === "Connected");
  await shows("status", "Reconnecting");
  await shows("totalDisconnections", "2");
  await echo.restart();
  await shows("status", "Connected");
});

test("a key that is none is refused, and the right one is asked for", async (t) => {
  const { browser, collector } = await stage(t);
  const dashboard = await open(browser, collector.dashboardUrl.replace(/.$/, "!"));
  const problem = dashboard.getByRole("alert");
  await eventually("the problem is shown", async () => (await problem.textContent()) !== "");
  await dashboard.getByLabel("Secret key").fill(collector.secretKey);
  await dashboard.getByRole("button", { name: "Show the dashboard" }).click();
  await eventually("the dashboard is shown", () => dashboard.locator("#sessions").isVisible());
  // The browser itself says so of every refusal.
  assert.deepEqual(dashboard.errors.filter((error) => !/status of 401/.test(error)), []);
});

test("days of history are shown when they are asked for, and the address says so", async (t) => {
  const { browser, echo, collector, client } = await stage(t);
  await client.connect(echo, collector, { session: { sessionId: "page", userId: "ada" } });
  await known(collector, "page", 0);
  const dashboard = await open(browser, collector.dashboardUrl);
  t.after(() => assert.deepEqual(dashboard.errors, []));
  await dashboard.locator('tr[data-session="page"]').waitFor();
  const days = dashboard.waitForResponse(/\/v1\/rollups\?.*minutes=5/);
  await dashboard.getByRole("button", { name: "24 h" }).click();
  assert.equal((await days).status(), 200);
  assert.match(dashboard.url(), /\?range=24h$/);
  const links = dashboard.locator("#plots .card", { hasText: "Links per minute" });
  await eventually("what happened in a day is shown", async () => /Lost\s*\d/.test(await links.innerText()));
});

test("the skip link is the first stop of the keyboard, appears there, and leads to the content", async (t) => {
  const { browser, collector } = await stage(t);
  const dashboard = await open(browser, collector.dashboardUrl);
  t.after(() => assert.deepEqual(dashboard.errors, []));
  await dashboard.locator("#sessions").waitFor();
  const link = dashboard.getByRole("link", { name: "Skip to the content" });
  const box = async () => {
    const { x, y, width, height } = (await link.boundingBox()) ?? { x: 0, y: 0, width: 0, height: 0 };
    return x >= 0 && y >= 0 && width > 40 && height > 16;
  };
  assert.equal(await box(), false, "it is out of sight until it is needed");
  await dashboard.evaluate(() => document.activeElement?.blur());
  await dashboard.keyboard.press("Tab");
  assert.ok(await link.evaluate((element) => element === document.activeElement), "it is the first stop");
  assert.ok(await box(), "it can be seen");
  await dashboard.keyboard.press("Enter");
  await dashboard.keyboard.press("Tab");
  const isWithin = await dashboard.evaluate(() => document.querySelector("#content").contains(document.activeElement));
  assert.ok(isWithin, "the next stop is within the content");
  // The key is in no address that the link made.
  assert.ok(!dashboard.url().includes(collector.secretKey));
});

test("at a width of 360 pixels no view is wider than the screen", async (t) => {
  const { browser, echo, collector, client } = await stage(t);
  const sessionId = `page-${"with-a-very-long-name-".repeat(5)}`;
  await client.connect(echo, collector, { session: { sessionId, userId: "ada" } });
  await known(collector, sessionId, 0);
  const dashboard = await open(browser, collector.dashboardUrl);
  t.after(() => assert.deepEqual(dashboard.errors, []));
  await dashboard.setViewportSize({ width: 360, height: 740 });
  const row = dashboard.locator("#sessions tbody tr").first();
  await row.waitFor();
  const widest = () => dashboard.evaluate(() => document.documentElement.scrollWidth);
  const views = dashboard.getByRole("navigation").getByRole("link");
  const count = await views.count();
  assert.ok(count > 1, "there are several views");
  for (let index = 0; index < count; index += 1) {
    await views.nth(index).click();
    assert.equal(await widest(), 360, await views.nth(index).innerText());
  }
  await dashboard.goto(collector.dashboardUrl);
  await row.click();
  await dashboard.getByRole("dialog").waitFor();
  assert.equal(await widest(), 360, "the panel of a session");
});
