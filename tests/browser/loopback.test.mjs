// A machine with nothing but a loopback interface, and then with another: in a network namespace of its own, in which this
// file runs once more.

import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { test } from "node:test";

import { inEachBrowser } from "./harness/browsers.mjs";
import { Echo } from "./harness/servers.mjs";
import { serve } from "./harness/site.mjs";

const NOT_OFFLINE = { Firefox: "it calls such a machine online" };
const INSIDE = "STEADFAST_TEST_IN_NAMESPACE";
const ROOT = process.getuid?.() === 0 ? [] : ["--map-root-user"];

if (process.env[INSIDE]) inside();
else outside();

function outside() {
  const isThere = spawnSync("unshare", [...ROOT, "--net", "ip", "link", "set", "lo", "up"]).status === 0;
  test("in a network namespace of its own", { skip: !isThere && "no network namespaces here" }, () => {
    const { NODE_TEST_CONTEXT, ...env } = process.env;
    const command = `ip link set lo up && exec "${process.execPath}" --test "${import.meta.filename}"`;
    const { status, stdout, stderr } = spawnSync("unshare", [...ROOT, "--net", "sh", "-c", command], {
      env: { ...env, [INSIDE]: "yes" },
      encoding: "utf8",
    });
    assert.equal(status, 0, `${stdout}${stderr}`);
  });
}

function ip(...words) {
  execFileSync("ip", words.join(" ").split(" "));
}

/** Gives the machine a second interface, with an address and a route to anywhere. */
function plugIn() {
  ip("link add net0 type veth peer name net1");
  ip("addr add 10.9.9.1/24 dev net0");
  ip("link set net0 up");
  ip("link set net1 up");
  ip("route add default via 10.9.9.2");
}

function inside() {
  const stage = async (t, open, path) => {
    const echo = await Echo.start();
    t.after(() => echo.kill());
    const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
    t.after(() => site.close());
    return { echo, tab: await open(site.url + path) };
  };

  inEachBrowser("a page connects over the loopback interface, which Chromium calls offline", async (t, open, browser) => {
    const { echo, tab } = await stage(t, open, "");
    await tab.until("the package is there", () => window.connect !== undefined);
    if (browser === "Chromium") assert.equal(await tab.evaluate(() => navigator.onLine), false);
    await tab.evaluate((url) => window.connect(url), echo.url);
    await tab.until("it is connected", () => window.witness.connection.state.status === "CONNECTED");
  });

  for (const kind of ["dedicated", "shared", "service"]) {
    inEachBrowser(`a ${kind} worker connects there, and finds out that there is a network when there is one`, async (t, open) => {
      const { echo, tab } = await stage(t, open, "workers.html");
      await tab.until("the page is there", () => window.tell !== undefined);
      const tell = (order) => tab.evaluate((to, what) => window.tell(to, what), kind, order);
      const becomes = async (status) => {
        const by = Date.now() + 30_000;
        while ((await tell({ order: "look" })).status !== status) assert.ok(Date.now() < by, `${status} in time`);
      };
      await echo.kill();
      const hour = 3_600_000;
      const options = { retry: { type: "FIXED", fixedDelay: hour, jitter: "none" } };
      await tell({ order: "connect", url: echo.url, options });
      await becomes("SUSPENDED");
      await echo.restart();
      plugIn();
      t.after(() => ip("link del net0"));
      await becomes("CONNECTED");
    }, NOT_OFFLINE);
  }
}
