// Steadfast's retry and circuit breaker beside cockatiel, opossum and p-retry: `npm run bench`, here or as a part of
// `cargo xtask bench`. Prints ns per call and how many times as long as Steadfast each takes, in Node and in Chromium.

import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { readFile, realpath } from "node:fs/promises";
import { createServer } from "node:http";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";

import * as cockatiel from "cockatiel";
import Opossum from "opossum";
import pRetry from "p-retry";
import { chromium } from "playwright-core";
import * as steadfast from "steadfast";

import { groups } from "./cases.mjs";
import { measure } from "./measure.mjs";

const HERE = fileURLToPath(new URL(".", import.meta.url));
const PROGRAMS = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".mjs": "text/javascript", ".wasm": "application/wasm" };

/** In a process of its own, whose heap nothing else has filled. */
if (process.argv[2] === "node") {
  const results = await measure(await groups({ steadfast, cockatiel, pRetry, Opossum }));
  process.stdout.write(JSON.stringify(results));
  process.exit();
}

const inNode = JSON.parse(execFileSync(process.execPath, [join(HERE, "run.mjs"), "node"], { encoding: "utf8" }));
print(`Node ${process.version}`, inNode);
const program = process.env.CHROME ?? PROGRAMS.find((path) => existsSync(path));
if (program) {
  const { version, results } = await inChromium(program);
  print(`Chromium ${version}`, results);
} else {
  console.log("\nChromium was not found: set CHROME to its path to measure there as well.");
}

async function inChromium(executablePath) {
  const server = createServer(answer);
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
  const browser = await chromium.launch({ executablePath, args });
  try {
    const page = await browser.newPage();
    const failed = new Promise((_, reject) => page.on("pageerror", reject));
    await page.goto(`http://127.0.0.1:${server.address().port}/page.html`);
    const results = await Promise.race([page.evaluate(() => window.measured), failed]);
    return { version: browser.version(), results };
  } finally {
    await browser.close();
    server.closeAllConnections();
    server.close();
  }
}

async function answer({ url }, response) {
  const { pathname } = new URL(url, "http://localhost");
  try {
    // The package is linked to from here.
    const body = await readFile(await realpath(join(HERE, pathname)));
    response.writeHead(200, { "content-type": TYPES[extname(pathname)] ?? "application/octet-stream" }).end(body);
  } catch {
    response.writeHead(404).end();
  }
}

function print(where, results) {
  console.log(`\n${where}`);
  for (const { task, rows } of results) {
    console.log(`  ${task}`);
    const [{ nanos: own }] = rows;
    for (const { name, nanos } of rows) {
      const ratio = rows.length > 1 ? `${(nanos / own).toFixed(2).padStart(7)} ×` : "";
      console.log(`    ${name.padEnd(12)} ${nanos.toFixed(0).padStart(6)} ns ${ratio}`);
    }
  }
}
