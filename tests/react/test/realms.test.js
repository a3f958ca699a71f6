// Test runners put jsdom's classes in the place of Node's, which Node itself does not take.

import assert from "node:assert/strict";
import { test } from "node:test";

const NodeURL = URL;
const { JSDOM } = await import("jsdom");
const { window } = new JSDOM("<!doctype html>", { url: "http://localhost:3000/" });
globalThis.URL = window.URL;
const { connect, ConnectionManager } = await import("steadfast");
const { WebSocket } = await import("ws");

test("the package works where `URL` is jsdom's, and takes the addresses of both kinds", async () => {
  new ConnectionManager().close();
  for (const url of [new NodeURL("ws://127.0.0.1:1/"), new window.URL("ws://127.0.0.1:1/")]) {
    await connect(url, { WebSocket }).close();
  }
});

test("events fit the package's targets though their classes are replaced later", async (t) => {
  const { Event, CustomEvent } = globalThis;
  t.after(() => Object.assign(globalThis, { Event, CustomEvent }));
  Object.assign(globalThis, { Event: window.Event, CustomEvent: window.CustomEvent });
  const conn = connect("ws://127.0.0.1:1/", { WebSocket });
  await new Promise((resolve) => conn.addEventListener("retry.failed", resolve));
  await conn.close();
});
