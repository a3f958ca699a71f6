// Dials where nobody listens: how the dials failed, with the patience of a connect timeout that is not meant to end.

import { connect, SteadfastWebSocket } from "steadfast";

const RETRY = { type: "FIXED", fixedDelay: 10, jitter: false };
const DIALS = 3;
const [url] = process.argv.slice(2);

const conn = connect(url, { retry: RETRY, connectTimeout: 600_000 });
const failed = [];
const enough = new Promise((resolve) => {
  conn.addEventListener("retry.failed", ({ detail }) => {
    failed.push([detail.attempt, detail.cause.kind]);
    if (failed.length === DIALS) resolve();
  });
});
await enough;
await conn.close();

const socket = new SteadfastWebSocket(url, [], { retry: RETRY, connectTimeout: 600_000 });
const events = [];
await new Promise((resolve) => {
  socket.addEventListener("error", () => events.push("error"));
  socket.addEventListener("close", ({ code, wasClean }) => {
    events.push(code);
    if (events.length === 2 * DIALS) resolve(wasClean);
  });
});
socket.close();
console.log(JSON.stringify({ failed, events }));
