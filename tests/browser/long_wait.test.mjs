// A browser's timers reach 24.8 days: a longer one fires at once.

import assert from "node:assert/strict";
import { test } from "node:test";

import { launch, open } from "./harness/browser.mjs";
import { serve } from "./harness/site.mjs";

test("a wait of 30 days neither fires at once nor overflows, and can be cancelled", async (t) => {
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
  t.after(() => site.close());
  const browser = await launch();
  t.after(() => browser.close());
  const page = await open(browser, site.url);
  t.after(() => assert.deepEqual(page.errors, []));

  const seen = await page.evaluate(async () => {
    const timers = [];
    const { setTimeout } = window;
    window.setTimeout = (callback, millis, ...rest) => {
      timers.push(millis);
      return setTimeout(callback, millis, ...rest);
    };
    const { executeWithRetry, RetryManager, ready } = window.steadfast;
    await ready();
    const manager = RetryManager.default;
    let calls = 0;
    const operation = () => {
      calls++;
      throw new Error("not yet");
    };
    const run = executeWithRetry("month", operation, { type: "FIXED", fixedDelay: 30 * 24 * 3600 * 1000 }, 3);
    const ended = run.catch(({ code }) => code);
    await new Promise((resolve) => setTimeout(resolve, 300));
    const [{ attempt, nextAttemptAt }] = manager.operations();
    const days = (nextAttemptAt - Date.now()) / (24 * 3600 * 1000);
    manager.cancel("month");
    return { calls, attempt, days: Math.round(days * 100) / 100, timers, code: await ended, left: manager.operations() };
  });

  assert.deepEqual(seen, {
    calls: 1,
    attempt: 1,
    days: 30,
    timers: [2 ** 31 - 1],
    code: "retry.cancelled",
    left: [],
  });
});

test("in a browser the functions start the module by themselves", async (t) => {
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
  t.after(() => site.close());
  const browser = await launch();
  t.after(() => browser.close());
  const page = await open(browser, site.url);
  const results = await page.evaluate(() => {
    const { executeWithRetry, executeWithCircuitBreaker } = window.steadfast;
    return Promise.all([executeWithRetry("a", () => 1), executeWithCircuitBreaker("b", () => 2)]);
  });
  assert.deepEqual(results, [1, 2]);
});
