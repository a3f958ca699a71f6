import assert from "node:assert/strict";
import { test } from "node:test";
import { RetryManager, RetryThrottle, executeWithRetry } from "steadfast";
import { failing, fixed } from "./support/failing.js";

test("an operation that succeeds is called once, at once, and gives what it gave", async () => {
  const manager = new RetryManager();
  let called = false;
  const result = manager.executeWithRetry("load", ({ attempt, signal }) => {
    called = true;
    return { attempt, aborted: signal.aborted };
  });
  assert.ok(called, "before it was waited for");
  assert.deepEqual(await result, { attempt: 1, aborted: false });
});

for (const type of ["ADAPTIVE", "CIRCUIT_BREAKER", "EXPONENTIAL", "FIXED", "LINEAR"]) {
  test(`with ${type} an operation is called again until it succeeds`, async () => {
    const manager = new RetryManager();
    const operation = failing(2);
    const strategy = { type, baseDelay: 2, maxDelay: 10, multiplier: 2, jitter: true, jitterRange: 0.2 };
    assert.equal(await manager.executeWithRetry("load", operation, strategy, 3), 3);
    assert.equal(operation.calls, 3);
  });
}

test("a rejected promise is a failure as well, and the waits are those of the strategy", async () => {
  const manager = new RetryManager();
  const operation = failing(2);
  const began = performance.now();
  await manager.executeWithRetry("load", async (attempt) => operation(attempt), fixed(30), 3);
  const took = performance.now() - began;
  assert.ok(took >= 58 && took < 500, `it took ${took} ms`);
});

test("after the last attempt the promise is rejected with the operation's own error", async () => {
  const manager = new RetryManager();
  const error = new RangeError("never");
  const operation = failing(Infinity, error);
  await assert.rejects(manager.executeWithRetry("load", operation, fixed(), 4), (thrown) => thrown === error);
  assert.equal(operation.calls, 4);
});

test("without a limit it goes on", async () => {
  const manager = new RetryManager();
  assert.equal(await manager.executeWithRetry("load", failing(20), fixed(0.1), Infinity), 21);
});

test("the function does the same on a manager of its own", async () => {
  assert.equal(await executeWithRetry("function", failing(1), fixed()), 2);
  assert.equal(RetryManager.default.getRetryStats("function").attempts, 2);
});

test("an attempt that takes too long is told so, given up, and made again", async () => {
  const manager = new RetryManager();
  const reasons = [];
  const operation = ({ attempt, signal }) => {
    if (attempt === 2) return "in time";
    return new Promise(() => signal.addEventListener("abort", () => reasons.push(signal.reason.name)));
  };
  const options = { perAttemptTimeout: 20 };
  assert.equal(await manager.executeWithRetry("slow", operation, fixed(), 3, options), "in time");
  assert.deepEqual(reasons, ["TimeoutError"]);
  assert.equal(manager.getRetryStats("slow").overloadFailures, 1);
});

test("no attempt begins after the deadline", async () => {
  const manager = new RetryManager();
  const operation = failing(Infinity);
  const refused = manager.executeWithRetry("late", operation, fixed(50), 100, { deadline: 120 });
  await assert.rejects(refused, { name: "SteadfastError", code: "retry.deadline" });
  assert.ok(operation.calls >= 2 && operation.calls <= 3, `${operation.calls} calls`);
  assert.equal((await refused.catch((error) => error)).cause.message, "not yet");
});

test("a throttle holds retries back over all calls that share it", async () => {
  const manager = new RetryManager();
  const throttle = new RetryThrottle({ maxTokens: 4, tokenRatio: 0.1 });
  const operation = failing(Infinity);
  const attempt = (id) => manager.executeWithRetry(id, operation, fixed(), 10, { throttle });
  // gRPC: with 4 tokens the first failure leaves 3, which is above half, and the second 2, which is not.
  await assert.rejects(attempt("a"), { code: "retry.throttled" });
  assert.equal(operation.calls, 2);
  await assert.rejects(attempt("b"), { code: "retry.throttled" });
  assert.equal(operation.calls, 3);
  await assert.rejects(manager.executeWithRetry("c", operation, fixed(), 3), { message: "not yet" });
  assert.equal(operation.calls, 6, "without the throttle nothing is held back");
});

test("operations under way are listed, with the attempt and when the next is due", async () => {
  const manager = new RetryManager();
  let release;
  const held = manager.executeWithRetry("held", () => new Promise((resolve) => (release = resolve)));
  const waiting = manager.executeWithRetry("waiting", failing(1), fixed(40), 2);
  const [first, second] = manager.operations();
  assert.deepEqual(first, { operationId: "held", attempt: 1 });
  assert.equal(second.operationId, "waiting");
  assert.ok(Math.abs(second.nextAttemptAt - Date.now() - 40) < 20, `due at ${second.nextAttemptAt}`);
  release();
  await Promise.all([held, waiting]);
  assert.deepEqual(manager.operations(), []);
});

