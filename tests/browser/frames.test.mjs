// Documents and workers that are not a plain page: frames, `<base>`, `blob:` and `data:`, and service workers.

import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";

import { inEachBrowser } from "./harness/browsers.mjs";
import { pathOf } from "./harness/process.mjs";
import { serve } from "./harness/site.mjs";

/** Code that dials nowhere and posts the address that was dialled, or the code of the refusal, and what the platform does. */
const DIAL = `
  const dialled = (make) => new Promise((resolve) => {
    class Noted { constructor(url) { resolve(url); } close() {} }
    try { make(Noted); } catch ({ code, name }) { resolve(code ?? name); }
  });
  const ours = ({ connect }) => dialled((WebSocket) => connect("/live", { WebSocket }).addEventListener("error", () => {}));
  const theirs = () => { try { return new WebSocket("/live").url; } catch ({ name }) { return name; } };
  const tell = async (target, package_) => target.postMessage({ ours: await ours(package_), theirs: theirs() }, "*");`;

async function page(t, open) {
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" }, { "access-control-allow-origin": "*" });
  t.after(() => site.close());
  return { site, tab: await open(`${site.url}elsewhere.html`) };
}

/** What a frame posts whose document is written by `write`. */
function fromFrame(tab, kind, html, sandbox) {
  return tab.evaluate(
    (kind, html, sandbox) =>
      new Promise((resolve) => {
        const frame = document.createElement("iframe");
        addEventListener("message", ({ source, data }) => source === frame.contentWindow && resolve(data));
        if (sandbox !== null) frame.sandbox = sandbox;
        if (kind === "srcdoc") frame.srcdoc = html;
        if (kind === "blob") frame.src = URL.createObjectURL(new Blob([html], { type: "text/html" }));
        document.body.append(frame);
        if (kind === "blank") {
          frame.contentDocument.write(html);
          frame.contentDocument.close();
        }
      }),
    kind,
    html,
    sandbox ?? null,
  );
}

inEachBrowser("a relative address is taken from where the platform's own class takes it from, or refused", async (t, open, browser) => {
  const { site, tab } = await page(t, open);
  const script = (head = "") => `${head}<script type="module">
    import * as package_ from "${site.url}pkg/index.js"; ${DIAL} tell(parent, package_);</script>`;
  const here = site.url.replace("http", "ws");
  const base = '<base href="https://elsewhere.example/app/">';
  for (const [kind, head, expected] of [
    ["srcdoc", "", `${here}live`],
    ["blank", "", `${here}live`],
    ["srcdoc", base, "wss://elsewhere.example/live"],
    ["blob", base, "wss://elsewhere.example/live"],
    ["blob", "", "config.url"],
  ]) {
    const { ours, theirs } = await fromFrame(tab, kind, script(head));
    assert.equal(ours, expected, kind);
    // Firefox's own class does not heed `<base>`, which the standard asks for.
    if (browser === "Chromium") assert.equal(theirs, expected === "config.url" ? "SyntaxError" : expected, kind);
  }
});

inEachBrowser("in a sandboxed frame, which has no storage, the session is not kept, which is told, and the connection goes on", async (t, open) => {
  const { site, tab } = await page(t, open);
  for (const persist of ["session", "local", "indexeddb"]) {
    const html = `<script type="module">
      import { connect } from "${site.url}pkg/index.js";
      const told = [];
      addEventListener("unhandledrejection", ({ reason }) => told.push("unhandled " + reason));
      const retry = { type: "FIXED", fixedDelay: 10 };
      const conn = connect("ws://127.0.0.1:1/", { persist: "${persist}", retry });
      conn.addEventListener("error", ({ error }) => told.push(error.code));
      let failed = 0;
      conn.addEventListener("retry.failed", async () => {
        if (++failed < 3) return;
        await conn.close();
        setTimeout(() => parent.postMessage(told, "*"), 50);
      });</script>`;
    const told = await fromFrame(tab, "srcdoc", html, "allow-scripts");
    assert.deepEqual([...new Set(told)], ["persist.failed"], persist);
  }
});

inEachBrowser("steadfast/inline is one file, which works from an address that has no second one", async (t, open) => {
  const { site, tab } = await page(t, open);
  const inline = await readFile(pathOf("pkg/inline.js"), "utf8");
  assert.doesNotMatch(inline, /\bfrom\s*"|\bimport\s*\(|^import\b/);
  site.seen.length = 0;
  const seen = await tab.evaluate(async (script) => {
    const url = URL.createObjectURL(new Blob([script], { type: "text/javascript" }));
    const { connect, ConnectionManager, executeWithRetry } = await import(url);
    new ConnectionManager().close();
    const errors = [];
    const conn = connect("ws://127.0.0.1:1/", { persist: "indexeddb" });
    conn.addEventListener("error", ({ error }) => errors.push(error.code));
    await conn.ready;
    await conn.close();
    return { errors, value: await executeWithRetry("x", async () => 5) };
  }, inline);
  assert.deepEqual(seen, { errors: [], value: 5 });
  assert.deepEqual(site.seen, []);
});

inEachBrowser("a worker made of a blob is told that it has no address to be relative to", async (t, open, browser) => {
  const { site, tab } = await page(t, open);
  const script = `import * as package_ from "${site.url}pkg/inline.js"; ${DIAL}
    const url = await ours(package_); postMessage({ ours: url, theirs: theirs() });`;
  const seen = await tab.evaluate((script) => {
    const worker = new Worker(URL.createObjectURL(new Blob([script], { type: "text/javascript" })), { type: "module" });
    return new Promise((resolve) => (worker.onmessage = ({ data }) => resolve(data)));
  }, script);
  assert.equal(seen.ours, "config.url");
  // Firefox's own class takes the page's address, which no script can ask for.
  if (browser === "Chromium") assert.equal(seen.theirs, "SyntaxError");
});

for (const worker of ["keeping_inline.js", "keeping_imported.js"]) {
  inEachBrowser(`a service worker keeps its session (${worker})`, async (t, open) => {
    const { tab } = await page(t, open);
    const keep = () =>
      tab.evaluate(async (worker) => {
        await navigator.serviceWorker.register(`/${worker}`, { type: "module" });
        const { active } = await navigator.serviceWorker.ready;
        const { port1, port2 } = new MessageChannel();
        return new Promise((resolve) => {
          port1.onmessage = ({ data }) => resolve(data);
          active.postMessage("", [port2]);
        });
      }, worker);
    assert.deepEqual(await keep(), { errors: [], isSame: true });
  });
}
