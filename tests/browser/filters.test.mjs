// Which sessions? Filters that the collector applies, in the address of its page.

import assert from "node:assert/strict";
import { describe, test } from "node:test";

import { violations } from "./harness/axe.mjs";
import { launch, open } from "./harness/browser.mjs";
import { report } from "./harness/reports.mjs";
import { Collector } from "./harness/servers.mjs";
import { eventually } from "./harness/wait.mjs";

/** Sixty sessions, more than a page of the table holds: of three regions, two versions, and three qualities. */
const FLEET = Array.from({ length: 60 }, (_, i) => ({
  sessionId: `s-${String(i).padStart(2, "0")}`,
  userId: i % 2 === 0 ? "ada" : "bob",
  metadata: { region: ["eu", "us", "ap, south"][i % 3] },
  connectionQuality: ["EXCELLENT", "POOR", "CRITICAL"][i % 3],
  latency: 20 + i,
}));

/** A collector that knows the fleet, and its page, signed in. */
async function stage(t, query = "") {
  const collector = await Collector.start();
  t.after(() => collector.remove());
  await Promise.all(FLEET.map(({ sessionId, ...state }) => collector.report(report(sessionId, { state, latencies: [state.latency] }))));
  const browser = await launch();
  t.after(() => browser.close());
  const page = await open(browser, collector.at(query));
  t.after(() => assert.deepEqual(page.errors, []));
  return { collector, browser, page };
}

/** How many sessions the filters let through, as the page says it. */
async function shows(page, wanted) {
  const footer = page.locator("#sessions .footer");
  await eventually(`${wanted} are shown`, async () => (await footer.innerText()).includes(wanted));
}

const query = (page) => new URL(page.url()).search;
const first = (page) => page.locator("#sessions tbody tr").first().getAttribute("data-session");

