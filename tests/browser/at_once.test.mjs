// Nothing has to be initialised anywhere, and nothing is waited for.

import assert from "node:assert/strict";

import { inEachBrowser } from "./harness/browsers.mjs";
import { serve } from "./harness/site.mjs";

const CONNECTION = "/pkg/steadfast_connection_bg.wasm";
const SERVICES = "/pkg/steadfast_services_bg.wasm";

async function site(t) {
  const served = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
  t.after(() => served.close());
  return served;
}

/** What the page whose first line uses a class has seen. */
async function firstLine(open, url) {
  const tab = await open(`${url}at_once.html`);
  return tab.until("the page has used the class", () => window.seen);
}

inEachBrowser("a class can be used in the first line of a page", async (t, open) => {
  const { url, seen } = await site(t);
  assert.deepEqual(await firstLine(open, url), { sessions: 1 });
  assert.equal(seen.filter((path) => path === SERVICES).length, 1);
  assert.equal(seen.includes(CONNECTION), false, "it needs nothing of connections");
});

inEachBrowser("a page that only connects fetches one module, and one that imports no more fewer scripts", async (t, open) => {
  const fetched = async (entry) => {
    // On a site of its own, so that nothing is had from before.
    const { url, seen } = await site(t);
    const tab = await open(`${url}connect.html?${entry}`);
    assert.equal(await tab.until("the page has connected", () => window.seen), "RECONNECTING");
    assert.deepEqual(seen.filter((path) => path.endsWith(".wasm")), [CONNECTION]);
    return seen.filter((path) => path.startsWith("/pkg/"));
  };
  const everything = await fetched("/pkg/index.js");
  const needed = await fetched("/pkg/connect.js");
  assert.ok(needed.length < everything.length, `${needed} are not fewer than ${everything}`);
});

inEachBrowser("a class that is used while a module is on its way to the connections that wait disturbs neither", async (t, open) => {
  const { url } = await site(t);
  const tab = await open(url);
  const seen = await tab.evaluate(async () => {
    const { connect, ConnectionManager, ready } = window.steadfast;
    const connection = connect("ws://127.0.0.1:1/", { retry: { type: "FIXED", fixedDelay: 1e6 } });
    const manager = new ConnectionManager();
    manager.registerConnection("s", undefined, "acme", "web");
    const early = connection.state.status;
    await connection.ready;
    await ready();
    manager.registerConnection("t", undefined, "acme", "web");
    const { status } = connection.state;
    await connection.close();
    return [early, status, manager.totals().sessions];
  });
  assert.deepEqual(seen, ["DISCONNECTED", "RECONNECTING", 2]);
});

inEachBrowser("a class can be used in the first line of a worker", async (t, open) => {
  const { url } = await site(t);
  const tab = await open(url);
  const seen = await tab.evaluate(
    () =>
      new Promise((resolve, reject) => {
        const worker = new Worker("/at_once_worker.js", { type: "module" });
        worker.onmessage = ({ data }) => resolve(data);
        worker.onerror = ({ message }) => reject(new Error(message));
      }),
  );
  assert.deepEqual(seen, [{ sessions: 0 }, { sessions: 0 }]);
});

inEachBrowser("a service worker, which can fetch nothing at once, is told to wait, and may", async (t, open) => {
  const { url } = await site(t);
  const tab = await open(url);
  const [first, later] = await tab.evaluate(async () => {
    await navigator.serviceWorker.register("/at_once_worker.js", { type: "module" });
    const { active } = await navigator.serviceWorker.ready;
    const { port1, port2 } = new MessageChannel();
    return new Promise((resolve) => {
      port1.onmessage = ({ data }) => resolve(data);
      active.postMessage("", [port2]);
    });
  });
  assert.equal(first.code, "module.not_ready");
  assert.match(first.message, /wait for ready\(\)/);
  assert.deepEqual(later, { sessions: 0 });
});

inEachBrowser("a page is told why it cannot have the module at once", async (t, open) => {
  const { url, refuse } = await site(t);
  for (const [status, code] of [
    [404, "module.failed"],
    [503, "module.unreachable"],
    [0, "module.unreachable"],
  ]) {
    refuse(SERVICES, status);
    const { code: told, message } = await firstLine(open, url);
    assert.equal(told, code, message);
    assert.match(message, /could not be fetched/);
  }
});
