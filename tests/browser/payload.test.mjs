// Messages stay outside of the module's memory, whatever their size and number.

import assert from "node:assert/strict";
import { test } from "node:test";

import { PIECES } from "./harness/site.mjs";
import { stage } from "./harness/stage.mjs";

const COUNT = 128;
const LENGTH = 64 * 1024;

test("8 MiB of messages, sent, kept and received, do not make the module's memory grow", async (t) => {
  const { echo, collector, page, client } = await stage(t, PIECES);
  await client.connect(echo, collector, { outbox: { maxBytes: 2 * COUNT * LENGTH } });
  await client.becomes("CONNECTED");
  const pages = () =>
    page.evaluate(async () => {
      const { connections } = await import("/connection/connecting.js");
      return connections.exports.memory.buffer.byteLength / 65_536;
    });
  const before = await pages();

  await sendMany(page, COUNT / 2);
  await received(page, COUNT / 2);
  await echo.kill();
  await client.becomes("RECONNECTING");
  await sendMany(page, COUNT / 2);
  assert.equal(await page.evaluate(() => window.witness.connection.waitingMessages), COUNT / 2);
  await echo.restart();
  await received(page, COUNT);
  // 8 MiB are 128 pages. What else happens meanwhile takes a few.
  assert.ok((await pages()) - before < 16);
});

function sendMany(page, count) {
  return page.evaluate(
    ([times, length]) => {
      for (let sent = 0; sent < times; sent += 1) {
        window.witness.connection.send(sent % 2 ? "x".repeat(length) : new Uint8Array(length));
      }
    },
    [count, LENGTH],
  );
}

function received(page, count) {
  return page.waitForFunction((wanted) => window.witness.messages.length === wanted, count, { timeout: 60_000 });
}