describe("filters", { concurrency: 2 }, () => {
  test("a click on a share of the sessions shows just these, the way back all, and a chip is removed by key", async (t) => {
    const { page } = await stage(t);
    await shows(page, "1 to 50 of 60 sessions");
    await page.locator("#distributions").getByRole("link", { name: "Critical" }).click();
    await shows(page, "1 to 20 of 20 sessions");
    assert.equal(query(page), "?quality=CRITICAL&liveness=LIVE");
    await page.goBack();
    await shows(page, "of 60 sessions");
    await page.goForward();
    await shows(page, "of 20 sessions");
    await page.getByRole("button", { name: "Remove the filter Quality: Critical" }).focus();
    await page.keyboard.press("Enter");
    await shows(page, "of 60 sessions");
    assert.equal(query(page), "?liveness=LIVE");
    assert.ok(await page.evaluate(() => document.activeElement?.matches(".chip button")), "the focus stays among the chips");
  });

  test("a link leads somebody else to the same sessions in the same order, on the same page", async (t) => {
    const { page } = await stage(t, "?metadata.region=eu,us&sort=-latency");
    await shows(page, "1 to 40 of 40 sessions");
    assert.equal(await first(page), "s-00");
    await page.getByRole("button", { name: "Latency" }).click();
    await eventually("the slowest is first", async () => (await first(page)) === "s-58");
    assert.equal(query(page), "?metadata.region=eu%2Cus&sort=latency");
    await page.getByRole("link", { name: "Remove all" }).waitFor({ state: "detached" });
    await page.getByRole("button", { name: /Remove the filter .?region/ }).click();
    await shows(page, "1 to 50 of 60 sessions");
    await page.getByRole("button", { name: "Next" }).click();
    await shows(page, "51 to 60 of 60 sessions");
    assert.equal(query(page), "?sort=latency&page=2");
    await page.reload();
    await shows(page, "51 to 60 of 60 sessions");
    assert.equal(await first(page), "s-09");
  });

  test("all filters are chosen in one panel, and a comma in a value is no alternative", async (t) => {
    const { page } = await stage(t);
    await shows(page, "of 60 sessions");
    await page.getByRole("button", { name: "Filter …" }).click();
    const panel = page.getByRole("dialog", { name: "Filter sessions" });
    await panel.getByLabel("Critical").check();
    await panel.getByLabel("Users").fill("ada");
    await panel.getByLabel("Least latency in ms").fill("30");
    assert.deepEqual(await violations(page), []);
    await page.keyboard.press("Enter");
    await shows(page, "8 sessions");
    assert.equal(query(page), "?quality=CRITICAL&user=ada&minLatency=30");
    await page.getByRole("button", { name: "Filter …" }).click();
    assert.ok(await panel.getByLabel("Critical").isChecked());
    await panel.getByRole("button", { name: "Clear" }).click();
    await panel.waitFor({ state: "hidden" });
    await page.getByRole("button", { name: "Filter …" }).click();
    await panel.getByLabel("Key of metadata").first().fill("region");
    await panel.getByLabel("Values of metadata").first().fill("ap\\, south");
    await panel.getByRole("button", { name: "Show sessions" }).click();
    await shows(page, "of 20 sessions");
    assert.match(await page.locator('.chip[data-filter="metadata.region"]').innerText(), /ap, south/);
  });

  test("a part of a name is found, what is typed stands in the address, and a filter that is none is refused in place", async (t) => {
    const { page, collector } = await stage(t);
    await shows(page, "of 60 sessions");
    const field = page.getByRole("searchbox");
    await field.fill("S-1");
    await shows(page, "1 to 10 of 10 sessions");
    assert.equal(query(page), "?search=S-1");
    await field.fill("nobody");
    await page.getByText("No session matches the filters.").waitFor();
    await page.goto(collector.at("?status=ASLEEP"));
    await page.getByText(/status is "ASLEEP"; allowed are/).waitFor();
    page.errors.splice(0, page.errors.length, ...page.errors.filter((error) => !/status of 400/.test(error)));
  });

  test("healthy is defined beside the figure, and what it counts is one click away", async (t) => {
    const { page } = await stage(t);
    await page.getByText("What these words mean").click();
    await page.getByText("live, connected, and of good or excellent quality").waitFor();
    await page.getByRole("link", { name: "20 healthy" }).click();
    await shows(page, "1 to 20 of 20 sessions");
    await page.getByRole("link", { name: "40 unhealthy" }).click();
    await shows(page, "1 to 40 of 40 sessions");
    assert.equal(query(page), "?health=UNHEALTHY");
  });

  test("the table is saved as a file of all the sessions that the filters let through", async (t) => {
    const { page } = await stage(t, "?user=ada");
    await shows(page, "of 30 sessions");
    const [download] = await Promise.all([page.waitForEvent("download"), page.getByRole("button", { name: "CSV" }).click()]);
    assert.match(download.suggestedFilename(), /^sessions-[\dT-]+\.csv$/);
    const chunks = [];
    for await (const chunk of await download.createReadStream()) chunks.push(chunk);
    const lines = Buffer.concat(chunks).toString().trim().split(/\r?\n/);
    assert.equal(lines.length, 31);
  });

  test("names that are written from right to left, or would turn what follows, leave the page around them as it is", async (t) => {
    const { collector, page } = await stage(t);
    const state = { userId: "\u202egnirts\u05d0", latency: 5, connectionQuality: "CRITICAL" };
    await collector.report(report("\u05e9\u05dc\u05d5\u05dd 1", { state, latencies: [5] }));
    await page.goto(collector.at("?maxLatency=10"));
    const row = page.locator("#sessions tbody tr");
    await row.first().waitFor();
    for (const key of ["sessionId", "userId", "clientType", "sdk", "lastLoss"]) {
      const bidi = await row.locator(`td[data-key="${key}"]`).evaluate((cell) => getComputedStyle(cell).unicodeBidi);
      assert.equal(bidi, "isolate", key);
    }
    await row.locator("button.session").click();
    const panel = page.getByRole("dialog");
    await panel.getByText(/All sessions of \u2068\u202egnirts\u05d0\u2069/).waitFor();
    assert.equal(await panel.locator("h2").evaluate((title) => getComputedStyle(title).unicodeBidi), "isolate");
  });
});
