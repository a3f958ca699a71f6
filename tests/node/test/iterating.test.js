import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "steadfast";
import { QUICK } from "./support/options.js";
import { echo, startServer } from "./support/servers.js";
import { becomes, take, until } from "./support/waiting.js";

test("every iterator gets every message, and all end when the connection is closed", async () => {
  const server = await startServer(echo);
  const conn = connect(server.url, QUICK);
  const collect = async () => {
    const taken = [];
    for await (const message of conn) taken.push(message);
    return taken;
  };
  const both = [collect(), collect()];
  let heard = 0;
  conn.addEventListener("message", () => (heard += 1));
  conn.send("a");
  conn.send("b");
  await until(() => heard === 2);
  await conn.close();
  assert.deepEqual(await Promise.all(both), [["a", "b"], ["a", "b"]]);
  server.close();
});

test("an iterator nobody takes from ends with an error, and says so after what it had", async () => {
  const server = await startServer((socket) => {
    for (let number = 0; number < 10_001; number++) socket.send(String(number));
    socket.send("the last");
  });
  const conn = connect(server.url, QUICK);
  const messages = conn[Symbol.asyncIterator]();
  await new Promise((resolve) => conn.addEventListener("message", (event) => event.data === "the last" && resolve()));
  assert.equal((await take(messages, 10_000)).at(-1), "9999");
  await assert.rejects(messages.next(), { name: "SteadfastError", code: "messages.overflow" });
  assert.deepEqual(await messages.next(), { done: true, value: undefined });
  await conn.close();
  server.close();
});

test("leaving a loop leaves the connection as it is", async () => {
  const server = await startServer(echo);
  const conn = connect(server.url, QUICK);
  await becomes(conn, "CONNECTED");
  conn.send("one");
  for await (const message of conn) {
    assert.equal(message, "one");
    break;
  }
  assert.equal(conn.state.status, "CONNECTED");
  await conn.close();
  server.close();
});
