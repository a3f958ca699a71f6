import assert from "node:assert/strict";
import { createServer } from "node:http";
import { test } from "node:test";
import { RetryManager } from "steadfast";
import { fixed } from "./support/failing.js";

/** A server that gives one answer after the other, and counts the requests; the last one is given again and again. */
async function serverOf(t, ...answers) {
  const server = createServer((_, response) => {
    const [status, headers] = answers[Math.min(server.requests++, answers.length - 1)];
    response.writeHead(status, headers).end("body");
  });
  server.requests = 0;
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    server.closeAllConnections();
    server.close();
  });
  server.url = `http://127.0.0.1:${server.address().port}/`;
  return server;
}

for (const status of [408, 425, 429, 500, 502, 503, 504]) {
  test(`a response with status ${status} is asked for again`, async (t) => {
    const manager = new RetryManager();
    const server = await serverOf(t, [status], [200]);
    const response = await manager.executeWithRetry("load", ({ signal }) => fetch(server.url, { signal }), fixed(), 3);
    assert.deepEqual([response.status, server.requests], [200, 2]);
    const { overloadFailures } = manager.getRetryStats();
    assert.equal(overloadFailures, status === 429 || status === 503 ? 1 : 0);
  });
}

for (const status of [400, 401, 404, 501]) {
  test(`a response with status ${status} is given as it is`, async (t) => {
    const manager = new RetryManager();
    const server = await serverOf(t, [status]);
    const response = await manager.executeWithRetry("load", () => fetch(server.url), fixed(), 3);
    assert.deepEqual([response.status, server.requests], [status, 1]);
  });
}

test("after the last attempt the response itself is given, and can be read", async (t) => {
  const manager = new RetryManager();
  const server = await serverOf(t, [503]);
  const response = await manager.executeWithRetry("load", () => fetch(server.url), fixed(), 3);
  assert.deepEqual([response.status, await response.text(), server.requests], [503, "body", 3]);
  assert.equal(manager.getRetryStats().exhausted, 1);
});

/** The wait before the second attempt, as the history has it. */
async function waitAfter(t, headers) {
  const manager = new RetryManager();
  const server = await serverOf(t, [429, headers]);
  const run = manager.executeWithRetry("load", () => fetch(server.url), fixed(), 2);
  while (manager.getRetryHistory().length === 0) await new Promise((resolve) => setTimeout(resolve, 5));
  manager.cancel("load");
  await Promise.allSettled([run]);
  return manager.getRetryHistory()[0].delay;
}

test("Retry-After is obeyed, in seconds and as a date by the server's own clock", async (t) => {
  const seconds = await waitAfter(t, { "retry-after": "7" });
  assert.ok(seconds >= 7000 && seconds <= 10_500, `${seconds} ms`);
  const date = new Date(2000, 0, 1);
  const later = new Date(date.getTime() + 60_000);
  const till = await waitAfter(t, { date: date.toUTCString(), "retry-after": later.toUTCString() });
  assert.ok(till >= 60_000 && till <= 90_000, `${till} ms`);
  assert.equal(await waitAfter(t, { "retry-after": "soon" }), 1);
});

test("a server that is not there is tried again", async () => {
  const manager = new RetryManager();
  const run = manager.executeWithRetry("load", () => fetch("http://127.0.0.1:1/"), fixed(), 3);
  await assert.rejects(run, TypeError);
  assert.equal(manager.getRetryStats().transportFailures, 3);
});

/** How often an operation is called that always fails so, and how it is counted. */
async function calls(error, options) {
  const manager = new RetryManager();
  let count = 0;
  const operation = () => {
    count++;
    throw error;
  };
  await assert.rejects(manager.executeWithRetry("a", operation, fixed(), 3, options), (thrown) => thrown === error);
  const { transportFailures, overloadFailures, finalFailures } = manager.getRetryStats();
  return { count, transportFailures, overloadFailures, finalFailures };
}

const TRANSPORT = { count: 3, transportFailures: 3, overloadFailures: 0, finalFailures: 0 };
const OVERLOAD = { count: 3, transportFailures: 0, overloadFailures: 3, finalFailures: 0 };
const FINAL = { count: 1, transportFailures: 0, overloadFailures: 0, finalFailures: 1 };

const CASES = [
  ["any error", new Error("e"), TRANSPORT],
  ["what is no error", "text", TRANSPORT],
  ["nothing at all", undefined, TRANSPORT],
  ["an aborted request", new DOMException("aborted", "AbortError"), FINAL],
  ["a request that took too long", new DOMException("late", "TimeoutError"), OVERLOAD],
  ["an error with a response of overload", Object.assign(new Error("e"), { response: { status: 503 } }), OVERLOAD],
  ["an error with a status of overload", Object.assign(new Error("e"), { status: 429 }), OVERLOAD],
  ["an error with a response that refuses", Object.assign(new Error("e"), { response: { status: 404 } }), FINAL],
];

for (const [name, error, counted] of CASES) {
  test(`${name} is judged`, async () => assert.deepEqual(await calls(error), counted));
}

test("the user's judgement comes first, and retryIf has the last word", async () => {
  const error = new Error("e");
  assert.deepEqual(await calls(error, { classify: () => "overload" }), OVERLOAD);
  assert.deepEqual(await calls(error, { classify: () => ({ kind: "final" }) }), FINAL);
  assert.deepEqual(await calls(error, { classify: () => undefined }), TRANSPORT);
  assert.deepEqual(await calls(error, { retryIf: (failure) => failure !== error }), FINAL);
  const aborted = new DOMException("aborted", "AbortError");
  assert.deepEqual(await calls(aborted, { classify: () => "transport", retryIf: () => true }), FINAL);
});

test("what the user's judgement throws ends the operation", async () => {
  const manager = new RetryManager();
  const retryIf = () => {
    throw new RangeError("judge");
  };
  const failure = () => Promise.reject(new Error("e"));
  await assert.rejects(manager.executeWithRetry("a", failure, fixed(), 3, { retryIf }), RangeError);
  await assert.rejects(manager.executeWithRetry("a", failure, fixed(), 3, { classify: () => "maybe" }), { field: "classify" });
  assert.deepEqual(manager.operations(), []);
});
