import assert from "node:assert/strict";
import { test } from "node:test";
import { CircuitBreaker, RetryManager, executeWithCircuitBreaker, executeWithRetry } from "steadfast";

const fail = () => Promise.reject(new Error("down"));
const pause = (millis) => new Promise((resolve) => setTimeout(resolve, millis));

/** Lets calls fail until it is open. */
async function opened(breaker) {
  while (breaker.state !== "OPEN") await assert.rejects(breaker.execute(fail), { message: "down" });
  return breaker;
}

test("it hands on what calls give and throw", async () => {
  const breaker = new CircuitBreaker({ threshold: 5 });
  assert.deepEqual(await breaker.execute(({ attempt, signal }) => [attempt, signal.aborted]), [1, false]);
  assert.equal(await breaker.execute(async () => 2), 2);
  await assert.rejects(breaker.execute(fail), { message: "down" });
  await assert.rejects(breaker.execute(() => JSON.parse("{")), SyntaxError);
});

test("after so many failures in a row it opens, and turns calls away without making them", async () => {
  const breaker = new CircuitBreaker({ circuitId: "api", threshold: 3, timeout: 5000 });
  for (const call of [fail, fail, () => 1, fail, fail]) await breaker.execute(call).catch(() => {});
  assert.equal(breaker.state, "CLOSED");
  await breaker.execute(fail).catch(() => {});
  assert.equal(breaker.state, "OPEN");
  let called = false;
  await assert.rejects(breaker.execute(() => (called = true)), (error) => {
    assert.deepEqual([error.name, error.code], ["SteadfastError", "circuit.open"]);
    assert.ok(error.retryIn > 4000 && error.retryIn <= 5000, `${error.retryIn} ms`);
    assert.ok(error instanceof Error);
    return true;
  });
  assert.ok(!called);
  assert.ok(new Error("later").stack.includes("breaking.test.js"), "other errors have their stacks");
});

test("after its time it lets one probe through, which closes it", async () => {
  const breaker = await opened(new CircuitBreaker({ threshold: 1, timeout: 20 }));
  await pause(30);
  let release;
  const probe = breaker.execute(() => new Promise((resolve) => (release = resolve)));
  assert.equal(breaker.state, "HALF_OPEN");
  await assert.rejects(breaker.execute(() => 1), { code: "circuit.open" });
  release("up");
  assert.equal(await probe, "up");
  assert.equal(breaker.state, "CLOSED");
  assert.equal(await breaker.execute(() => 1), 1);
});

test("a probe that fails opens it again", async () => {
  const breaker = await opened(new CircuitBreaker({ threshold: 1, timeout: 20 }));
  await pause(30);
  await assert.rejects(breaker.execute(fail), { message: "down" });
  assert.equal(breaker.state, "OPEN");
});

test("a probe that is cancelled goes to the next caller", async () => {
  const breaker = await opened(new CircuitBreaker({ threshold: 1, timeout: 20 }));
  await pause(30);
  const controller = new AbortController();
  const probe = breaker.execute(() => new Promise(() => {}), { signal: controller.signal });
  const ended = assert.rejects(probe, { code: "circuit.cancelled", cause: "enough" });
  controller.abort("enough");
  await ended;
  assert.equal(await breaker.execute(() => 1), 1);
  assert.equal(breaker.state, "CLOSED");
});

test("however many ask at once, as many probes go as it has", async () => {
  const config = { consecutiveFailures: 1, openFor: 20, probes: 3 };
  const breaker = await opened(new CircuitBreaker(config));
  await pause(30);
  let running = 0;
  const probe = async () => {
    running++;
    await pause(10);
    return 1;
  };
  const results = await Promise.allSettled(Array.from({ length: 20 }, () => breaker.execute(probe)));
  assert.equal(running, 3);
  assert.equal(results.filter(({ status }) => status === "fulfilled").length, 3);
  assert.equal(breaker.state, "CLOSED");
});

test("results of calls that were made before it opened are stale", async () => {
  const breaker = new CircuitBreaker({ threshold: 1, timeout: 20 });
  let release;
  const old = breaker.execute(() => new Promise((resolve) => (release = resolve)));
  await opened(breaker);
  release();
  await old;
  assert.equal(breaker.state, "OPEN");
});

test("it opens by the rate of failures, and of slow calls", async () => {
  const failing = new CircuitBreaker({ failureRate: 0.6, minimumCalls: 5 });
  for (const call of [fail, fail, () => 1, () => 1]) await failing.execute(call).catch(() => {});
  assert.equal(failing.state, "CLOSED");
  await failing.execute(fail).catch(() => {});
  assert.equal(failing.state, "OPEN", "3 of 5");
  const slow = new CircuitBreaker({ slowCall: 5, slowRate: 1, minimumCalls: 2 });
  for (let i = 0; i < 2; i++) await slow.execute(() => pause(15));
  assert.equal(slow.state, "OPEN");
});

test("aborted calls, and those that would fail again, do not speak against it", async () => {
  const breaker = new CircuitBreaker({ threshold: 1 });
  const throwing = (error) => breaker.execute(() => Promise.reject(error)).catch(() => {});
  await throwing(new DOMException("aborted", "AbortError"));
  await throwing(Object.assign(new Error("not found"), { status: 404 }));
  await breaker.execute(fail, { classify: () => "final" }).catch(() => {});
  assert.equal(breaker.state, "CLOSED");
});

test("a failed response speaks against it, and is given to the caller", async () => {
  const breaker = new CircuitBreaker({ threshold: 1 });
  assert.equal((await breaker.execute(() => new Response(null, { status: 503 }))).status, 503);
  assert.equal(breaker.state, "OPEN");
});

