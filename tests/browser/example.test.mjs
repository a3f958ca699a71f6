// The page that newcomers copy from, as it is built, in front of a server that misbehaves.

import assert from "node:assert/strict";
import { test } from "node:test";

import { stage } from "./harness/stage.mjs";
import { eventually } from "./harness/wait.mjs";

test("the example shows the loss of its link, keeps what is typed meanwhile, and sends it once", async (t) => {
  const { echo, collector, page } = await stage(t, { "/": "examples/web/dist" }, query);
  const shown = (name) => page.getByTestId(name).textContent();
  const shows = (name, wanted) => eventually(`${name} shows ${wanted}`, async () => (await shown(name)) === wanted);
  const say = async (text) => {
    await page.getByLabel("Message", { exact: true }).fill(text);
    await page.getByRole("button", { name: "Send", exact: true }).click();
  };
  const echoed = (text) => page.getByTestId("messages").getByText(text).count();

  await shows("status", "CONNECTED");
  await say("before");
  await eventually("the echo is shown", () => echoed("before"));

  await echo.kill();
  await shows("status", "RECONNECTING");
  await say("meanwhile");
  await shows("outbox", "1");
  assert.equal(await echoed("meanwhile"), 0);
  await echo.restart();
  await shows("status", "CONNECTED");
  await eventually("the echo is shown", () => echoed("meanwhile"));
  await shows("outbox", "0");

  await page.getByRole("button", { name: "Drop all" }).click();
  await shows("attempt", "2 links lost so far");
  await say("after");
  await eventually("the echo is shown", () => echoed("after"));
  for (const text of ["before", "meanwhile", "after"]) assert.equal(await echoed(text), 1, text);
});

function query(echo, collector) {
  const control = echo.url.replace("ws:", "http:");
  const settings = { echo: echo.url, control, report: collector.reportUrl, key: collector.publishableKey };
  return `?${new URLSearchParams(settings)}`;
}
