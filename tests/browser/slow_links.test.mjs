// A slow link is not a dead one: the transfers of a page through a proxy that hands on a few bytes a second, or hands them on
// late. A page sees no bytes: the patience of core keeps these links.

import assert from "node:assert/strict";
import { once } from "node:events";
import { test } from "node:test";
import { WebSocketServer } from "ws";

import { launch, open } from "./harness/browser.mjs";
import { Echo, Proxy } from "./harness/servers.mjs";
import { serve } from "./harness/site.mjs";
import { eventually } from "./harness/wait.mjs";

const KIB = 1 << 10;
const MIB = 1 << 20;

/** A rate in KiB a second, the messages and their bytes, and whether the page waits for them to come back. */
const TRANSFERS = [
  { rate: 200, messages: 1, bytes: 4 * MIB },
  { rate: 250, messages: 1, bytes: 2 * MIB, comesBack: true },
  { rate: 150, messages: 300, bytes: 8 * KIB },
  { rate: 16, messages: 1, bytes: 256 * KIB },
  { rate: 16, messages: 1, bytes: 128 * KIB, comesBack: true },
  { rate: 16, messages: 32, bytes: 8 * KIB },
];
const ROUND_TRIP = 5_000;

/** A page that counts, for each of its connections, the messages that come and the links that are lost. */
async function startPage(t) {
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
  t.after(() => site.close());
  const browser = await launch();
  t.after(() => browser.close());
  return open(browser, site.url);
}

async function line(t, ...args) {
  const echo = await Echo.start();
  t.after(() => echo.kill());
  const proxy = await Proxy.start(echo, ...args);
  t.after(() => proxy.kill());
  return { echo, url: proxy.url };
}

/** Connects a page to `url`, sends there, and gives what tells how far it is. */
async function send(page, url, messages, bytes) {
  const witness = await page.evaluateHandle(
    ([address, count, length]) => {
      const options = { heartbeat: { preset: "steadfast" }, outbox: { maxBytes: 8 << 20 } };
      const seen = { come: 0, lost: [] };
      const connection = window.steadfast.connect(address, options);
      connection.addEventListener("message", () => (seen.come += 1));
      connection.addEventListener("disconnected", ({ detail }) => seen.lost.push(detail.cause.kind));
      connection.addEventListener("open", () => {
        for (let sent = 0; sent < count; sent += 1) connection.send(new Uint8Array(length));
      }, { once: true });
      return { seen, connection };
    },
    [url, messages, bytes],
  );
  return {
    seen: () => witness.evaluate(({ seen }) => seen),
    state: () => witness.evaluate(({ connection }) => connection.state),
  };
}

test("a page loses no link that never stops moving bytes, and none with a round trip of 5 s", async (t) => {
  const page = await startPage(t);
  const transfers = TRANSFERS.map(async ({ rate, messages, bytes, comesBack }) => {
    const { echo, url } = await line(t, "--throttle", String(rate * KIB));
    const { seen } = await send(page, url, messages, bytes);
    await eventually(`${bytes} bytes have gone at ${rate} KiB/s`, async () => {
      const { come, lost } = await seen();
      return lost.length > 0 || (comesBack ? come === messages : (await echo.echoed()) >= messages);
    });
    return [`${messages} x ${bytes} B at ${rate} KiB/s`, (await seen()).lost];
  });
  const far = (async () => {
    const { url } = await line(t, "--delay", String(ROUND_TRIP / 2));
    const { seen, state } = await send(page, url, 1, 10);
    await eventually("three heartbeats are answered from afar", async () => {
      const { latency, lastHeartbeat } = await state();
      return (await seen()).lost.length > 0 || (latency >= ROUND_TRIP && lastHeartbeat !== undefined && (await seen()).come === 1);
    });
    return [`a round trip of ${ROUND_TRIP} ms`, (await seen()).lost];
  })();
  const lost = (await Promise.all([...transfers, far])).filter(([, causes]) => causes.length > 0);
  assert.deepEqual(lost, []);
  assert.deepEqual(page.errors, []);
});

/** Links are given up after a second of silence at most, where nothing is learned. */
const IMPATIENT = {
  preset: "steadfast",
  intervals: { excellent: 500, good: 500, poor: 500, critical: 500, unknown: 500 },
  lateMin: 200,
  lateMax: 500,
  maxMissed: 2,
};
/** It takes 8 s. */
const LONG = { bytes: 512 * KIB, rate: 64 };

/** A server that answers "ask" by a long message, and heartbeats. */
async function startAnswering(t) {
  const server = new WebSocketServer({ host: "127.0.0.1", port: 0 });
  t.after(() => server.close());
  server.on("connection", (socket) => {
    socket.on("error", () => {});
    socket.on("message", (data) => {
      if (String(data) === "ask") return socket.send(Buffer.alloc(LONG.bytes));
      const { id } = JSON.parse(String(data));
      socket.send(JSON.stringify({ steadfast: "pong", id }));
    });
  });
  await once(server, "listening");
  return { url: `ws://127.0.0.1:${server.address().port}/` };
}

test("a page that asks again and again for a message which takes longer than its patience gets it, and the next at once", async (t) => {
  const proxy = await Proxy.start(await startAnswering(t), "--throttle", String(LONG.rate * KIB));
  t.after(() => proxy.kill());
  const page = await startPage(t);
  const witness = await page.evaluateHandle(
    ([url, heartbeat]) => {
      const seen = { come: 0, lost: 0 };
      const connection = window.steadfast.connect(url, { heartbeat });
      const ask = () => setTimeout(() => connection.send("ask"), 300);
      connection.addEventListener("message", () => {
        seen.come += 1;
        if (seen.come === 1) {
          seen.lostBefore = seen.lost;
          ask();
        }
      });
      connection.addEventListener("disconnected", () => (seen.lost += 1));
      connection.addEventListener("open", ask);
      return seen;
    },
    [proxy.url, IMPATIENT],
  );
  await eventually("the message has come twice", async () => (await witness.evaluate(({ come }) => come)) === 2);
  const { lost, lostBefore } = await witness.jsonValue();
  assert.ok(lostBefore > 0, "no link was given up");
  assert.equal(lost, lostBefore, "a link was lost again");
  assert.deepEqual(page.errors, []);
});
