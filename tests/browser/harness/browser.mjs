// Chromium, and pages whose errors are not overlooked.

import { existsSync } from "node:fs";

import { chromium } from "playwright-core";

const PROGRAMS = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/**
 * What Chromium itself says about a server that is down, dies during a handshake, or is not ready yet; everything else is an
 * error of ours.
 */
const SERVER_IS_DOWN =
  /^(WebSocket connection to .* failed|Failed to load resource): .*(net::ERR_|status of 503|Connection closed before receiving)/;

/** The browser that `CHROME` names, or an installed one. */
export function chromiumProgram() {
  return process.env.CHROME ?? PROGRAMS.find((program) => existsSync(program));
}

/** Starts Chromium, with these flags besides. */
export async function launch(flags = []) {
  const executablePath = chromiumProgram();
  if (!executablePath) throw new Error("there is no Chromium: install it, or set CHROME to its path");
  return chromium.launch({
    executablePath,
    // A container's root has no user namespaces to make a sandbox of; the pages are our own.
    args: process.getuid?.() === 0 ? ["--no-sandbox", ...flags] : flags,
  });
}

/** Opens a page, where it is about noon. `page.errors` gathers what went wrong in it, but for servers that are down. */
export async function open(browser, url) {
  const page = await browser.newPage({ timezoneId: zoneOfNoon() });
  const errors = [];
  page.on("pageerror", (error) => errors.push(String(error)));
  page.on("console", (message) => {
    if (message.type() === "error" && !SERVER_IS_DOWN.test(message.text())) {
      errors.push(message.text());
    }
  });
  await page.goto(url);
  return Object.assign(page, { errors });
}

/** A time zone in which it is about noon: the times of one test are of one day, which pages do not name then. */
function zoneOfNoon() {
  const ahead = 12 - new Date().getUTCHours();
  // The names of these zones count the other way.
  return `Etc/GMT${ahead > 0 ? "-" : "+"}${Math.abs(ahead)}`;
}
