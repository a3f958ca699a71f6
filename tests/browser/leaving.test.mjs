// What a page has not reported yet when it is left is reported all the same, and that it is gone.

import assert from "node:assert/strict";
import { test } from "node:test";

import { stage } from "./harness/stage.mjs";
import { eventually } from "./harness/wait.mjs";

const WAYS = {
  "goes elsewhere": (page) => page.goto("about:blank"),
  "is closed": (page) => page.close({ runBeforeUnload: true }),
  "is reloaded": (page) => page.reload(),
};

for (const [leaves, leave] of Object.entries(WAYS)) {
  test(`a page that ${leaves} has its last report arrive`, async (t) => {
    const { echo, collector, page, client } = await stage(t);
    const { reportUrl: url, publishableKey: key } = collector;
    const report = { url, key, interval: 600_000 };
    await client.connect(echo, collector, { session: { sessionId: "page" }, report });
    await client.becomes("CONNECTED");
    await client.send(["hello"]);
    await client.receives(1);
    assert.equal(await collector.connection("page"), undefined, "nothing was due yet");

    await leave(page);
    const state = await eventually("the collector knows the session", () => collector.connection("page"));
    assert.deepEqual([state.status, state.liveness], ["DISCONNECTED", "ENDED"]);
    const { metrics } = await collector.get("/v1/health");
    assert.deepEqual([metrics.liveConnections, metrics.endedConnections], [0, 1]);
    const { reports } = await collector.get("/v1/connections/page/events");
    const last = reports[0].events.filter(({ name }) => name === "connection.disconnected");
    assert.deepEqual(last.map(({ cause }) => cause), [{ kind: "page_left" }]);
  });
}
