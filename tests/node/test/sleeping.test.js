// A machine that sleeps: Node's timers stand still meanwhile, and only the wall clock goes on.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "steadfast";
import { BEATING, QUICK } from "./support/options.js";
import { echoAndPong, startServer } from "./support/servers.js";
import { next } from "./support/waiting.js";

const DAY = 86_400_000;
const SELDOM = { excellent: DAY, good: DAY, poor: DAY, critical: DAY, unknown: DAY };

test("links are probed soon after a sleep, although no heartbeat is due for a day", async (t) => {
  const server = await startServer(echoAndPong);
  t.after(() => server.close());
  const heartbeat = { ...BEATING, intervals: SELDOM };
  const connections = [0, 1].map(() => connect(server.url, { ...QUICK, heartbeat }));
  t.after(() => Promise.all(connections.map((conn) => conn.close())));
  await Promise.all(connections.map((conn) => next(conn, "heartbeat")));
  const wall = Date.now;
  t.mock.method(Date, "now", () => wall() + 3_600_000);
  const beats = await Promise.all(connections.map((conn) => next(conn, "heartbeat")));
  assert.deepEqual(
    beats.map(({ detail }) => detail.missed),
    [0, 0],
  );
});
