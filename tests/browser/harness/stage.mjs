// Everything that a test of a page needs; it goes away with the test.

import assert from "node:assert/strict";

import { launch, open } from "./browser.mjs";
import { PageClient } from "./client.mjs";
import { Collector, Echo } from "./servers.mjs";
import { serve } from "./site.mjs";
import { eventually } from "./wait.mjs";

/** An echo server, a collector, and a page that can reach both. The test fails if the page has errors. */
export async function stage(t, folders = { "/": "tests/browser/page", "/pkg/": "pkg" }, query = () => "") {
  const echo = await Echo.start();
  t.after(() => echo.kill());
  const collector = await Collector.start();
  t.after(() => collector.remove());
  const site = await serve(folders);
  t.after(() => site.close());
  const browser = await launch();
  t.after(() => browser.close());
  const page = await open(browser, site.url + query(echo, collector));
  t.after(() => assert.deepEqual(page.errors, []));
  return { browser, echo, collector, page, client: new PageClient(page) };
}

/** Waits until the collector shows the session connected, after that many disconnections. */
export async function known(collector, sessionId, disconnections) {
  await eventually(`the collector shows ${sessionId} connected after ${disconnections} disconnections`, async () => {
    const state = await collector.connection(sessionId);
    return state?.status === "CONNECTED" && state.totalDisconnections === disconnections;
  });
}

/** `["0", "1", …]`. */
export function texts(from, to) {
  return Array.from({ length: to - from }, (_, index) => String(from + index));
}
