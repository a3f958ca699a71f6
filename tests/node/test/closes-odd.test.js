// Close frames that no peer may send: an ordinary loss, whatever the class makes of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "steadfast";
import { QUICK } from "./support/options.js";
import { echo, startServer } from "./support/servers.js";
import { becomes, next, until } from "./support/waiting.js";

/** Ends the first link by a close frame with this payload, as no library sends it; echoes on the others. */
async function closing(t, payload) {
  let links = 0;
  const server = await startServer((peer) => {
    if (links++ > 0) return echo(peer);
    peer.on("error", () => {});
    peer._socket.write(Buffer.from([0x88, payload.length, ...payload]));
  });
  t.after(() => server.close());
  return server;
}

const bytes = (code) => [code >> 8, code & 0xff];

async function causeOfLoss(t, payload) {
  const server = await closing(t, payload);
  const conn = connect(server.url, QUICK);
  const lost = next(conn, "disconnected");
  const { cause } = (await lost).detail;
  await becomes(conn, "CONNECTED");
  await conn.close();
  return cause;
}

test("a close code that must not be sent is an ordinary loss", async (t) => {
  for (const code of [0, 1, 999, 1004, 1005, 1006, 1015, 1016, 2000, 2999, 5000, 65_535]) {
    assert.deepEqual(await causeOfLoss(t, bytes(code)), { kind: "network" }, String(code));
  }
});

test("a close frame that is none is an ordinary loss", async (t) => {
  for (const payload of [[3], [...bytes(1000), 0xff, 0xfe]]) {
    assert.deepEqual(await causeOfLoss(t, payload), { kind: "network" }, String(payload));
  }
});

test("a close code that says no more than goodbye is an ordinary loss", async (t) => {
  for (const code of [1000, 1001, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4401, 4999]) {
    assert.deepEqual(await causeOfLoss(t, bytes(code)), { kind: "closed_by_peer", code });
  }
  assert.deepEqual(await causeOfLoss(t, []), { kind: "closed_by_peer", code: 1005 });
});

test("a final code ends the session, which says why", async (t) => {
  for (const code of [1002, 1003, 1007, 1008, 1009, 1010, 4409]) {
    const server = await closing(t, bytes(code));
    const conn = connect(server.url, QUICK);
    const failures = [];
    conn.addEventListener("failed", ({ detail }) => failures.push(detail));
    await becomes(conn, "FAILED");
    const why = { reason: "final_close_code", cause: { kind: "closed_by_peer", code } };
    const [{ at, ...failure }] = failures;
    assert.deepEqual([failure, conn.state.failure], [{ name: "connection.failed", ...why }, why]);
    assert.ok(at > 0);
    conn.reconnect();
    await becomes(conn, "CONNECTED");
    assert.equal(conn.state.failure, undefined);
    await conn.close();
  }
});

test("a session whose attempts ran out says why", async () => {
  const conn = connect("ws://127.0.0.1:1/", { ...QUICK, maxReconnectAttempts: 1 });
  await until(() => conn.state.status === "FAILED");
  assert.deepEqual(conn.state.failure.reason, "attempts_exhausted");
  await conn.close();
});
