import assert from "node:assert/strict";
import { test } from "node:test";
import { RetryManager } from "steadfast";
import { failing, fixed } from "./support/failing.js";

test("a function may say how long to wait: it is given the attempt and its error", async () => {
  const manager = new RetryManager();
  const error = new Error("not yet");
  const told = [];
  const strategy = (...given) => {
    told.push(given);
    return given[0] * 10;
  };
  assert.equal(await manager.executeWithRetry("own", failing(2, error), strategy, 5), 3);
  assert.deepEqual(told, [[1, error], [2, error]]);
  assert.deepEqual(manager.getRetryHistory().map(({ delay }) => delay), [10, 20, undefined]);
});

test("two functions, and a function and the default, are not taken for one another", async () => {
  const manager = new RetryManager();
  const delay = async (strategy) => {
    const run = manager.executeWithRetry("own", failing(Infinity), strategy, 2);
    const ended = assert.rejects(run);
    await Promise.resolve();
    const [{ delay }] = manager.getRetryHistory().slice(-1);
    manager.cancel("own");
    await ended;
    return delay;
  };
  assert.equal(await delay(() => 70_000), 70_000);
  assert.equal(await delay(() => 80_000), 80_000);
  const ofDefault = await delay(undefined);
  assert.ok(ofDefault >= 250 && ofDefault <= 500, `${ofDefault} ms`);
  assert.equal(await delay(fixed(90_000)), 90_000);
  assert.equal(await delay(() => 70_000), 70_000);
  const left = await delay(() => undefined);
  assert.ok(left >= 250 && left <= 500, `${left} ms`);
  assert.equal(await delay(() => 0), 1, "never at once");
  assert.equal(await delay(() => 1e300), 24 * 3_600_000, "never longer than a day");
});

test("it is not asked about the last attempt, nor about what would fail again", async () => {
  const manager = new RetryManager();
  const strategy = () => assert.fail("it was asked");
  const error = new Error("not yet");
  await assert.rejects(manager.executeWithRetry("own", failing(Infinity, error), strategy, 1), error);
  const final = Object.assign(new Error("no such order"), { status: 404 });
  await assert.rejects(manager.executeWithRetry("own", failing(Infinity, final), strategy, 5), final);
});

for (const [value, code] of [
  [NaN, "config.out_of_range"],
  [-1, "config.out_of_range"],
  [Infinity, "config.out_of_range"],
  [-Infinity, "config.out_of_range"],
  ["10", "config.type"],
  [null, "config.type"],
  [Promise.resolve(10), "config.type"],
]) {
  test(`a delay of ${String(value)} ends the operation with an error that says so`, async () => {
    const manager = new RetryManager();
    const operation = failing(Infinity);
    const run = manager.executeWithRetry("own", operation, () => value, 5);
    await assert.rejects(run, { name: "SteadfastError", code, field: "strategy" });
    assert.deepEqual([operation.calls, manager.operations()], [1, []]);
  });
}

test("what it throws ends the operation, and the manager goes on", async () => {
  const manager = new RetryManager();
  const strategy = () => {
    throw new RangeError("strategy");
  };
  await assert.rejects(manager.executeWithRetry("own", failing(Infinity), strategy, 5), RangeError);
  assert.deepEqual(manager.operations(), []);
  assert.equal(await manager.executeWithRetry("own", failing(1), () => 1, 5), 2);
});
