import assert from "node:assert/strict";
import { test } from "node:test";

import { launch, open } from "./harness/browser.mjs";
import { Echo } from "./harness/servers.mjs";
import { serve } from "./harness/site.mjs";

async function pageWithElement(t) {
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
  t.after(() => site.close());
  const browser = await launch();
  t.after(() => browser.close());
  const page = await open(browser, `${site.url}status.html`);
  t.after(() => assert.deepEqual(page.errors, []));
  await page.waitForFunction(() => window.isReady);
  return { page, site };
}

test("the element shows status, quality and latency in words, and the heartbeats as a line", async (t) => {
  const { page } = await pageWithElement(t);
  const seen = await page.evaluate(() => {
    const element = put();
    const seen = [shown(element)];
    const connection = (element.connection = fake());
    seen.push(shown(element));
    connection.become({ status: "CONNECTED", connectionQuality: "EXCELLENT", latency: 23.4 });
    seen.push(shown(element));
    for (const rtt of [20, 30, undefined, 25]) connection.beat(rtt);
    seen.push(shown(element));
    connection.become({ status: "FAILED" });
    seen.push(shown(element));
    const path = (name) => element.shadowRoot.querySelector(`.${name}`).getAttribute("d");
    return { seen, strokes: path("line").split("M").length - 1, misses: path("marks").split("M").length - 1 };
  });
  assert.deepEqual(seen, {
    seen: ["Disconnected", "Connecting", "Connected excellent 23 ms", "Connected excellent 25 ms", "Connection failed"],
    strokes: 2,
    misses: 1,
  });
});

test("it announces politely what has settled, and neither latencies nor flickers", async (t) => {
  const { page } = await pageWithElement(t);
  await page.clock.install();
  await page.evaluate(() => {
    window.element = put();
    element.connection = window.connection = fake();
    window.announced = () => element.shadowRoot.querySelector("[role=status][aria-live=polite]").textContent;
  });
  const announced = () => page.evaluate(() => announced());
  await page.clock.runFor(10_000);
  assert.equal(await announced(), "");
  await page.evaluate(() => connection.become({ status: "CONNECTED", connectionQuality: "GOOD", latency: 1 }));
  await page.clock.runFor(1_000);
  assert.equal(await announced(), "");
  await page.clock.runFor(1_500);
  assert.equal(await announced(), "Connected, good");
  await page.evaluate(() => {
    connection.become({ status: "RECONNECTING" });
    connection.become({ status: "CONNECTED" });
    connection.beat(40);
  });
  await page.clock.runFor(10_000);
  assert.equal(await announced(), "Connected, good");
});

test("out of the document it listens to nothing, and back in it listens again", async (t) => {
  const { page } = await pageWithElement(t);
  const listeners = await page.evaluate(() => {
    const element = put();
    const connection = (element.connection = fake());
    const listeners = [connection.listeners > 0];
    element.remove();
    listeners.push(connection.listeners > 0);
    document.body.append(element);
    listeners.push(connection.listeners > 0);
    connection.become({ status: "CONNECTED" });
    listeners.push(shown(element));
    element.connection = undefined;
    listeners.push(connection.listeners > 0);
    return listeners;
  });
  assert.deepEqual(listeners, [true, false, true, "Connected", false]);
});

test("an element that was let go of is forgotten, though its connection lives", async (t) => {
  const { page } = await pageWithElement(t);
  const cdp = await page.context().newCDPSession(page);
  await page.evaluate(() => {
    window.connection = fake();
    const elements = Array.from({ length: 20 }, () => put());
    for (const element of elements) element.connection = connection;
    window.references = elements.map((element) => new WeakRef(element));
    for (const element of elements) element.remove();
  });
  await cdp.send("HeapProfiler.collectGarbage");
  await page.waitForFunction(() => references.every((reference) => reference.deref() === undefined));
});

test("an address as its attribute is a connection of its own, closed when the element goes", async (t) => {
  const echo = await Echo.start();
  t.after(() => echo.kill());
  const { page, site } = await pageWithElement(t);
  assert.equal(site.seen.some((path) => path.endsWith(".wasm")), false, "an element alone loads no module");
  await page.evaluate((url) => (window.element = put({ connection: url })), echo.url);
  await page.waitForFunction(() => element.connection?.state.status === "CONNECTED");
  await page.waitForFunction(() => shown(element).startsWith("Connected"));
  await page.evaluate(() => {
    window.connection = element.connection;
    element.remove();
  });
  await page.waitForFunction(() => connection.state.status === "DISCONNECTED" && element.connection === undefined);
});

test("it can speak another language, and stands still for those who want that", async (t) => {
  const { page } = await pageWithElement(t);
  const animation = () =>
    page.evaluate(() => getComputedStyle(element.shadowRoot.querySelector("[part=dot]")).animationName);
  await page.evaluate(() => {
    window.element = put();
    element.labels = { RECONNECTING: "Verbindet" };
    element.connection = fake();
  });
  assert.equal(await page.evaluate(() => shown(element)), "Verbindet");
  assert.equal(await animation(), "turn");
  await page.emulateMedia({ reducedMotion: "reduce" });
  assert.equal(await animation(), "none");
});

for (const colorScheme of ["light", "dark"]) {
  test(`its words can be read in ${colorScheme}`, async (t) => {
    const { page } = await pageWithElement(t);
    await page.emulateMedia({ colorScheme });
    const contrasts = await page.evaluate(() => {
      const luminance = (color) => {
        const linear = (value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
        const [red, green, blue] = color.match(/[\d.]+/g).map((value) => linear(Number(value) / 255));
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
      };
      return ["EXCELLENT", "POOR", "CRITICAL"].flatMap((connectionQuality) => {
        const element = put();
        const connection = (element.connection = fake());
        connection.become({ status: "CONNECTED", connectionQuality, latency: 5 });
        const style = (part) => getComputedStyle(element.shadowRoot.querySelector(`[part=${part}]`));
        const back = luminance(style("frame").backgroundColor);
        return ["label", "quality", "latency"].map((part) => {
          const [dark, bright] = [back, luminance(style(part).color)].sort((a, b) => a - b);
          return (bright + 0.05) / (dark + 0.05);
        });
      });
    });
    for (const contrast of contrasts) assert.ok(contrast >= 4.5, `contrasts are ${contrasts}`);
  });
}