test("the user's judgement counts for responses as well, and may throw", async () => {
  const breaker = new CircuitBreaker({ threshold: 1 });
  const answer = () => new Response(null, { status: 503 });
  assert.equal((await breaker.execute(answer, { classify: () => "final" })).status, 503);
  assert.equal(breaker.state, "CLOSED");
  const classify = () => {
    throw new RangeError("judge");
  };
  await assert.rejects(breaker.execute(answer, { classify }), RangeError);
  await assert.rejects(breaker.execute(fail, { classify }), RangeError);
  await assert.rejects(breaker.execute(fail, { classify: "final" }), { code: "config.type", field: "classify" });
  assert.equal(breaker.state, "CLOSED");
});

test("it can be forced, and reset", async () => {
  const breaker = new CircuitBreaker({ threshold: 1 });
  assert.equal(await breaker.execute(() => 1), 1);
  breaker.forceOpen();
  await assert.rejects(breaker.execute(() => 1), { code: "circuit.open" });
  breaker.forceClosed();
  await assert.rejects(breaker.execute(fail), { message: "down" });
  assert.equal(breaker.state, "CLOSED", "nothing opens it");
  breaker.reset();
  await assert.rejects(breaker.execute(fail), { message: "down" });
  assert.equal(breaker.state, "OPEN", "it counts again");
});

test("what was saved can be restored by another", async () => {
  const breaker = await opened(new CircuitBreaker({ threshold: 1, timeout: 60_000 }));
  const saved = JSON.parse(JSON.stringify(breaker.snapshot()));
  assert.equal(saved.state, "OPEN");
  assert.ok(Math.abs(saved.openUntil - Date.now() - 60_000) < 30_000);
  const other = new CircuitBreaker({ threshold: 1, timeout: 60_000 });
  other.restore(saved);
  await assert.rejects(other.execute(() => 1), { code: "circuit.open" });
  assert.throws(() => other.restore({ state: "AJAR" }), { code: "config.type", field: "snapshot.state" });
});

test("events tell of every change", async () => {
  const breaker = new CircuitBreaker({ circuitId: "api", threshold: 1, timeout: 20 });
  const heard = [];
  for (const type of ["circuit.opened", "circuit.half_opened", "circuit.closed", "circuit.reset"]) {
    breaker.addEventListener(type, ({ detail }) => heard.push(`${detail.circuitId} ${detail.name}`));
  }
  await opened(breaker);
  await pause(30);
  await breaker.execute(() => 1);
  breaker.reset();
  assert.deepEqual(heard, ["api circuit.opened", "api circuit.half_opened", "api circuit.closed", "api circuit.reset"]);
});

test("a manager knows its circuits by their ids, and tells their events", async () => {
  const manager = new RetryManager();
  const heard = [];
  manager.addEventListener("circuit.opened", ({ detail }) => heard.push(detail.circuitId));
  await manager.executeWithCircuitBreaker("a", () => 1, 2, 1000);
  for (let i = 0; i < 2; i++) await assert.rejects(manager.executeWithCircuitBreaker("b", fail, 2, 1000), { message: "down" });
  await assert.rejects(manager.executeWithCircuitBreaker("b", () => 1, 2, 1000), { code: "circuit.open" });
  assert.deepEqual([manager.getCircuitState("a"), manager.getCircuitState("b"), manager.getCircuitState("c")], ["CLOSED", "OPEN", undefined]);
  assert.deepEqual(manager.getCircuits().map(({ circuitId, state }) => [circuitId, state]), [["a", "CLOSED"], ["b", "OPEN"]]);
  assert.deepEqual(heard, ["b"]);
  assert.ok(manager.circuit("b") instanceof CircuitBreaker);
  manager.circuit("b").reset();
  assert.equal(await manager.executeWithCircuitBreaker("b", () => 1, 2, 1000), 1);
});

test("the function does the same on a manager of its own", async () => {
  assert.equal(await executeWithCircuitBreaker("function", () => 7, 2, 1000), 7);
  assert.equal(RetryManager.default.getCircuitState("function"), "CLOSED");
});

for (const hours of [1, -1]) {
  test(`a step of the wall clock by ${hours} h changes no decision`, async (t) => {
    const breaker = await opened(new CircuitBreaker({ threshold: 1, timeout: 200 }));
    const wall = Date.now;
    t.mock.method(Date, "now", () => wall() + hours * 3_600_000);
    await assert.rejects(
      breaker.execute(() => 1),
      ({ code, retryIn }) => code === "circuit.open" && retryIn > 0 && retryIn <= 200,
    );
    await pause(210);
    assert.equal(await breaker.execute(() => 1), 1);
    assert.equal(breaker.state, "CLOSED");

    let calls = 0;
    const twice = () => (++calls < 2 ? fail() : calls);
    assert.equal(await executeWithRetry("stepped", twice, { type: "FIXED", fixedDelay: 20 }, 2), 2);
  });
}

test("an option of a call that is not known is refused, and nothing is called", async () => {
  const breaker = new CircuitBreaker();
  const never = () => assert.fail("called");
  await assert.rejects(breaker.execute(never, { nonsense: 5 }), { code: "config.unknown_field", field: "nonsense" });
  await assert.rejects(breaker.execute(never, 5), { code: "config.type", field: "options" });
  await assert.rejects(executeWithCircuitBreaker("unknown", never, 5, 1000, { nonsense: 5 }), { code: "config.unknown_field" });
});
