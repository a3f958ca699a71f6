// What a server wishes: when to come back, by a close reason or a message.

import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "steadfast";
import { QUICK } from "./support/options.js";
import { startServer } from "./support/servers.js";
import { next } from "./support/waiting.js";

/** The wait before the next attempt, after `behave` has ended the link. */
async function waitAfter(behave) {
  const server = await startServer((socket) => socket.on("message", () => behave(socket)));
  const conn = connect(server.url, QUICK);
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
