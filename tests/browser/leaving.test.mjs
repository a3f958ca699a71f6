// What a page has not reported yet when it is left is reported all the same, and that it is gone.

import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";

import { inEachBrowser } from "./harness/browsers.mjs";
import { connected } from "./harness/connected.mjs";
import { stage } from "./harness/stage.mjs";
import { eventually } from "./harness/wait.mjs";

const WAYS = {
  "goes elsewhere": (page) => page.goto("about:blank"),
  "is closed": closeTab,
  "is reloaded": (page) => page.reload(),
};

/** Closes the tab alone: `page.close()` ends the browser context of `newPage()` too, and its requests with it. */
async function closeTab(page) {
  const session = await page.context().newCDPSession(page);
  await session.send("Page.close");
}

for (const [leaves, leave] of Object.entries(WAYS)) {
  test(`a page that ${leaves} has its last report arrive`, async (t) => {
    const { echo, collector, page, client } = await stage(t);
    const { reportUrl: url, publishableKey: key } = collector;
    const report = { url, key, interval: 600_000 };
    await client.connect(echo, collector, { session: { sessionId: "page" }, report });
    await client.becomes("CONNECTED");
    await client.send(["hello"]);
    await client.receives(1);
    assert.equal(await collector.connection("page"), undefined, "nothing was due yet");

    await leave(page);
    const state = await eventually("the collector knows the session", () => collector.connection("page"));
    assert.deepEqual([state.status, state.liveness], ["DISCONNECTED", "ENDED"]);
    const { metrics } = await collector.get("/v1/health");
    assert.deepEqual([metrics.liveConnections, metrics.endedConnections], [0, 1]);
    const { reports } = await collector.get("/v1/connections/page/events");
    const last = reports[0].events.filter(({ name }) => name === "connection.disconnected");
    assert.deepEqual(last.map(({ cause }) => cause), [{ kind: "page_left" }]);
  });
}

test("a page that keeps its session goes on with it after a reload, and nobody else reports as this session", async (t) => {
  const { echo, collector, page, client } = await stage(t);
  const { reportUrl: url, publishableKey: key } = collector;
  const options = { session: { sessionId: "page" }, persist: "local", report: { url, key, interval: 600_000 } };
  const load = async () => {
    await client.connect(echo, collector, options);
    await client.becomes("CONNECTED");
  };
  const all = async () => (await collector.get("/v1/connections")).connections.map(({ sessionId }) => sessionId).sort();
  await load();
  await page.reload();
  await eventually("the first page has reported", () => collector.connection("page"));
  await load();
  await page.reload();
  const { reports } = await eventually("the second page has reported", async () => {
    const told = await collector.get("/v1/connections/page/events");
    return told.reports.length === 2 && told;
  });
  assert.equal(new Set(reports.map(({ batchId }) => batchId)).size, 2);
  assert.deepEqual(await all(), ["page"]);

  // Another page with the same id, which has kept nothing.
  await client.connect(echo, collector, { ...options, persist: undefined });
  await client.becomes("CONNECTED");
  await page.goto("about:blank");
  const ids = await eventually("its report is there", async () => ((await all()).length === 2 ? all() : undefined));
  assert.match(ids[1], /^page~[0-9a-f]{16}$/);
  assert.equal((await collector.get("/v1/connections/page/events")).reports.length, 2);
});

inEachBrowser("a page that is left sends its last report without a preflight", async (t, open) => {
  const { url, requests } = await listen(t);
  const report = { url: `${url}?from=page#top`, key: "pk_test", interval: 600_000 };
  const { site, tab } = await connected(t, open, { report });
  await tab.leaveFor(`${site.url}elsewhere.html`);
  await eventually("a request has come", () => requests.length > 0);
  const [{ method, url: target, headers, body }] = requests;
  assert.deepEqual([method, target], ["POST", "/?key=pk_test&from=page"]);
  assert.deepEqual([headers["content-type"], headers.authorization], ["text/plain;charset=UTF-8", undefined]);
  assert.equal(JSON.parse(body).session.status, "DISCONNECTED");
});

/** A server that notes each request, answers 200, and allows every page to read the answer. */
async function listen(t) {
  const requests = [];
  const server = createServer(async (request, response) => {
    let body = "";
    for await (const chunk of request) body += chunk;
    const { method, url, headers } = request;
    requests.push({ method, url, headers, body });
    const allow = { "access-control-allow-origin": "*", "access-control-allow-headers": "authorization, content-type" };
    response.writeHead(200, { ...allow, "content-type": "application/json" }).end("{}");
  });
  t.after(() => {
    server.close();
    server.closeAllConnections();
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { url: `http://127.0.0.1:${server.address().port}/`, requests };
}
