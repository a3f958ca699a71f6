import assert from "node:assert/strict";
import { test } from "node:test";

import { launch, open } from "./harness/browser.mjs";
import { Echo } from "./harness/servers.mjs";
import { serve } from "./harness/site.mjs";
import { eventually } from "./harness/wait.mjs";

test("the example in React shares one connection, survives a killed server, and closes with its last panel", async (t) => {
  const echo = await Echo.start();
  t.after(() => echo.kill());
  const site = await serve({ "/": "examples/react/dist" });
  t.after(() => site.close());
  const browser = await launch();
  t.after(() => browser.close());
  const address = `${site.url}?server=${encodeURIComponent(echo.url)}`;
  const page = await open(browser, address);
  t.after(() => assert.deepEqual(page.errors, []));
  const sockets = [];
  // The browser's driver may never report the end of a socket whose page was left: the page before is gone when counting begins.
  await page.goto("about:blank");
  page.on("websocket", (socket) => sockets.push(socket));
  await page.goto(address);

  const status = page.locator("dd").first();
  const says = (text) => page.waitForFunction((text) => document.querySelector("dd")?.textContent === text, text);
  const send = async (text) => {
    await page.getByLabel("A text to send").fill(text);
    await page.getByRole("button", { name: "Send" }).click();
  };
  const arrived = (text) => page.getByRole("listitem").filter({ hasText: text }).waitFor();
  await says("CONNECTED");
  await send("one");
  await arrived("one");
  await eventually("one socket is open", () => sockets.filter((socket) => !socket.isClosed()).length === 1);
  assert.equal(await page.locator("steadfast-status [part=label]").textContent(), "Connected");

  await echo.kill();
  await says("RECONNECTING");
  await send("two");
  await echo.restart();
  await arrived("two");
  assert.equal(await status.textContent(), "CONNECTED");

  await page.getByRole("checkbox", { name: "link" }).uncheck();
  await send("three");
  await arrived("three");
  const closed = sockets.at(-1).waitForEvent("close");
  await page.getByRole("checkbox", { name: "chat" }).uncheck();
  await closed;
});
