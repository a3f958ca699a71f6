// The library that Centrifugo is made of, with the first version of its protocol, which the client's version 2 speaks. It is
// built of the packages that a distribution has; where they are missing this test is left out.

import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { test } from "node:test";
import Centrifuge from "centrifuge-v1";
import { SteadfastWebSocket } from "steadfast";
import { OPTIONS, until } from "./support/host.js";

const PACKAGES = "/usr/share/gocode";
const SOURCE = new URL("../centrifuge/main.go", import.meta.url).pathname;

const isThere =
  existsSync(join(PACKAGES, "src/github.com/centrifugal/centrifuge")) && spawnSync("go", ["version"]).status === 0;
const skip = isThere || process.env.CI ? false : "there is no centrifuge to build a server of";

function build(folder) {
  const program = join(folder, "server");
  const env = { ...process.env, GOPATH: PACKAGES, GO111MODULE: "off", GOFLAGS: "", GOCACHE: join(folder, "cache") };
  const { status, stderr } = spawnSync("go", ["build", "-o", program, SOURCE], { env, encoding: "utf8" });
  assert.equal(status, 0, stderr);
  return program;
}

async function start(program, port) {
  const server = spawn(program, [String(port)], { stdio: ["pipe", "pipe", "inherit"] });
  const [line] = await once(createInterface(server.stdout), "line");
  const kill = async () => {
    server.kill("SIGKILL");
    await once(server, "exit");
  };
  return { port: Number(line), kill };
}

test("centrifuge of version 1 calls and publishes, loses its real server, and does so again", { skip, timeout: 600_000 }, async (t) => {
  const folder = mkdtempSync(join(tmpdir(), "centrifuge-"));
  t.after(() => rmSync(folder, { recursive: true, force: true }));
  const program = build(folder);
  let server = await start(program, 0);
  t.after(() => server.kill());
  const options = { websocket: SteadfastWebSocket.with(OPTIONS), minRetry: 50, maxRetry: 200, pingInterval: 200 };
  const client = new Centrifuge(`ws://127.0.0.1:${server.port}/`, options);
  t.after(() => client.disconnect());
  const published = [];
  const news = client.subscribe("news", ({ data }) => published.push(data.word));
  let subscribed = 0;
  news.on("subscribe", () => subscribed++);
  client.connect();
  await until(() => subscribed === 1, "it is subscribed");
  const call = async (word) => (await client.namedRPC("echo", { word })).data.word;
  assert.equal(await call("before"), "before");
  await news.publish({ word: "first" });
  await until(() => published.length === 1, "what it publishes comes back");

  await server.kill();
  await until(() => !client.isConnected(), "the loss is noticed");
  server = await start(program, server.port);
  await until(() => subscribed === 2, "it is subscribed again");
  assert.equal(await call("after"), "after");
  await news.publish({ word: "second" });
  await until(() => published.length === 2, "what it publishes comes back again");
  assert.deepEqual(published, ["first", "second"]);
});
