// Who is there? Pages and processes that are closed, killed, reloaded, put to sleep and cut off, and every figure beside the truth.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";

import { chromiumProgram, launch, open } from "./harness/browser.mjs";
import { launchChromium } from "./harness/browsers.mjs";
import { Process } from "./harness/process.mjs";
import { Collector, Echo, Proxy } from "./harness/servers.mjs";
import { serve } from "./harness/site.mjs";
import { Tab } from "./harness/tab.mjs";
import { eventually } from "./harness/wait.mjs";

/** Number of pages, and of processes. */
const CLIENTS = Number(process.env.STORY_CLIENTS ?? 200);

/** Time between two reports in ms. A session is stale after three of them, so a busy machine may be late by two. */
const INTERVAL = 5_000;

/** How long everything may take until the figures are the truth: the machine may be busy with other things. */
const DEADLINE = 180_000;

/** What happens to a third of them, in turns; the others are left alone. */
const FATES = ["closed", "killed", "reloaded", "asleep", "cut off"];

const SCRAPE_KEY = "a-key-for-scrapes";

/** The fate of the client of that number, if it has one. */
function fateOf(number) {
  return number % 3 === 0 ? FATES[(number / 3) % FATES.length] : undefined;
}

/** What should be known of each session in the end. */
class Truth {
  #liveness = new Map();

  note(sessionId, liveness) {
    this.#liveness.set(sessionId, liveness);
  }

