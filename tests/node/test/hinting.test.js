// A server says when to come back, by a close reason or a message.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "steadfast";
import { QUICK } from "./support/options.js";
import { startServer } from "./support/servers.js";
import { becomes, next, until } from "./support/waiting.js";

/** The wait before the next attempt, after `behave` has ended the link. */
async function waitAfter(behave, options) {
  const server = await startServer((socket) => socket.on("message", () => behave(socket)));
  const conn = connect(server.url, { ...QUICK, ...options });
  const heard = [];
  conn.addEventListener("message", ({ data }) => heard.push(data));
  conn.send("now");
  const { delay } = (await next(conn, "retry.attempt")).detail;
  await conn.close();
  server.close();
  return { delay, heard };
}

test("a close reason that says when to come back is obeyed", async () => {
  const { delay } = await waitAfter((socket) => socket.close(1013, "retry-after=7;spread=0"));
  assert.equal(delay, 7000);
});

test("any other close reason is none", async () => {
  const { delay } = await waitAfter((socket) => socket.close(1011, "retry-after=soon"));
  assert.ok(delay <= 100, String(delay));
});

test("a message that says when to come back is obeyed, and is not for the listeners", async () => {
  const { delay, heard } = await waitAfter((socket) => {
    socket.send('{"steadfast":"hint","retryAfter":9,"spread":0}');
    socket.send("bye");
    setTimeout(() => socket.terminate(), 20);
  });
  assert.equal(delay, 9000);
  assert.deepEqual(heard, ["bye"]);
});

test("a message that only looks like a hint is for the listeners", async () => {
  const { heard } = await waitAfter((socket) => {
    socket.send('{"steadfast":"hint"');
    socket.send('{"steadfast":"ack","received":1}');
    setTimeout(() => socket.terminate(), 20);
  });
  assert.deepEqual(heard, ['{"steadfast":"hint"', '{"steadfast":"ack","received":1}']);
});

test("nonsense in a close reason, and more than a number holds", async () => {
  const day = 86_400_000;
  for (const [reason, least, most] of [
    ["retry-after=99999999999999999999999;spread=0", day, day],
    ["retry-after=31536000", day * 0.9, day],
    ["spread=31536000", 0, day],
    ["retry-after=-5", 0, 100],
    ["retry-after=NaN", 0, 100],
    ["retry-after=1.5", 0, 100],
    ["retry-after=0;spread=0", 0, 100],
  ]) {
    const { delay } = await waitAfter((socket) => socket.close(1013, reason));
    assert.ok(delay >= least && delay <= most, `${reason}: ${delay}`);
  }
});

test("a message that asks for more than a day is held to a day, and one that asks for nonsense is none", async () => {
  for (const [hint, least, most] of [
    ['{"steadfast":"hint","retryAfter":1e300,"spread":0}', 86_400_000, 86_400_000],
    ['{"steadfast":"hint","retryAfter":1e999,"spread":0}', 86_400_000, 86_400_000],
    ['{"steadfast":"hint","retryAfter":-1}', 0, 100],
    ['{"steadfast":"hint","retryAfter":NaN}', 0, 100],
    ['{"steadfast":"hint","retryAfter":0,"spread":0}', 0, 100],
  ]) {
    const { delay } = await waitAfter((socket) => {
      socket.send(hint);
      setTimeout(() => socket.terminate(), 20);
    });
    assert.ok(delay >= least && delay <= most, `${hint}: ${delay}`);
  }
});

test("maxServerWait caps what a server may ask for", async () => {
  for (const [maxServerWait, least, most] of [[60_000, 60_000, 60_000], [0, 0, 100]]) {
    const { delay } = await waitAfter((socket) => socket.close(1013, "retry-after=300;spread=0"), { maxServerWait });
    assert.ok(delay >= least && delay <= most, String(delay));
  }
});

test("with ws, the headers of a refused upgrade say when to come back, and exactly then with a spread of 0", async (t) => {
  const waits = [
    [{ "Retry-After": "30", "Steadfast-Spread": "0" }, 30_000, 30_000],
    [{ "Retry-After": "30", "Steadfast-Spread": "soon" }, 30_000, 45_000],
    [{ "Retry-After": "30" }, 30_000, 45_000],
    [{ "Steadfast-Spread": "30" }, 0, 100],
  ];
  for (const [headers, least, most] of waits) {
    const server = await startServer(() => {}, { verifyClient: (_, done) => done(false, 503, "full", headers) });
    t.after(() => server.close());
    const conn = connect(server.url, QUICK);
    const failed = next(conn, "retry.failed");
    const { delay } = (await next(conn, "retry.attempt")).detail;
    assert.ok(delay >= least && delay <= most, `${JSON.stringify(headers)}: ${delay}`);
    assert.deepEqual((await failed).detail.cause, { kind: "rejected", status: 503 });
    await conn.close();
  }
});

test("a hint in a message holds for one loss", async (t) => {
  let links = 0;
  const server = await startServer((socket) => {
    if (links++ > 0) return;
    socket.send('{"steadfast":"hint","retryAfter":1,"spread":0}');
    setTimeout(() => {
      server.refuses = true;
      socket.terminate();
    }, 20);
  }, { verifyClient: (_, done) => done(!server.refuses, 503) });
  t.after(() => server.close());
  const conn = connect(server.url, QUICK);
  const delays = [];
  conn.addEventListener("retry.attempt", ({ detail }) => delays.push(detail.delay));
  await until(() => delays.length >= 3);
  assert.equal(delays[0], 1000);
  assert.ok(delays.slice(1).every((delay) => delay <= 100), String(delays));
  await conn.close();
});

test("a wait that a server asked for outlives a reload, and reconnect() passes over it", async (t) => {
  const records = new Map();
  const persist = {
    load: async (key) => structuredClone(records.get(key)),
    save: async (key, record) => void records.set(key, structuredClone(record)),
    remove: async (key) => void records.delete(key),
  };
  const options = { ...QUICK, persist, persistKey: "slot" };
  const server = await startServer((socket) => socket.on("message", () => socket.close(1013, "retry-after=300;spread=0")));
  t.after(() => server.close());
  const first = connect(server.url, options);
  await becomes(first, "CONNECTED");
  first.send("full?");
  await next(first, "retry.attempt");
  const saved = () => records.get("steadfast:slot");
  const before = saved();
  await until(() => saved() !== undefined && saved() !== before);
  const record = structuredClone(saved());
  await first.close();

  records.set("steadfast:slot", record);
  const second = connect(server.url, options);
  const { delay } = (await next(second, "retry.attempt")).detail;
  assert.ok(delay > 200_000 && delay <= 300_000, String(delay));
  assert.equal(second.state.status, "RECONNECTING");
  second.reconnect();
  await becomes(second, "CONNECTED");
  await second.close();
});
