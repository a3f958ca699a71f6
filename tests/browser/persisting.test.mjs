// Sessions that outlive their pages.

import assert from "node:assert/strict";

import { inEachBrowser } from "./harness/browsers.mjs";
import { Echo } from "./harness/servers.mjs";
import { serve } from "./harness/site.mjs";
import { eventually } from "./harness/wait.mjs";

const QUICK = { connectTimeout: 2_000, retry: { type: "EXPONENTIAL", baseDelay: 100, maxDelay: 500 } };

async function stage(t) {
  const echo = await Echo.start();
  t.after(() => echo.kill());
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
  t.after(() => site.close());
  return { echo, site };
}

/** Connects, as a page does each time it is loaded. */
async function connect(tab, echo, options) {
  await tab.evaluate((url, given) => window.connect(url, given), echo.url, { ...QUICK, ...options });
  await becomes(tab, "CONNECTED");
}

function becomes(tab, status) {
  return tab.until(`the page is ${status}`, (wanted) => window.witness.connection.state.status === wanted, status);
}

function state(tab) {
  return tab.evaluate(() => window.witness.connection.state);
}

function errors(tab) {
  return tab.evaluate(() => window.witness.errors);
}

function received(tab, count) {
  return tab.until(`${count} messages have come`, (wanted) => {
    const { messages } = window.witness;
    return messages.length >= wanted && messages.map((one) => (typeof one === "string" ? one : [...new Uint8Array(one)]));
  }, count);
}

/** Waits until the store has that many records, each with that many messages. */
function saved(tab, persist, records, messages = 0) {
  const what = `${records} records with ${messages} messages each are in the store "${persist}"`;
  const wanted = JSON.stringify(Array(records).fill(messages));
  return tab.until(what, async (where, counts) => JSON.stringify(await window.saved(where)) === counts, persist, wanted);
}

for (const persist of ["local", "session", "indexeddb"]) {
  inEachBrowser(`after a reload a session goes on with its history and its messages (${persist})`, async (t, open) => {
    const { echo, site } = await stage(t);
    const options = { persist, outbox: { persist: true } };
    const tab = await open(site.url);
    await connect(tab, echo, options);
    const before = await state(tab);
    await echo.kill();
    await becomes(tab, "RECONNECTING");
    await tab.evaluate(() => {
      window.witness.connection.send("kept");
      window.witness.connection.send(new Uint8Array([1, 2, 255]));
      window.witness.connection.send(new Blob(["of a ", "Blob"]));
    });
    // The browser may not wait for a database as a page goes.
    await saved(tab, persist, 1, 3);
    await tab.reload();
    await echo.restart();
    await connect(tab, echo, options);
    const [text, bytes, blob] = await received(tab, 3);
    assert.deepEqual([text, bytes, String.fromCharCode(...blob)], ["kept", [1, 2, 255], "of a Blob"]);
    const { sessionId, totalDisconnections } = await state(tab);
    assert.deepEqual([sessionId, totalDisconnections], [before.sessionId, 1]);
    assert.deepEqual(await errors(tab), []);
  });

  inEachBrowser(`a second tab has a session of its own, and each has its own again after a reload (${persist})`, async (t, open) => {
    const { echo, site } = await stage(t);
    const tabs = [await open(site.url), await open(site.url)];
    const ids = async () => Promise.all(tabs.map(async (tab) => (await state(tab)).sessionId));
    for (const tab of tabs) await connect(tab, echo, { persist });
    const before = await ids();
    assert.notEqual(before[0], before[1]);
    for (const tab of tabs) await saved(tab, persist, persist === "session" ? 1 : 2);
    for (const tab of tabs) {
      await tab.reload();
      await connect(tab, echo, { persist });
      assert.deepEqual(await errors(tab), []);
    }
    assert.deepEqual(await ids(), before);
  });
}

for (const persist of ["local", "session"]) {
  inEachBrowser(`under steadfast.v1 reloads lose, double and reorder nothing, in either direction (${persist})`, async (t, open) => {
    const { echo, site } = await stage(t);
    const tab = await open(site.url);
    const options = { persist, outbox: { persist: true }, protocols: "steadfast.v1" };
    const sent = [];
    let sessionId;
    await tab.evaluate(() => (sessionStorage.heard = ""));
    for (let load = 0; load < 4; load += 1) {
      await connect(tab, echo, options);
      sessionId ??= (await state(tab)).sessionId;
      const burst = Array.from({ length: 50 }, (_, index) => `${load}.${index}`);
      sent.push(...burst);
      // Left in the middle: some are answered by then, some on their way, and some wait.
      await tab.evaluate((messages) => {
        for (const message of messages) window.witness.connection.send(message);
        return new Promise((resolve) => window.witness.connection.addEventListener("message", resolve, { once: true }));
      }, burst);
      await tab.reload();
    }
    await connect(tab, echo, options);
    const heard = () => tab.evaluate(() => sessionStorage.heard.split(",").slice(0, -1));
    await tab.until("all have arrived", () => window.witness.connection.waitingMessages === 0);
    await eventually("all have come back", async () => (await heard()).length >= sent.length);
    assert.deepEqual(await heard(), sent);
    assert.deepEqual([(await state(tab)).sessionId, await errors(tab)], [sessionId, []]);
  });
}

