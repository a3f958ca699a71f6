import assert from "node:assert/strict";
import { test } from "node:test";
import { RetryManager } from "steadfast";
import { fixed } from "./support/failing.js";

const YEAR = 365 * 24 * 3600;

const answer = (retryAfter, headers) => new Response("body", { status: 429, headers: { "retry-after": retryAfter, ...headers } });

/** What the first attempt leads to: a wait in ms, or the error of giving up. */
async function after(operation, strategy = fixed(), options = undefined) {
  const manager = new RetryManager();
  const run = manager.executeWithRetry("load", operation, strategy, 2, options);
  const ended = run.then(() => undefined, (error) => error);
  for (let turn = 0; turn < 5; turn++) await Promise.resolve();
  const { delay } = manager.getRetryHistory()[0];
  manager.cancel("load");
  const error = await ended;
  return delay ?? error;
}

for (const seconds of [301, YEAR, 2 ** 53, "9".repeat(30), "9".repeat(400)]) {
  test(`a server that asks for a wait of ${String(seconds).slice(0, 40)} s ends the call, with the hint in the error`, async () => {
    const response = answer(String(seconds));
    const error = await after(() => response);
    assert.deepEqual([error.name, error.code, error.cause], ["SteadfastError", "retry.server_wait", response]);
    assert.equal(error.retryAfter, Number(seconds) * 1000);
    assert.equal(await error.cause.text(), "body", "the answer can be read");
  });
}

test("a server that asks by a date far away ends the call, too", async () => {
  const error = await after(() => answer("Fri, 31 Dec 9999 23:59:59 GMT"));
  assert.equal(error.code, "retry.server_wait");
  assert.ok(error.retryAfter > YEAR * 1000);
});

test("an error that was thrown is the cause", async () => {
  const thrown = Object.assign(new Error("busy"), { response: { statusCode: 503, headers: { "retry-after": String(YEAR) } } });
  const error = await after(() => Promise.reject(thrown));
  assert.deepEqual([error.code, error.cause, error.retryAfter], ["retry.server_wait", thrown, YEAR * 1000]);
});

test("five minutes are waited for by default, and ten times the longest delay", async () => {
  const five = await after(() => answer("300"));
  assert.ok(five >= 300_000 && five <= 450_000, `${five} ms`);
  const strategy = { type: "EXPONENTIAL", maxDelay: 60_000 };
  const ten = await after(() => answer("600"), strategy);
  assert.ok(ten >= 600_000 && ten <= 900_000, `${ten} ms`);
  assert.equal((await after(() => answer("601"), strategy)).code, "retry.server_wait");
});

test("the limit can be set", async () => {
  assert.equal((await after(() => answer("8"), fixed(), { maxServerWait: 7_000 })).code, "retry.server_wait");
  const wait = await after(() => answer("7200"), fixed(), { maxServerWait: 7_200_000 });
  assert.ok(wait >= 7_200_000, `${wait} ms`);
  for (const [maxServerWait, code] of [
    [0, "config.out_of_range"],
    [-1, "config.out_of_range"],
    [NaN, "config.out_of_range"],
    [Infinity, "config.out_of_range"],
    [2_592_000_001, "config.out_of_range"],
    ["1 s", "config.type"],
  ]) {
    const run = new RetryManager().executeWithRetry("load", () => 1, fixed(), 2, { maxServerWait });
    await assert.rejects(run, { code, field: "maxServerWait" }, String(maxServerWait));
  }
});

for (const nonsense of ["-1", "1.5", "soon", "NaN", "Infinity", "-9999999999999999", "Thu, 01 Jan 1970 00:00:00 GMT", "1e9"]) {
  test(`a Retry-After of ${nonsense} is waited for no longer than the strategy says, and a second`, async () => {
    const wait = await after(() => answer(nonsense));
    assert.ok(wait <= 1001, `${wait} ms`);
  });
}

test("a judgement of the user's own is held to the same limit", async () => {
  const judged = (retryAfter) => after(() => Promise.reject(new Error("e")), fixed(), { classify: () => ({ kind: "overload", retryAfter }) });
  assert.equal((await judged(Infinity)).code, "retry.server_wait");
  assert.equal((await judged(Number.MAX_VALUE)).code, "retry.server_wait");
  assert.equal(await judged(-5), 1);
});
