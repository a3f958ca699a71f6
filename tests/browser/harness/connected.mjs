// A page of either browser that is connected to an echo server.

import { Echo } from "./servers.mjs";
import { serve } from "./site.mjs";

/** Opens a page whose connection has these options, and waits until it is up. All of it goes away with the test. */
export async function connected(t, open, options) {
  const echo = await Echo.start();
  t.after(() => echo.kill());
  const site = await serve({ "/": "tests/browser/page", "/pkg/": "pkg" });
  t.after(() => site.close());
  const tab = await open(site.url);
  await tab.evaluate((url, given) => window.connect(url, given), echo.url, options);
  await becomes(tab, "CONNECTED");
  return { echo, site, tab };
}

export function becomes(tab, status) {
  return tab.until(`the page is ${status}`, (wanted) => window.witness.connection.state.status === wanted, status);
}
