import assert from "node:assert/strict";
import { test } from "node:test";
import { connect } from "steadfast";
import { Sessions } from "./support/acknowledging.js";
import { BEATING, QUICK } from "./support/options.js";
import { echo, echoAndPong, startServer } from "./support/servers.js";
import { becomes, next, pause, until } from "./support/waiting.js";

test("heartbeats measure the latency, and after three of them there is a quality", async () => {
  const server = await startServer(echoAndPong);
  const conn = connect(server.url, { ...QUICK, heartbeat: BEATING });
  const seen = [];
  const messages = [];
  conn.addEventListener("message", (event) => messages.push(event.data));
  conn.addEventListener("heartbeat", (event) => seen.push([event.detail.rtt, conn.state.connectionQuality]));
  const changed = await next(conn, "quality.changed");
  assert.equal(seen.length, 3);
  assert.ok(seen.every(([rtt]) => rtt > 0 && rtt < 1000), String(seen));
  assert.equal(seen[0][1], undefined);
  assert.equal(changed.detail.to, "EXCELLENT");
  assert.equal(changed.detail.from, undefined);
  assert.equal(conn.state.connectionQuality, "EXCELLENT");
  assert.ok(conn.state.latency > 0);
  assert.ok(conn.score > 90 && conn.score <= 100);
  assert.deepEqual(messages, [], "listeners see no pongs");
  await conn.close();
  server.close();
});

test("a server that falls silent is noticed by its heartbeats", async () => {
  let sockets = 0;
  const server = await startServer((socket) => {
    sockets += 1;
    echoAndPong(socket);
  });
  const conn = connect(server.url, { ...QUICK, heartbeat: BEATING });
  await next(conn, "heartbeat");
  for (const socket of server.clients) socket.pause();
  const lost = await next(conn, "disconnected");
  assert.deepEqual(lost.detail.cause, { kind: "heartbeat_timeout" });
  assert.equal(lost.detail.planned, false);
  await becomes(conn, "CONNECTED");
  assert.equal(sockets, 2);
  assert.equal(conn.state.totalDisconnections, 1);
  await conn.close();
  server.close();
});

test("without a preset nothing is sent of our own", async () => {
  const heard = [];
  const server = await startServer((socket) => socket.on("message", (data) => heard.push(String(data))));
  const conn = connect(server.url, { ...QUICK, heartbeat: { intervals: BEATING.intervals } });
  await becomes(conn, "CONNECTED");
  await pause(200);
  assert.deepEqual(heard, []);
  await conn.close();
  server.close();
});

test("a server that chose steadfast.v1 gets heartbeats, and one that did not gets none", async () => {
  for (const chosen of ["steadfast.v1", "other"]) {
    const heard = [];
    const sessions = new Sessions();
    const behave = (socket) => {
      socket.on("message", (data) => heard.push(String(data)));
      if (chosen === "steadfast.v1") sessions.serve(socket);
    };
    const server = await startServer(behave, { handleProtocols: () => chosen });
    const { preset: _, ...heartbeat } = BEATING;
    const conn = connect(server.url, { ...QUICK, protocols: ["steadfast.v1", "other"], heartbeat });
    await becomes(conn, "CONNECTED");
    if (chosen === "steadfast.v1") await until(() => conn.state.connectionQuality === "EXCELLENT");
    else await pause(200);
    assert.equal(heard.length > 0, chosen === "steadfast.v1", String(heard));
    await conn.close();
    server.close();
  }
});

test("what looks like a pong is a message where there are no heartbeats", async () => {
  const server = await startServer(echo);
  const conn = connect(server.url, QUICK);
  const pong = '{"steadfast":"pong","id":7}';
  conn.send(pong);
  assert.equal((await next(conn, "message")).data, pong);
  await conn.close();
  server.close();
});
