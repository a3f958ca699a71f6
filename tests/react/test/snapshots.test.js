import assert from "node:assert/strict";
import { test } from "node:test";

import { h, mount, renderUntil } from "./support/document.js";
import { serve } from "./support/server.js";

const { act } = await import("react");
const { connect, ConnectionManager, HealthMonitor } = await import("steadfast");
const { useConnectionState, useHealth, useQuality } = await import("steadfast/react");
const { WebSocket } = await import("ws");

function open(t, url) {
  const session = { metadata: { plan: "pro" } };
  const connection = connect(url, { WebSocket, session, retry: { type: "FIXED", fixedDelay: 1 } });
  t.after(() => connection.close());
  return connection;
}

function State({ connection, seen }) {
  seen.push(useConnectionState(connection));
  return null;
}

test("the state is the same object while nothing has changed, and another when something has", async (t) => {
  const server = await serve(t);
  const connection = open(t, server.url);
  const seen = [];
  const element = () => h(State, { connection, seen });
  const { render } = await mount(t, element());
  await renderUntil("it is connected", () => seen.at(-1).status === "CONNECTED");
  const before = seen.at(-1);
  await render(element());
  connection.dispatchEvent(new Event("open"));
  await render(element());
  assert.equal(seen.at(-1), before);

  server.drop();
  await renderUntil("it is connected again", () => seen.at(-1).totalDisconnections === 1 && seen.at(-1).status === "CONNECTED");
  assert.notEqual(seen.at(-1), before);
});

test("all who show a connection show the same state at the same time", async (t) => {
  const server = await serve(t);
  const connection = open(t, server.url);
  const [one, other] = [[], []];
  const commits = [];
  const { useLayoutEffect } = await import("react");
  function Both() {
    useLayoutEffect(() => void commits.push([one.at(-1), other.at(-1)]));
    useConnectionState(connection);
    return [h(State, { key: 1, connection, seen: one }), h(State, { key: 2, connection, seen: other })];
  }
  await mount(t, h(Both));
  await renderUntil("it is connected", () => one.at(-1).status === "CONNECTED");
  server.drop();
  await renderUntil("it is connected again", () => one.at(-1).totalDisconnections === 1 && one.at(-1).status === "CONNECTED");
  for (const [a, b] of commits) assert.equal(a, b);
});

test("nobody is listened to any more when the last has unmounted", async (t) => {
  const server = await serve(t);
  const connection = open(t, server.url);
  let listeners = 0;
  t.mock.method(connection, "addEventListener", () => (listeners += 1));
  t.mock.method(connection, "removeEventListener", () => (listeners -= 1));
  const { unmount } = await mount(t, [h(State, { key: 1, connection, seen: [] }), h(State, { key: 2, connection, seen: [] })]);
  assert.notEqual(listeners, 0);
  await unmount();
  assert.equal(listeners, 0);
});

test("the quality tells what is known of the link", async (t) => {
  const server = await serve(t);
  const connection = open(t, server.url);
  const seen = [];
  function Link() {
    seen.push(useQuality(connection));
    return null;
  }
  await mount(t, h(Link));
  assert.deepEqual(seen.at(-1), { quality: undefined, score: undefined, latency: undefined });
  const values = { connectionQuality: "GOOD", latency: 20 };
  t.mock.getter(connection, "state", () => values);
  t.mock.getter(connection, "score", () => 75);
  await act(async () => connection.dispatchEvent(new CustomEvent("heartbeat", { detail: { rtt: 20, missed: 0 } })));
  assert.deepEqual(seen.at(-1), { quality: "GOOD", score: 75, latency: 20 });
});

test("the health is the same object until other metrics are collected, and stays when the monitor is closed", async (t) => {
  const manager = new ConnectionManager();
  const monitor = new HealthMonitor(manager, { interval: 100 });
  t.after(() => (monitor.close(), manager.close()));
  const seen = [];
  function Health() {
    seen.push(useHealth(monitor));
    return null;
  }
  const { render } = await mount(t, h(Health));
  assert.equal(seen.at(-1).totalConnections, 0);
  manager.registerConnection("s1", undefined, "acme", "web");
  await renderUntil("the session is counted", () => seen.at(-1).totalConnections === 1);
  monitor.close();
  const before = seen.at(-1);
  await render(h(Health));
  assert.equal(seen.at(-1), before);
});

test("without a connection or a monitor there is nothing to show", async (t) => {
  const seen = [];
  function Nothing() {
    seen.push(useConnectionState(undefined), useQuality(null), useHealth(undefined));
    return null;
  }
  await mount(t, h(Nothing));
  assert.deepEqual(new Set(seen), new Set([undefined]));
});
