import assert from "node:assert/strict";
import { test } from "node:test";
import { CircuitBreaker, RetryManager, RetryThrottle } from "steadfast";
import { failing, fixed } from "./support/failing.js";

/** gRPC, proposal A6: every failed call takes one of ten tokens, and retries go while more than five are left. */
test("failed calls of one attempt hold the retries of others back", async () => {
  const manager = new RetryManager();
  const throttle = new RetryThrottle();
  for (let call = 0; call < 50; call++) {
    await assert.rejects(manager.executeWithRetry("a", failing(Infinity), fixed(), 1, { throttle }), { message: "not yet" });
  }
  const operation = failing(Infinity);
  await assert.rejects(manager.executeWithRetry("a", operation, fixed(), 3, { throttle }), { code: "retry.throttled" });
  assert.equal(operation.calls, 1);
});

test("with two attempts each failure counts", async () => {
  const manager = new RetryManager();
  const throttle = new RetryThrottle();
  const calls = [];
  for (let call = 0; call < 4; call++) {
    const operation = failing(Infinity);
    await manager.executeWithRetry("a", operation, fixed(), 2, { throttle }).catch(() => {});
    calls.push(operation.calls);
  }
  // 10 → 8 → 6 → 5, where it stops.
  assert.deepEqual(calls, [2, 2, 1, 1]);
});

test("what would fail again is no failure for a throttle", async () => {
  const manager = new RetryManager();
  const throttle = new RetryThrottle();
  const missing = Object.assign(new Error("missing"), { status: 404 });
  for (let call = 0; call < 50; call++) {
    await assert.rejects(manager.executeWithRetry("a", failing(Infinity, missing), fixed(), 3, { throttle }), missing);
  }
  assert.equal(await manager.executeWithRetry("a", failing(1), fixed(), 2, { throttle }), 2);
});

test("a breaker that was saved by a wrong clock waits no longer than its own maximum", async () => {
  const breaker = new CircuitBreaker({ openFor: 1000, maxOpenFor: 60_000 });
  for (const openUntil of [Date.now() + 365 * 24 * 3_600_000, Number.MAX_VALUE, Infinity]) {
    breaker.restore({ state: "OPEN", openUntil, openings: 3 });
    await assert.rejects(breaker.execute(() => 1), ({ code, retryIn }) => code === "circuit.open" && retryIn <= 60_000);
  }
  for (const openUntil of [-1, 0, NaN]) {
    try {
      breaker.restore({ state: "OPEN", openUntil });
    } catch (error) {
      assert.equal(error.name, "SteadfastError");
      breaker.restore({ state: "OPEN" });
    }
    assert.equal(await breaker.execute(() => 1), 1);
  }
});
