// A wall clock that is set, forwards or backwards. A script cannot tell that from a sleep.

import assert from "node:assert/strict";
import { test } from "node:test";
import { CircuitBreaker, connect } from "steadfast";
import { BEATING, QUICK } from "./support/options.js";
import { echo, echoAndPong, startServer } from "./support/servers.js";
import { becomes, next, pause, take, until } from "./support/waiting.js";

const HOUR = 3_600_000;
const STEPS = [HOUR, 10_000, -HOUR];

/** Sets the wall clock forwards by that many ms. */
function set(t, step) {
  const wall = Date.now;
  t.mock.method(Date, "now", () => wall() + step);
}

/** A connection whose link is up, and what happens to it. */
async function up(t, behave, options) {
  const server = await startServer(behave);
  t.after(() => server.close());
  const conn = connect(server.url, { ...QUICK, ...options });
  t.after(() => conn.close());
  const causes = [];
  conn.addEventListener("disconnected", ({ detail }) => causes.push(detail.cause.kind));
  await becomes(conn, "CONNECTED");
  return { causes, conn, server };
}

for (const step of STEPS) {
  test(`a link without heartbeats that was just heard is kept when the clock is set by ${step} ms`, async (t) => {
    // The driver wakes up, and looks at the clocks, when the link has proved stable.
    const { causes, conn } = await up(t, echo, { stableAfter: 500 });
    const messages = conn[Symbol.asyncIterator]();
    conn.send("before");
    await take(messages, 1);
    set(t, step);
    conn.send("after");
    await take(messages, 1);
    await pause(1_200);
    assert.deepEqual([causes, conn.state.status], [[], "CONNECTED"]);
  });

  test(`a link with heartbeats is probed and kept when the clock is set by ${step} ms`, async (t) => {
    const { causes, conn } = await up(t, echoAndPong, { heartbeat: BEATING, maxIdle: 1_000 });
    await next(conn, "heartbeat");
    set(t, step);
    for (let beats = 0; beats < 5; beats += 1) await next(conn, "heartbeat");
    assert.deepEqual([causes, conn.state.status], [[], "CONNECTED"]);
  });

  test(`a message that waits lives as long as it was to when the clock is set by ${step} ms`, async (t) => {
    const conn = connect("ws://127.0.0.1:1/", QUICK);
    t.after(() => conn.close());
    const gone = [];
    conn.addEventListener("message.delivery", ({ detail }) => gone.push(detail.delivery));
    await next(conn, "retry.attempt");
    conn.send("for ten minutes", { ttl: 600_000 });
    conn.send("for half a second", { ttl: 500 });
    set(t, step);
    await until(() => gone.length > 0);
    await pause(300);
    assert.deepEqual([gone, conn.waitingMessages], [["expired"], 1]);
  });

  test(`a wait that the server asked for is kept when the clock is set by ${step} ms`, async (t) => {
    const { conn } = await up(t, (socket) => socket.on("message", () => socket.close(1013, "retry-after=600;spread=0")));
    const attempts = [];
    conn.addEventListener("retry.attempt", ({ detail }) => attempts.push(detail.delay));
    conn.send("go away");
    await next(conn, "retry.attempt");
    set(t, step);
    conn.send("wakes the driver up");
    await pause(2_000);
    assert.deepEqual([attempts, conn.state.status], [[600_000], "RECONNECTING"]);
  });

  test(`records and events have dates by the clock as it is when that is set by ${step} ms`, async (t) => {
    const { conn } = await up(t, echo);
    const isNow = (date) => assert.ok(Math.abs(date - Date.now()) < 30_000, `${new Date(date)}`);
    isNow(conn.state.connectedAt);
    set(t, step);
    isNow(conn.state.connectedAt);
    const { detail } = await Promise.all([next(conn, "status.changed"), conn.close()]).then(([event]) => event);
    isNow(detail.at);
    isNow(conn.state.disconnectedAt);
  });
}

test("a breaker that is saved after the clock was set is open for as long as it was to be", async (t) => {
  const fail = () => Promise.reject(new Error("down"));
  const breaker = new CircuitBreaker({ threshold: 1, timeout: 60_000 });
  await assert.rejects(breaker.execute(fail), { message: "down" });
  set(t, HOUR);
  const saved = breaker.snapshot();
  assert.ok(Math.abs(saved.openUntil - Date.now() - 60_000) < 30_000);
  for (const other of [breaker, new CircuitBreaker({ threshold: 1, timeout: 60_000 })]) {
    other.restore(saved);
    await assert.rejects(
      other.execute(() => 1),
      ({ code, retryIn }) => code === "circuit.open" && retryIn > 30_000 && retryIn <= 60_000,
    );
  }
});
