import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { test } from "node:test";
import axios from "axios";
import got from "got";
import ky from "ky";
import { CircuitBreaker, RetryManager, RetryThrottle } from "steadfast";
import { request } from "undici";
import { failing, fixed } from "./support/failing.js";

/** A server that never answers; it says when it was asked. */
async function muteServer(t) {
  const server = createServer(() => server.emit("asked"));
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  server.url = `http://127.0.0.1:${server.address().port}/`;
  return server;
}

/** A breaker that lets one probe through. */
async function halfOpen() {
  const breaker = new CircuitBreaker({ threshold: 1, timeout: 1 });
  await assert.rejects(breaker.execute(() => Promise.reject(new Error("e"))));
  await sleep(5);
  return breaker;
}

/** How requests are made, and given up by a signal that only the operation knows. */
const CLIENTS = {
  "fetch of the platform": (url, signal) => fetch(url, { signal }),
  axios: (url, signal) => axios.get(url, { signal }),
  got: (url, signal) => got(url, { signal, retry: { limit: 0 } }),
  ky: (url, signal) => ky.get(url, { signal, retry: 0 }),
  undici: (url, signal) => request(url, { signal }),
  "a timer of Node": (_, signal) => sleep(60_000, undefined, { signal }),
  "an event of Node": (_, signal) => once(new EventTarget(), "never", { signal }),
};

for (const [name, call] of Object.entries(CLIENTS)) {
  test(`a call by ${name} that its caller gives up is final, and no failure of a throttle`, async (t) => {
    const server = await muteServer(t);
    const manager = new RetryManager();
    // After one failure a retry may go, after two none.
    const throttle = new RetryThrottle({ type: "TOKEN_BUCKET", maxTokens: 3 });
    const controller = new AbortController();
    let calls = 0;
    const operation = () => {
      calls++;
      setTimeout(() => controller.abort(), 20);
      return call(server.url, controller.signal);
    };
    await assert.rejects(manager.executeWithRetry("load", operation, fixed(), 5, { throttle }));
    assert.equal(calls, 1);
    assert.equal(await manager.executeWithRetry("other", failing(1), fixed(), 2, { throttle }), 2);
  });

  test(`a call by ${name} that its caller gives up teaches a breaker nothing`, async (t) => {
    const server = await muteServer(t);
    const breaker = await halfOpen();
    const controller = new AbortController();
    const operation = () => {
      setTimeout(() => controller.abort(), 20);
      return call(server.url, controller.signal);
    };
    await assert.rejects(breaker.execute(operation));
    assert.equal(breaker.state, "HALF_OPEN");
    assert.equal(await breaker.execute(() => 1), 1, "the probe went to the next caller");
    assert.equal(breaker.state, "CLOSED");
  });
}

const REASONS = [
  ["no reason", undefined],
  ["a text", "enough"],
  ["null", null],
  ["an object", { why: "enough" }],
  ["an error", new Error("enough")],
  ["a time-out", new DOMException("late", "TimeoutError")],
];

for (const [name, reason] of REASONS) {
  test(`a signal that is passed cancels at once, with ${name} for a reason`, async (t) => {
    const server = await muteServer(t);
    const manager = new RetryManager();
    const controller = new AbortController();
    let calls = 0;
    const operation = () => {
      calls++;
      setTimeout(() => controller.abort(reason), 20);
      return fetch(server.url, { signal: controller.signal });
    };
    const { signal } = controller;
    await assert.rejects(manager.executeWithRetry("load", operation, fixed(), 5, { signal }), (error) => {
      assert.deepEqual([error.code, error.cause], ["retry.cancelled", signal.reason]);
      return true;
    });
    const { cancellations, transportFailures, overloadFailures } = manager.getRetryStats();
    assert.deepEqual([calls, cancellations, transportFailures, overloadFailures], [1, 1, 0, 0]);
  });

  test(`an operation that hears of its signal before the manager does is cancelled, with ${name} for a reason`, async () => {
    const manager = new RetryManager();
    const breaker = await halfOpen();
    const controller = new AbortController();
    const { signal } = controller;
    // As in browsers, where a signal that fires by itself lets promises go on between two listeners.
    const { addEventListener } = signal;
    signal.addEventListener = (type, listener, ...rest) =>
      addEventListener.call(signal, type, (event) => setTimeout(() => listener(event), 50), ...rest);
    const operation = () =>
      new Promise((_, reject) => {
        addEventListener.call(signal, "abort", () => reject(signal.reason));
        setTimeout(() => controller.abort(reason), 5);
      });
    await assert.rejects(manager.executeWithRetry("load", operation, fixed(), 5, { signal }), { code: "retry.cancelled" });
    await assert.rejects(breaker.execute(operation, { signal: AbortSignal.any([signal]) }), { code: "circuit.cancelled" });
    assert.equal(breaker.state, "OPEN");
  });
}

test("a cancelled call under the breaker of its strategy gives the probe back", async () => {
  const manager = new RetryManager();
  const strategy = { type: "CIRCUIT_BREAKER", circuitBreakerThreshold: 1, circuitBreakerTimeout: 1, baseDelay: 1 };
  await assert.rejects(manager.executeWithRetry("load", () => Promise.reject(new Error("e")), strategy, 1));
  await sleep(5);
  const aborted = () => Promise.reject(Object.assign(new Error("canceled"), { code: "ERR_CANCELED" }));
  await assert.rejects(manager.executeWithRetry("load", aborted, strategy, 3), { code: "ERR_CANCELED" });
  assert.equal(manager.getCircuitState("load"), "HALF_OPEN", "it is neither closed nor opened");
  assert.equal(await manager.executeWithRetry("load", () => 1, strategy, 1), 1);
  assert.equal(manager.getCircuitState("load"), "CLOSED");
});

test("an error that was caused by cancelling is one, unless it is a time-out", async () => {
  const count = async (error) => {
    const manager = new RetryManager();
    let calls = 0;
    const operation = () => {
      calls++;
      return Promise.reject(error);
    };
    await assert.rejects(manager.executeWithRetry("load", operation, fixed(), 3));
    return calls;
  };
  const aborted = new DOMException("aborted", "AbortError");
  const circular = new Error("circular");
  circular.cause = circular;
  assert.equal(await count(new TypeError("fetch failed", { cause: aborted })), 1);
  assert.equal(await count({ __CANCEL__: true }), 1, "axios before 0.22");
  assert.equal(await count(Object.assign(new Error("late", { cause: aborted }), { name: "TimeoutError" })), 3);
  assert.equal(await count(circular), 3);
});

test("a manager within a manager cancels once", async () => {
  const manager = new RetryManager();
  let calls = 0;
  const inner = () => {
    calls++;
    return manager.executeWithRetry("inner", () => new Promise(() => {}), fixed(), 3, {});
  };
  const outer = manager.executeWithRetry("outer", inner, fixed(), 3);
  manager.cancel("inner");
  await assert.rejects(outer, { code: "retry.cancelled" });
  assert.equal(calls, 1);
});
