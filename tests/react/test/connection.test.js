import assert from "node:assert/strict";
import { test } from "node:test";

import { h, mount, renderUntil } from "./support/document.js";
import { serve } from "./support/server.js";

const { Component } = await import("react");
const { useConnection, useConnectionState } = await import("steadfast/react");
const { WebSocket } = await import("ws");

/** Notes down what the hooks give with each rendering. */
function User({ address, options, seen }) {
  const connection = useConnection(address, { WebSocket, ...options });
  seen.push({ connection, state: useConnectionState(connection) });
  return null;
}

const last = (seen) => seen.at(-1);
const connected = (seen) => renderUntil("it is connected", () => last(seen)?.state?.status === "CONNECTED");

test("a connection is opened by the first who mounts, once even in strict mode", async (t) => {
  const server = await serve(t);
  const seen = [];
  await mount(t, h(User, { address: server.url, seen }));
  await connected(seen);
  assert.equal(seen[0].connection, undefined);
  assert.equal(server.dialled, 1);
});

test("it is shared by all who use its address, and closed when the last of them unmounts", async (t) => {
  const server = await serve(t);
  const [one, other] = [[], []];
  const a = h(User, { key: "a", address: server.url, seen: one });
  const b = h(User, { key: "b", address: server.url, seen: other });
  const { render, unmount } = await mount(t, [a, b]);
  await connected(one);
  assert.equal(last(one).connection, last(other).connection);
  assert.equal(server.dialled, 1);

  await render([b]);
  await server.has(1);
  assert.equal(last(other).connection.state.status, "CONNECTED");

  await unmount();
  await server.has(0);
  assert.equal(last(other).connection.state.status, "DISCONNECTED");
});

test("users of two addresses or keys have two connections", async (t) => {
  const server = await serve(t);
  const seen = [[], [], []];
  await mount(t, [
    h(User, { key: 1, address: server.url, seen: seen[0] }),
    h(User, { key: 2, address: `${server.url}other`, seen: seen[1] }),
    h(User, { key: 3, address: server.url, options: { key: "own" }, seen: seen[2] }),
  ]);
  await server.has(3);
  for (const each of seen) await connected(each);
  assert.equal(new Set(seen.map((each) => last(each).connection)).size, 3);
});

test("new options are no new connection, and a new address is", async (t) => {
  const server = await serve(t);
  const seen = [];
  const { render } = await mount(t, h(User, { address: server.url, options: { stableAfter: 1 }, seen }));
  await connected(seen);
  const { connection } = last(seen);
  await render(h(User, { address: server.url, options: { stableAfter: 2 }, seen }));
  assert.equal(last(seen).connection, connection);
  assert.equal(server.dialled, 1);

  await render(h(User, { address: `${server.url}other`, seen }));
  await connected(seen);
  assert.notEqual(last(seen).connection, connection);
  await server.has(1);
  assert.equal(connection.state.status, "DISCONNECTED");
});

test("a function for the address may be a new one each time: the latest is asked", async (t) => {
  const server = await serve(t);
  const asked = [];
  const address = (name) => () => (asked.push(name), server.url);
  const options = { retry: { type: "FIXED", fixedDelay: 1 } };
  const seen = [];
  const { render } = await mount(t, h(User, { address: address("first"), options, seen }));
  await connected(seen);
  await render(h(User, { address: address("second"), options, seen }));
  assert.equal(server.dialled, 1);
  server.drop();
  await renderUntil("it was asked again", () => asked.length > 1);
  assert.deepEqual(asked, ["first", "second"]);
});

test("what makes no sense is thrown to the next error boundary, and nothing is left open", async (t) => {
  class Boundary extends Component {
    state = {};
    static getDerivedStateFromError(error) {
      return { error };
    }
    render() {
      return this.state.error ? this.props.failed(this.state.error) : this.props.children;
    }
  }
  t.mock.method(console, "error", () => {});
  const server = await serve(t);
  const errors = [];
  const failed = (error) => (errors.push(error), null);
  const user = h(User, { address: server.url, options: { stableAfter: "long" }, seen: [] });
  await mount(t, h(Boundary, { failed }, user));
  assert.deepEqual([errors.at(-1).code, errors.at(-1).field], ["config.type", "stableAfter"]);
  assert.equal(server.dialled, 0);
});