test("history and statistics tell how operations went, overall and one by one", async () => {
  const manager = new RetryManager();
  await manager.executeWithRetry("a", failing(1), fixed(2), 3);
  await manager.executeWithRetry("b", () => 1);
  await assert.rejects(manager.executeWithRetry("b", failing(Infinity), fixed(2), 2));
  const outcomes = manager.getRetryHistory().map(({ operationId, attempt, outcome }) => [operationId, attempt, outcome]);
  assert.deepEqual(outcomes, [
    ["a", 1, "transport"],
    ["a", 2, "success"],
    ["b", 1, "success"],
    ["b", 1, "transport"],
    ["b", 2, "transport"],
  ]);
  assert.equal(manager.getRetryHistory("a").length, 2);
  const [{ at, delay }] = manager.getRetryHistory("a");
  assert.ok(Math.abs(at - Date.now()) < 1000);
  assert.equal(delay, 2);
  const { attempts, successes, transportFailures, exhausted, successRate, totalDelay } = manager.getRetryStats();
  assert.deepEqual({ attempts, successes, transportFailures, exhausted }, { attempts: 5, successes: 2, transportFailures: 3, exhausted: 1 });
  assert.equal(successRate, 0.4);
  assert.equal(totalDelay, 4);
  assert.equal(manager.getRetryStats("a").successRate, 0.5);
  assert.equal(manager.getRetryStats("c"), undefined);
});

test("history is bounded", async () => {
  const manager = new RetryManager({ maxHistory: 10, maxCounted: 5 });
  for (let i = 0; i < 2000; i++) await manager.executeWithRetry(`operation ${i}`, () => i);
  assert.equal(manager.getRetryHistory().length, 10);
  assert.equal(manager.getRetryStats("operation 0"), undefined);
  assert.equal(manager.getRetryStats("operation 1999").successes, 1);
  assert.equal(manager.getRetryStats().successes, 2000);
});

test("events tell what happens, to the manager's listeners and to the operation's", async () => {
  const manager = new RetryManager();
  const heard = [];
  const own = [];
  for (const type of ["retry.attempt", "retry.failed", "retry.success", "retry.exhausted"]) {
    manager.addEventListener(type, ({ detail }) => heard.push(detail));
  }
  const onEvent = (event) => own.push(event);
  await manager.executeWithRetry("a", failing(1), fixed(2), 3, { onEvent });
  await assert.rejects(manager.executeWithRetry("b", failing(Infinity), fixed(), 1));
  const named = ({ operationId, name }) => `${operationId} ${name}`;
  assert.deepEqual(heard.map(named), ["a retry.failed", "a retry.attempt", "a retry.success", "b retry.failed", "b retry.exhausted"]);
  assert.deepEqual(own.map(named), ["a retry.failed", "a retry.attempt", "a retry.success"]);
  const [failed, next] = heard;
  assert.equal(failed.error.message, "not yet");
  assert.equal(failed.class, "transport");
  assert.deepEqual([next.attempt, next.delay], [2, 2]);
  assert.ok(Math.abs(next.at - Date.now()) < 1000);
});

test("a listener may cancel the operation that it is told of", async () => {
  const manager = new RetryManager();
  manager.addEventListener("retry.attempt", ({ detail }) => manager.cancel(detail.operationId));
  const operation = failing(Infinity);
  await assert.rejects(manager.executeWithRetry("a", operation, fixed(), 5), { code: "retry.cancelled" });
  assert.equal(operation.calls, 1);
});

test("behind its breaker an operation is not called again once the breaker is open", async () => {
  const manager = new RetryManager();
  const strategy = { type: "CIRCUIT_BREAKER", baseDelay: 1, circuitBreakerThreshold: 3, circuitBreakerTimeout: 1000 };
  const operation = failing(Infinity);
  await assert.rejects(manager.executeWithRetry("guarded", operation, strategy, 10), (error) => {
    assert.equal(error.code, "circuit.open");
    assert.equal(error.cause.message, "not yet");
    return true;
  });
  assert.equal(operation.calls, 3);
  assert.equal(manager.getCircuitState("guarded"), "OPEN");
  await assert.rejects(manager.executeWithRetry("guarded", operation, strategy, 10), { code: "circuit.open" });
  assert.equal(operation.calls, 3);
});
