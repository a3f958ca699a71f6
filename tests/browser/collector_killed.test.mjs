// A page goes on while the collector is dead, and what was acknowledged to it survives.

import assert from "node:assert/strict";
import { test } from "node:test";

import { known, stage } from "./harness/stage.mjs";
import { eventually } from "./harness/wait.mjs";

test("what happened while the collector was dead is reported once it is back", async (t) => {
  const { echo, collector, page, client } = await stage(t);
  const acknowledged = acknowledgedReports(page, collector);
  const failed = [];
  page.on("requestfailed", (request) => failed.push(request.url()));
  await client.connect(echo, collector, { session: { sessionId: "page" } });
  await known(collector, "page", 0);
  await eventually("a report is acknowledged", () => acknowledged.length > 0);

  await collector.kill();
  await echo.kill();
  await client.becomes("RECONNECTING");
  await echo.restart();
  await client.becomes("CONNECTED");
  await client.send(["still here"]);
  assert.deepEqual(await client.receives(1), ["still here"]);
  const before = acknowledged.length;
  await eventually("a report has failed", () => failed.length > 0);

  await collector.restart();
  await known(collector, "page", 1);
  await eventually("reports are acknowledged again", () => acknowledged.length > before);
  await client.close();
  for (const report of acknowledged) {
    assert.deepEqual(await collector.report(report), { accepted: true, duplicate: true, interval: 0, sampling: 1 });
  }
  assert.equal((await collector.connection("page")).status, "DISCONNECTED");
});

/** The reports that the collector has told the page it has. */
function acknowledgedReports(page, collector) {
  const reports = [];
  page.on("response", (response) => {
    const request = response.request();
    const isReport = request.method() === "POST" && request.url() === collector.reportUrl;
    if (isReport && response.ok()) reports.push(request.postData());
  });
  return reports;
}
