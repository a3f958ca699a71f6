// "What happened to this user?": the panel of one session in the collector's page.

import assert from "node:assert/strict";
import { test } from "node:test";

import { violations } from "./harness/axe.mjs";
import { open } from "./harness/browser.mjs";
import { known, stage } from "./harness/stage.mjs";
import { eventually } from "./harness/wait.mjs";

test("an operator reads by keyboard what happened to a session, sees more as it happens, and hands on the address", async (t) => {
  const { browser, echo, collector, client } = await stage(t);
  await client.connect(echo, collector, { session: { sessionId: "page" } });
  await known(collector, "page", 0);
  await echo.kill();
  await client.becomes("RECONNECTING");
  await echo.restart();
  await known(collector, "page", 1);

  const dashboard = await open(browser, collector.dashboardUrl);
  t.after(() => assert.deepEqual(dashboard.errors, []));
  const row = dashboard.locator('button[data-session="page"]');
  await row.focus();
  await dashboard.keyboard.press("Enter");
  const panel = dashboard.getByRole("dialog", { name: "page" });
  const titles = () => panel.locator(".entry strong").allTextContents();
  const counts = async (wanted, title) => (await titles()).filter((one) => one.startsWith(title)).length === wanted;
  await eventually("the loss is told", () => counts(1, "Link lost"));
  await eventually("the return is told", () => counts(1, "Back after"));
  assert.equal((await titles()).at(-1), "Session began");
  assert.match(await panel.getByRole("img").getAttribute("aria-label"), /^Connected [\d.]+% of the last /);

  await echo.kill();
  await eventually("what happens meanwhile is told", () => counts(2, "Link lost"));
  await echo.restart();
  await eventually("and that it is over", () => counts(2, "Back after"));

  const address = dashboard.url();
  assert.ok(!address.includes(collector.secretKey));
  await dashboard.keyboard.press("Escape");
  await panel.waitFor({ state: "hidden" });
  await eventually("the address names no session", async () => !dashboard.url().includes("session="));
  assert.ok(await row.evaluate((button) => button === document.activeElement));

  await dashboard.goto(address);
  await eventually("the address leads to the panel", () => counts(2, "Back after"));
  await dashboard.goBack();
  await panel.waitFor({ state: "hidden" });
});

test("a session that nobody knows is said to be none, and the panel can be left", async (t) => {
  const { browser, collector } = await stage(t);
  const dashboard = await open(browser, `${collector.at('?session=nobody')}`);
  const panel = dashboard.getByRole("dialog", { name: "nobody" });
  await eventually("the panel says so", async () => /there is no session/.test(await panel.textContent()));
  await panel.getByRole("button", { name: "Close" }).click();
  await panel.waitFor({ state: "hidden" });
  // The browser itself says so of what is not there.
  assert.deepEqual(dashboard.errors.filter((error) => !/status of 404/.test(error)), []);
});

for (const colorScheme of ["light", "dark"]) {
  test(`on a phone in ${colorScheme} nothing is cut off, and axe finds nothing wrong`, async (t) => {
    const { browser, echo, collector, client } = await stage(t);
    await client.connect(echo, collector, { session: { sessionId: "page", userId: "somebody" } });
    await known(collector, "page", 0);
    const dashboard = await open(browser, collector.dashboardUrl.replace(/#.*/, ""));
    await dashboard.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    await dashboard.setViewportSize({ width: 390, height: 844 });
    const fits = async (what) => {
      const beyond = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
      assert.equal(await dashboard.evaluate(beyond), 0, `${what} is wider than the phone`);
      assert.deepEqual(await violations(dashboard), [], what);
    };
    await dashboard.getByLabel("Secret key").waitFor();
    await fits("the sign-in");
    await dashboard.getByLabel("Secret key").fill(collector.secretKey);
    await dashboard.keyboard.press("Enter");
    const row = dashboard.locator('button[data-session="page"]');
    await row.waitFor();
    await fits("the overview");
    await row.click();
    await dashboard.locator(".entry").first().waitFor();
    const panel = await dashboard.getByRole("dialog", { name: "page" }).boundingBox();
    assert.deepEqual([panel.x, panel.width], [0, 390]);
    await fits("the panel");
    assert.deepEqual(dashboard.errors, []);
  });
}
