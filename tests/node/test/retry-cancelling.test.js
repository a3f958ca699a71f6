import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { RetryManager } from "steadfast";
import { failing, fixed } from "./support/failing.js";

const A_MONTH = 30 * 24 * 3600 * 1000;
const TIMERS = () => process.getActiveResourcesInfo().filter((name) => name === "Timeout").length;

/** A signal that counts who listens to it. */
function counted() {
  const controller = new AbortController();
  const { signal } = controller;
  const counts = { listeners: 0 };
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...given) => (counts.listeners++, addEventListener.apply(signal, given));
  signal.removeEventListener = (...given) => (counts.listeners--, removeEventListener.apply(signal, given));
  return { controller, signal, counts };
}

test("cancelling by id ends a back-off at once, and nothing is called any more", async () => {
  const manager = new RetryManager();
  const timers = TIMERS();
  const operation = failing(Infinity);
  const began = performance.now();
  const runs = [1, 2].map(() => manager.executeWithRetry("month", operation, fixed(A_MONTH), 5));
  assert.equal(TIMERS(), timers + 2);
  const ended = Promise.all(runs.map((run) => assert.rejects(run, { code: "retry.cancelled", cause: "enough" })));
  assert.equal(manager.cancel("month", "enough"), 2);
  assert.equal(TIMERS(), timers, "no timer is left");
  await ended;
  assert.ok(performance.now() - began < 1000);
  assert.deepEqual([operation.calls, manager.cancel("month"), manager.operations().length], [2, 0, 0]);
  assert.equal(manager.getRetryStats("month").cancellations, 2);
});

test("an abort signal ends a back-off at once, and no listener is left on it", async () => {
  const manager = new RetryManager();
  const timers = TIMERS();
  const { controller, signal, counts } = counted();
  const run = manager.executeWithRetry("month", failing(Infinity), fixed(A_MONTH), 5, { signal });
  assert.equal(counts.listeners, 1);
  const reason = new Error("changed my mind");
  const ended = assert.rejects(run, (error) => error.code === "retry.cancelled" && error.cause === reason);
  controller.abort(reason);
  assert.deepEqual([TIMERS(), counts.listeners], [timers, 0]);
  await ended;
});

test("no listener is left after a success or a failure either", async () => {
  const manager = new RetryManager();
  const { signal, counts } = counted();
  await manager.executeWithRetry("a", failing(1), fixed(), 3, { signal, perAttemptTimeout: 1000 });
  await assert.rejects(manager.executeWithRetry("a", failing(Infinity), fixed(), 2, { signal }));
  assert.equal(counts.listeners, 0);
});

test("an attempt under way is told by its signal, and heard to its end where there are no options", async () => {
  const manager = new RetryManager();
  const operation = ({ signal }) =>
    new Promise((_, reject) => signal.addEventListener("abort", () => reject(new Error("stopped"))));
  const run = manager.executeWithRetry("held", operation, fixed(), 5);
  const ended = assert.rejects(run, { code: "retry.cancelled", cause: "enough" });
  assert.equal(manager.cancel("held", "enough"), 1);
  assert.deepEqual(manager.operations(), []);
  await ended;
});

test("with options the promise does not wait for an attempt under way", async () => {
  const manager = new RetryManager();
  let handed;
  const { signal } = new AbortController();
  const operation = ({ signal }) => new Promise(() => (handed = signal));
  const run = manager.executeWithRetry("held", operation, fixed(), 5, { signal });
  const ended = assert.rejects(run, { code: "retry.cancelled" });
  manager.cancel("held", "enough");
  assert.deepEqual([handed.aborted, handed.reason], [true, "enough"]);
  await ended;
});

test("with a signal that is aborted already nothing is called", async () => {
  const manager = new RetryManager();
  const operation = failing(0);
  const run = manager.executeWithRetry("a", operation, fixed(), 3, { signal: AbortSignal.abort() });
  await assert.rejects(run, { code: "retry.cancelled" });
  assert.equal(operation.calls, 0);
});

test("what an attempt that was given up gives later changes nothing", async () => {
  const manager = new RetryManager();
  let reject;
  const run = manager.executeWithRetry("held", () => new Promise((_, rejected) => (reject = rejected)), fixed(), 5);
  const ended = assert.rejects(run, { code: "retry.cancelled" });
  manager.cancel("held");
  reject(new Error("late"));
  await ended;
  assert.deepEqual(manager.getRetryHistory().map(({ outcome }) => outcome), ["cancelled"]);
});

test("closing the manager cancels all, and it refuses further calls", async () => {
  const manager = new RetryManager();
  const run = manager.executeWithRetry("a", failing(Infinity), fixed(A_MONTH), 5);
  manager.close();
  manager.close();
  await assert.rejects(run, { code: "retry.cancelled" });
  await assert.rejects(manager.executeWithRetry("a", () => 1), { code: "manager.closed" });
  assert.throws(() => manager.getRetryStats(), { code: "manager.closed" });
});

test("a program ends by itself after its operations", () => {
  const script = fileURLToPath(new URL("./support/retrying-script.js", import.meta.url));
  const { status, stdout, stderr } = spawnSync(process.execPath, [script], { encoding: "utf8", timeout: 60_000 });
  assert.deepEqual({ status, stdout, stderr }, { status: 0, stdout: "2 retry.cancelled\n", stderr: "" });
});

test("a wait of a month does not come at once", async () => {
  const manager = new RetryManager();
  const operation = failing(Infinity);
  const run = manager.executeWithRetry("month", operation, fixed(A_MONTH), 5);
  await new Promise((resolve) => setTimeout(resolve, 50));
  assert.equal(operation.calls, 1);
  const ended = assert.rejects(run, { code: "retry.cancelled" });
  manager.cancel("month");
  await ended;
});
