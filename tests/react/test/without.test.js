import assert from "node:assert/strict";
import { test } from "node:test";

import { h, mount, renderUntil } from "./support/document.js";
import { serve } from "./support/server.js";

const { useConnection, useConnectionState, useQuality } = await import("steadfast/react");
const { renderToString } = await import("react-dom/server");
const { WebSocket } = await import("ws");

/** Notes down what the hooks give with each rendering. */
function User({ address, options, seen }) {
  const connection = useConnection(address, { WebSocket, ...options });
  seen.push({ connection, state: useConnectionState(connection), quality: useQuality(connection) });
  return null;
}

const last = (seen) => seen.at(-1);
const NOTHING = { connection: undefined, state: undefined, quality: undefined };

test("without an address, and while it is not enabled, there is no connection, and nothing is thrown", async (t) => {
  const server = await serve(t);
  const without = [[undefined], [null], [false], [server.url, { enabled: false }], [undefined, { key: "own" }]];
  for (const [address, options] of without) {
    const seen = [];
    await mount(t, h(User, { address, options, seen }));
    assert.deepEqual(last(seen), NOTHING);
    assert.equal(renderToString(h(User, { address, options, seen })), "");
  }
  assert.equal(server.dialled, 0);
});

test("a connection is opened when an address is there, and closed when it is gone, again and again", async (t) => {
  const server = await serve(t);
  const seen = [];
  const { render } = await mount(t, h(User, { address: null, seen }));
  for (const off of [{ address: null }, { address: server.url, options: { enabled: false } }, { address: undefined }]) {
    await render(h(User, { address: server.url, seen }));
    await renderUntil("it is connected", () => last(seen).state?.status === "CONNECTED");
    const { connection } = last(seen);
    await render(h(User, { ...off, seen }));
    assert.deepEqual(last(seen), NOTHING);
    await server.has(0);
    assert.equal(connection.state.status, "DISCONNECTED");
  }
  assert.equal(server.dialled, 3);
});

test("a user who wants none closes nothing that another one uses", async (t) => {
  const server = await serve(t);
  const [one, other] = [[], []];
  const users = (enabled) => [
    h(User, { key: "a", address: server.url, options: { enabled }, seen: one }),
    h(User, { key: "b", address: server.url, seen: other }),
  ];
  const { render } = await mount(t, users(true));
  await renderUntil("it is connected", () => last(other).state?.status === "CONNECTED");
  await render(users(false));
  assert.deepEqual(last(one), NOTHING);
  assert.equal(last(other).connection.state.status, "CONNECTED");
  assert.equal(server.dialled, 1);
});