inEachBrowser("without outbox.persist messages do not outlive the page, and the session does", async (t, open) => {
  const { echo, site } = await stage(t);
  const tab = await open(site.url);
  await connect(tab, echo, { persist: "local" });
  const { sessionId } = await state(tab);
  await echo.kill();
  await becomes(tab, "RECONNECTING");
  await tab.evaluate(() => void window.witness.connection.send("gone"));
  await tab.reload();
  await echo.restart();
  await connect(tab, echo, { persist: "local" });
  await tab.evaluate(() => void window.witness.connection.send("new"));
  assert.deepEqual(await received(tab, 1), ["new"]);
  assert.equal((await state(tab)).sessionId, sessionId);
});

inEachBrowser("a tab that is made from another has a copy of its storage, and yet a session of its own", async (t, open) => {
  const { echo, site } = await stage(t);
  const tab = await open(site.url);
  await connect(tab, echo, { persist: "session" });
  const { sessionId } = await state(tab);
  await saved(tab, "session", 1);
  const copy = await tab.evaluate(() => JSON.stringify({ ...sessionStorage }));
  const other = await open(`${site.url}elsewhere.html`);
  await other.evaluate((entries) => Object.assign(sessionStorage, JSON.parse(entries)), copy);
  await other.leaveFor(site.url);
  await connect(other, echo, { persist: "session" });
  assert.notEqual((await state(other)).sessionId, sessionId);
});

inEachBrowser("what is damaged, or of somebody else, is reported and ignored", async (t, open) => {
  const { echo, site } = await stage(t);
  const tab = await open(site.url);
  const key = `steadfast:${new URL(echo.url).host}/`;
  const of = (userId) => ({ persist: "local", session: { userId } });
  await connect(tab, echo, of("anna"));
  const { sessionId } = await state(tab);
  await tab.reload();
  await connect(tab, echo, of("berta"));
  assert.match(String(await errors(tab)), /of another session/);
  assert.notEqual((await state(tab)).sessionId, sessionId);

  for (const damage of [
    (text) => text.slice(0, 50),
    () => "{}",
    () => "null",
    (text) => text.replace(/"snapshot":{"base64":"..../, '"snapshot":{"base64":"AAAA'),
    (text) => text.replace(/....("},"messages")/, "BBBB$1"),
  ]) {
    await tab.reload();
    const saved = await tab.evaluate((name) => localStorage.getItem(name), key);
    assert.notEqual(damage(saved), saved);
    await tab.evaluate((name, text) => localStorage.setItem(name, text), key, damage(saved));
    await connect(tab, echo, of("berta"));
    const told = await errors(tab);
    assert.equal(told.length, damage(saved) === "null" ? 0 : 1, `${damage}: ${told}`);
  }
});

inEachBrowser("a connection that is closed leaves nothing behind", async (t, open) => {
  const { echo, site } = await stage(t);
  const tab = await open(site.url);
  await connect(tab, echo, { persist: "local" });
  await tab.until("it is saved", () => localStorage.length === 1);
  await tab.evaluate(() => window.witness.connection.close());
  assert.equal(await tab.evaluate(() => localStorage.length), 0);
});

inEachBrowser(
  "a page that keeps its session can be kept in the back/forward cache",
  async (t, open) => {
    const { echo, site } = await stage(t);
    const tab = await open(site.url);
    await connect(tab, echo, { persist: "local" });
    const { sessionId } = await state(tab);
    await tab.leaveFor(`${site.url}elsewhere.html`);
    await tab.goBack("the page is back", () => window.witness !== undefined);
    assert.equal(await tab.evaluate(() => window.witness.persisted), true);
    await becomes(tab, "CONNECTED");
    assert.equal((await state(tab)).sessionId, sessionId);
    assert.deepEqual(await errors(tab), []);
  },
  { Firefox: "it keeps no page that has an open WebSocket as it is left" },
);

inEachBrowser(
  "a page that is back from the cache, and finds its session in another tab, goes on with one of its own",
  async (t, open) => {
    const { echo, site } = await stage(t);
    const tab = await open(site.url);
    const options = { persist: "local", outbox: { persist: true } };
    await connect(tab, echo, options);
    const { sessionId } = await state(tab);
    await echo.kill();
    await becomes(tab, "RECONNECTING");
    await tab.evaluate(() => void window.witness.connection.send("once"));
    await tab.leaveFor(`${site.url}elsewhere.html`);
    await echo.restart();
    const other = await open(site.url);
    await connect(other, echo, options);
    assert.equal((await state(other)).sessionId, sessionId);
    assert.deepEqual(await received(other, 1), ["once"]);

    await tab.goBack("the page is back", () => window.witness?.persisted);
    await becomes(tab, "CONNECTED");
    const mine = await state(tab);
    assert.notEqual(mine.sessionId, sessionId);
    assert.match(String(await errors(tab)), /another page keeps this session now/);
    await tab.evaluate(() => void window.witness.connection.send("mine"));
    assert.deepEqual(await received(tab, 1), ["mine"]);
    await saved(tab, "local", 2);
    await tab.reload();
    await connect(tab, echo, options);
    assert.equal((await state(tab)).sessionId, mine.sessionId);
    assert.deepEqual([(await state(other)).sessionId, await errors(other)], [sessionId, []]);
  },
  { Firefox: "it keeps no page that has an open WebSocket as it is left" },
);
