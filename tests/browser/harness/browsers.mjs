// Chromium and Firefox, by one driver for both: the same test of a page runs in each.
//
// Playwright pretends that every page has the focus. Here a page that is behind another is hidden, as it is for users, and
// may be frozen or kept in the back/forward cache.

import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { test } from "node:test";

import puppeteer from "puppeteer-core";

import { chromiumProgram } from "./browser.mjs";
import { Tab } from "./tab.mjs";

const FIREFOX_PROGRAMS = [
  "/usr/bin/firefox-esr",
  "/usr/bin/firefox",
  "/Applications/Firefox.app/Contents/MacOS/firefox",
];

/** What puppeteer switches off to make pages simpler than they are for users. */
const SIMPLIFIED = [
  "--disable-back-forward-cache",
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
];

const BROWSERS = [
  { name: "Chromium", program: chromiumProgram, launch: launchChromium, hasCdp: true },
  { name: "Firefox", program: firefoxProgram, launch: launchFirefox, hasCdp: false },
];

/**
 * A test in each browser, but for those that are named in `except`, with a reason. The body gets a function that opens an
 * address in a new tab. The test fails if a page has errors. `flags` are for Chromium.
 */
export function inEachBrowser(name, body, except = {}, flags = []) {
  for (const browser of BROWSERS) {
    const skip = except[browser.name] ?? missing(browser);
    test(`${name} (${browser.name})`, { skip }, async (t) => {
      const running = await browser.launch(browser.program(), flags);
      t.after(() => running.close());
      const open = async (url) => {
        const tab = await Tab.open(running, browser.hasCdp, url);
        t.after(() => assert.deepEqual(tab.errors, []));
        return tab;
      };
      await body(t, open, browser.name);
    });
  }
}

/** Why there is no test in this browser; false if there is one. CI has to have all of them. */
function missing({ name, program }) {
  if (process.env.CI || program()) return false;
  return `there is no ${name}: install it, or set ${name === "Firefox" ? "FIREFOX" : "CHROME"} to its path`;
}

function firefoxProgram() {
  return process.env.FIREFOX ?? FIREFOX_PROGRAMS.find((program) => existsSync(program));
}

/** Chromium, whose tabs behind the one in front are hidden. */
export function launchChromium(executablePath, flags = []) {
  return puppeteer.launch({
    executablePath,
    // A container's root has no user namespaces to make a sandbox of; the pages are our own.
    args: process.getuid?.() === 0 ? ["--no-sandbox", ...flags] : flags,
    ignoreDefaultArgs: SIMPLIFIED,
  });
}

function launchFirefox(executablePath) {
  return puppeteer.launch({ browser: "firefox", executablePath });
}
