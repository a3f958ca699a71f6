// The errors of a page whose content security policy forbids something. The policies are real headers.

import assert from "node:assert/strict";

import { inEachBrowser } from "./harness/browsers.mjs";
import { serve } from "./harness/site.mjs";

/** What a browser itself writes to the console of a violation, which is no error of ours. */
const VIOLATION = /Content.Security.Policy|violates the following/i;

/** Opens a page under a policy. */
async function pageUnder(t, open, policy) {
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" }, { "content-security-policy": policy });
  t.after(() => site.close());
  const tab = await open(`${site.url}elsewhere.html`);
  const push = (error) => VIOLATION.test(error) || Array.prototype.push.call(tab.errors, error);
  Object.defineProperty(tab.errors, "push", { value: push });
  return tab;
}

inEachBrowser("an address that connect-src forbids is told as blocked, within a moment", async (t, open) => {
  const policy = "default-src 'self'; img-src data:; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'";
  const tab = await pageUnder(t, open, policy);
  const seen = await tab.evaluate(async () => {
    const { connect, SteadfastWebSocket } = await import("/pkg/index.js");
    const retry = { type: "FIXED", fixedDelay: 10, jitter: false };
    const conn = connect("ws://192.0.2.1/live", { retry, connectTimeout: 600_000 });
    const told = [];
    await new Promise((resolve) => {
      conn.addEventListener("error", ({ error }) => told.push(error.code, /connect-src/.test(error.message)));
      conn.addEventListener("retry.failed", ({ detail }) => told.push(detail.cause.kind) > 5 && resolve());
    });
    await conn.close();
    const socket = new SteadfastWebSocket("ws://192.0.2.1/live", [], { maxRetries: 0, connectTimeout: 600_000 });
    const events = [];
    await new Promise((resolve) => {
      socket.onerror = () => events.push("error");
      socket.onclose = ({ code }) => resolve(events.push(code));
    });
    return { told, events };
  });
  const once = ["connection.blocked", true, "blocked"];
  assert.deepEqual(seen, { told: [...once, ...once], events: ["error", 1006] });
});

inEachBrowser("where no module may be compiled, everything says so, and nothing of the user's is called", async (t, open) => {
  const tab = await pageUnder(t, open, "default-src 'self'; img-src data:; script-src 'self'; connect-src *");
  const seen = await tab.evaluate(async () => {
    const package_ = await import("/pkg/index.js");
    let calls = 0;
    const count = () => ++calls;
    const conn = package_.connect(() => `ws://127.0.0.1:1/${count()}`);
    const told = new Promise((resolve) => conn.addEventListener("error", ({ error }) => resolve(error.code)));
    const socket = new package_.SteadfastWebSocket("ws://127.0.0.1:1/");
    const closed = new Promise((resolve) => socket.addEventListener("close", ({ code }) => resolve(code)));
    const codeOf = (promise) => promise.then(() => "nothing", ({ code }) => code);
    const thrown = (name) => {
      try {
        return new package_[name]() && "nothing";
      } catch ({ code }) {
        return code;
      }
    };
    const codes = [
      await codeOf(conn.ready),
      await told,
      await codeOf(package_.ready()),
      await codeOf(package_.executeWithRetry("x", count)),
      await codeOf(package_.executeWithRetry("x", count)),
      await codeOf(package_.executeWithCircuitBreaker("x", count)),
      ...["CircuitBreaker", "ConnectionManager", "RetryManager", "RetryThrottle"].map(thrown),
    ];
    return { calls, codes: [...new Set(codes)], status: conn.state.status, closed: await closed };
  });
  assert.deepEqual(seen, { calls: 0, codes: ["module.unavailable"], status: "FAILED", closed: 1006 });
});
