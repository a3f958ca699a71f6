import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { CircuitBreaker, RetryManager, RetryThrottle } from "steadfast";

const conformance = JSON.parse(readFileSync(new URL("../../conformance/strategies.json", import.meta.url), "utf8"));

async function refusal(...given) {
  const manager = new RetryManager();
  let called = false;
  const operation = () => (called = true);
  try {
    await manager.executeWithRetry("operation", operation, ...given);
  } catch (error) {
    assert.equal(error.name, "SteadfastError", error.stack);
    assert.ok(!called, "nothing was called");
    return error;
  }
  assert.fail("it was accepted");
}

for (const { name, strategy, maxAttempts, maxServerWait, code, field } of conformance.refused) {
  test(`${name}: it is refused by the name of its field`, async () => {
    const error = await refusal(strategy, maxAttempts, maxServerWait === undefined ? undefined : { maxServerWait });
    assert.deepEqual([error.code, error.field], [code, field], error.message);
  });
}

const FIXED = { type: "FIXED" };
const OF_JAVASCRIPT = [
  ["a delay that is not a number", [{ type: "EXPONENTIAL", baseDelay: NaN }], "config.out_of_range", "retry.baseDelay"],
  ["an infinite delay", [{ type: "EXPONENTIAL", baseDelay: Infinity }], "config.out_of_range", "retry.baseDelay"],
  ["an infinite greatest delay", [{ type: "LINEAR", maxDelay: Infinity }], "config.out_of_range", "retry.maxDelay"],
  ["an infinite multiplier", [{ type: "EXPONENTIAL", multiplier: Infinity }], "config.out_of_range", "retry.multiplier"],
  ["a jitter range that is not a number", [{ type: "FIXED", jitterRange: NaN }], "config.out_of_range", "retry.jitterRange"],
  ["an unknown jitter", [{ type: "FIXED", jitter: "some" }], "config.type", "retry.jitter"],
  ["a text for a delay", [{ type: "FIXED", fixedDelay: "1s" }], "config.type", "retry.fixedDelay"],
  ["a misspelt field", [{ type: "FIXED", maxdelay: 1 }], "config.unknown_field", "retry.maxdelay"],
  ["a strategy that is none", ["fast"], "config.type", "retry"],
  ["negative attempts", [FIXED, -1], "config.out_of_range", "maxAttempts"],
  ["half an attempt", [FIXED, 1.5], "config.out_of_range", "maxAttempts"],
  ["attempts that are not a number", [FIXED, NaN], "config.out_of_range", "maxAttempts"],
  ["a text for attempts", [FIXED, "3"], "config.type", "maxAttempts"],
  ["no time", [FIXED, 3, { deadline: 0 }], "config.out_of_range", "deadline"],
  ["a deadline that is not a number", [FIXED, 3, { deadline: NaN }], "config.out_of_range", "deadline"],
  ["no time for an attempt", [FIXED, 3, { perAttemptTimeout: 0 }], "config.out_of_range", "perAttemptTimeout"],
  ["infinite time for an attempt", [FIXED, 3, { perAttemptTimeout: Infinity }], "config.out_of_range", "perAttemptTimeout"],
  ["an unknown option", [FIXED, 3, { nonsense: 5 }], "config.unknown_field", "nonsense"],
  ["options that are none", [FIXED, 3, 5], "config.type", "options"],
  ["a judge that cannot be called", [FIXED, 3, { retryIf: true }], "config.type", "retryIf"],
];

for (const [name, given, code, field] of OF_JAVASCRIPT) {
  test(`${name} is refused by the name of its field`, async () => {
    const error = await refusal(...given);
    assert.deepEqual([error.code, error.field], [code, field], error.message);
  });
}

test("an operation needs a name and something to call", async () => {
  const manager = new RetryManager();
  const rejected = (promise, code, field) => assert.rejects(promise, { code, field });
  await rejected(manager.executeWithRetry("", () => 1), "config.text", "operationId");
  await rejected(manager.executeWithRetry("a".repeat(129), () => 1), "config.text", "operationId");
  await rejected(manager.executeWithRetry(7, () => 1), "config.type", "operationId");
  await rejected(manager.executeWithRetry("a", "b"), "config.type", "operation");
  assert.deepEqual(manager.operations(), []);
});

test("one operation too many is refused", async () => {
  const manager = new RetryManager({ maxOperations: 1 });
  const held = manager.executeWithRetry("a", () => new Promise(() => {}), undefined, 3, {});
  const ended = assert.rejects(held, { code: "retry.cancelled" });
  await assert.rejects(manager.executeWithRetry("b", () => 1), { code: "config.out_of_range", field: "operations" });
  manager.cancel("a");
  await ended;
  assert.equal(await manager.executeWithRetry("b", () => 1), 1);
});

test("managers, breakers and throttles refuse what makes no sense", async () => {
  const refused = (make, code, field) => assert.throws(make, { name: "SteadfastError", code, field });
  refused(() => new RetryManager({ maxOperations: 0 }), "config.out_of_range", "maxOperations");
  refused(() => new RetryManager({ throttle: {} }), "config.unknown_field", "throttle");
  refused(() => new CircuitBreaker({ threshold: 0 }), "config.out_of_range", "threshold");
  refused(() => new CircuitBreaker({ threshold: NaN }), "config.out_of_range", "threshold");
  refused(() => new CircuitBreaker({ timeout: -1 }), "config.out_of_range", "timeout");
  refused(() => new CircuitBreaker({ timeout: Infinity }), "config.out_of_range", "timeout");
  refused(() => new CircuitBreaker({ failureRate: 2 }), "config.out_of_range", "breaker.failureRate");
  refused(() => new CircuitBreaker({ probes: 8 }), "config.out_of_range", "breaker.probes");
  refused(() => new CircuitBreaker({ rate: 1 }), "config.unknown_field", "breaker.rate");
  refused(() => new RetryThrottle({ maxTokens: 0 }), "config.out_of_range", "throttle.maxTokens");
  refused(() => new RetryThrottle({ type: "LEAKY" }), "config.unknown_value", "throttle.type");
  const manager = new RetryManager();
  await assert.rejects(manager.executeWithCircuitBreaker("c", () => 1, -1), { code: "config.out_of_range", field: "threshold" });
  await assert.rejects(manager.executeWithCircuitBreaker("c", () => 1, 3, 0), { code: "config.out_of_range", field: "timeout" });
  await manager.executeWithCircuitBreaker("c", () => 1, 3, 100);
  await assert.rejects(manager.executeWithCircuitBreaker("c", () => 1, 4, 100), { code: "circuit.conflict", field: "threshold" });
});