  get sessions() {
    return Object.fromEntries(this.#liveness);
  }

  count(liveness) {
    return [...this.#liveness.values()].filter((one) => one === liveness).length;
  }
}

test(`of ${CLIENTS} pages and ${CLIENTS} processes, of which a third goes away, each figure is the truth`, async (t) => {
  const echo = await Echo.start();
  t.after(() => echo.kill());
  const collector = await Collector.start(["--scrape-key", SCRAPE_KEY]);
  t.after(() => collector.remove());
  const truth = new Truth();
  const [pages, processes] = await Promise.all([openPages(t, echo, collector), startProcesses(t, echo, collector)]);
  await eventually("all are known", async () => (await collector.get("/v1/connections?liveness=LIVE")).total === 2 * CLIENTS, DEADLINE);
  await Promise.all([pages.meetTheirFates(truth), processes.meetTheirFates(truth)]);

  const expected = { live: truth.count("LIVE"), stale: truth.count("STALE"), ended: truth.count("ENDED") };
  // Each of them, not only as many.
  await becomes("what is wrongly known of sessions", () => wronglyKnown(collector, truth), {});
  const api = () => countedByApi(collector);
  await becomes("what the API counts", api, expected);
  await becomes("what the lists hold", () => listed(collector), expected);
  await becomes("what Prometheus scrapes", () => scraped(collector), expected);
  const browser = await launch();
  t.after(() => browser.close());
  const dashboard = await open(browser, collector.dashboardUrl);
  t.after(() => assert.deepEqual(dashboard.errors, []));
  await becomes("what the dashboard shows", () => shown(dashboard), expected);
  // And nothing has moved meanwhile.
  assert.deepEqual([await api(), await listed(collector), await scraped(collector), await shown(dashboard)], Array(4).fill(expected));
});

/** Waits until a count is the truth; if it never is, says what it was. */
async function becomes(what, count, expected) {
  let last;
  const isTrue = async () => {
    last = await count();
    return JSON.stringify(last) === JSON.stringify(expected);
  };
  await eventually(() => `${what} is ${JSON.stringify(expected)}; it is ${JSON.stringify(last)}`, isTrue, DEADLINE);
}

async function countedByApi(collector) {
  const { metrics } = await collector.get("/v1/health");
  return { live: metrics.liveConnections, stale: metrics.staleConnections, ended: metrics.endedConnections };
}

async function listed(collector) {
  const total = async (liveness) => (await collector.get(`/v1/connections?liveness=${liveness}&limit=1`)).total;
  return { live: await total("LIVE"), stale: await total("STALE"), ended: await total("ENDED") };
}

/** Every live session is connected here. */
async function scraped(collector) {
  const text = await collector.scrape(SCRAPE_KEY);
  const sessions = (status) => Number(new RegExp(`^steadfast_sessions\\{organization="default",status="${status}"\\} (\\d+)$`, "m").exec(text)?.[1]);
  return { live: sessions("connected"), stale: sessions("stale"), ended: sessions("disconnected") };
}

async function shown(dashboard) {
  const card = dashboard.locator(".card", { hasText: "Live sessions" }).first();
  const number = (text) => Number(text.replace(/\D/g, ""));
  const part = async (word) => number(await card.locator("li", { hasText: word }).last().innerText());
  return { live: number(await card.locator(".figure").innerText()), stale: await part("stale"), ended: await part("ended") };
}

/** The sessions of which something else is known than the truth. */
async function wronglyKnown(collector, truth) {
  const { connections } = await collector.get("/v1/connections?limit=1000");
  const known = new Map(connections.map(({ sessionId, liveness }) => [sessionId, liveness]));
  const ids = new Set([...known.keys(), ...Object.keys(truth.sessions)]);
  const wrong = [...ids].filter((id) => known.get(id) !== truth.sessions[id]);
  return Object.fromEntries(wrong.map((id) => [id, `${known.get(id)}, not ${truth.sessions[id]}`]));
}

/** Calls a function for each element, a few at a time. */
async function forEach(elements, atOnce, call) {
  const rest = [...elements];
  const work = async () => {
    for (let next = rest.shift(); next !== undefined; next = rest.shift()) await call(next);
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}

/** Pages in three browsers: one is to be killed, and one hides its pages, since a page that is seen is never put to sleep. */
async function openPages(t, echo, collector) {
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
  t.after(() => site.close());
  // A process for each page would take more memory than pages that have nothing to show are worth.
  const flags = ["--renderer-process-limit=2", "--disable-gpu", "--disable-extensions", "--mute-audio"];
  const hiding = launchChromium(chromiumProgram(), flags);
  const [browser, killed, hidden] = await Promise.all([launch(flags), launch(flags), hiding]);
  t.after(() => Promise.all([browser.close(), killed.close(), hidden.close()]));
  const contexts = { others: await browser.newContext(), killed: await killed.newContext(), cutOff: await browser.newContext() };
  const report = { url: collector.reportUrl, key: collector.publishableKey, interval: INTERVAL };
  const connect = (page, sessionId) => {
    const options = JSON.stringify({ session: { sessionId }, report });
    return page.evaluate(`window.connect(${JSON.stringify(echo.url)}, ${options})`);
  };
  const pages = [];
  await forEach(Array(CLIENTS).keys(), 8, async (number) => {
    const [sessionId, fate] = [`page-${number}`, fateOf(number)];
    if (fate === "asleep") {
      const page = await Tab.open(hidden, true, site.url);
      await connect(page, sessionId);
      return pages.push({ sessionId, fate, page });
    }
    const context = { killed: contexts.killed, "cut off": contexts.cutOff }[fate] ?? contexts.others;
    const page = await context.newPage();
    await page.goto(site.url);
    await connect(page, sessionId);
    pages.push({ sessionId, fate, page });
  });
  const front = await hidden.newPage();
  await front.bringToFront();
  const cdp = (page) => page.context().newCDPSession(page);
  const fates = {
    // `page.close()` would wait for the page's own handlers of `beforeunload`, which users are not made to either.
    closed: async ({ page }) => (await cdp(page)).send("Page.close"),
    reloaded: async ({ page, sessionId }) => {
      await page.reload();
      await connect(page, `${sessionId}-again`);
    },
    asleep: ({ page }) => page.freeze(),
  };
  const meetTheirFates = async (truth) => {
    const kill = async () => {
      const { processInfo } = await (await killed.newBrowserCDPSession()).send("SystemInfo.getProcessInfo");
      const gone = once(killed, "disconnected");
      process.kill(processInfo.find(({ type }) => type === "browser").id, "SIGKILL");
      await gone;
    };
    await Promise.all([kill(), contexts.cutOff.setOffline(true), forEach(pages, 4, async (one) => fates[one.fate]?.(one))]);
    noteAll(truth, pages);
  };
  return { meetTheirFates };
}

/** Native clients, each a process. Those that are to be cut off reach both servers over proxies. */
async function startProcesses(t, echo, collector) {
  const proxies = { echo: await Proxy.start(echo), collector: await Proxy.start(collector) };
  const cut = () => Promise.all([proxies.echo.kill(), proxies.collector.kill()]);
  t.after(cut);
  const clients = [];
  t.after(() => Promise.all(clients.map(({ client }) => client.kill())));
  const start = async (sessionId, isCutOff) => {
    const url = isCutOff ? proxies.echo.url : echo.url;
    const report = isCutOff ? new URL("/v1/reports", proxies.collector.url.replace("ws:", "http:")).href : collector.reportUrl;
    const to = ["--url", url, "--report", report, "--key", collector.publishableKey];
    const client = new Process("steadfast-client", [...to, "--interval", `${INTERVAL}`, "--session", sessionId]);
    await client.line("connected");
    return client;
  };
  await forEach(Array(CLIENTS).keys(), 8, async (number) => {
    const [sessionId, fate] = [`process-${number}`, fateOf(number)];
    clients.push({ sessionId, fate, client: await start(sessionId, fate === "cut off") });
  });
  const fates = {
    closed: ({ client }) => client.interrupt(),
    killed: ({ client }) => client.kill(),
    reloaded: async (one) => {
      await one.client.interrupt();
      one.client = await start(`${one.sessionId}-again`, false);
    },
    asleep: ({ client }) => client.signal("SIGSTOP"),
  };
  const meetTheirFates = async (truth) => {
    await Promise.all([cut(), forEach(clients, 8, async (one) => fates[one.fate]?.(one))]);
    noteAll(truth, clients);
  };
  return { meetTheirFates };
}

/** The fate of each: a client that said goodbye has ended, a silent one is stale, and the others are live. */
function noteAll(truth, clients) {
  for (const { sessionId, fate } of clients) {
    const hasEnded = fate === "closed" || fate === "reloaded";
    truth.note(sessionId, hasEnded ? "ENDED" : fate === undefined ? "LIVE" : "STALE");
    if (fate === "reloaded") truth.note(`${sessionId}-again`, "LIVE");
  }
}
