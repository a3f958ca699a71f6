/** Puts the page together: settings, one connection, and what is seen of it. */

import { open } from "./client.ts";
import { Control } from "./control.ts";
import { byId } from "./dom.ts";
import { logEvents } from "./events.ts";
import { Gauges } from "./gauges.ts";
import { exchangeMessages } from "./messages.ts";
import { showServer } from "./server.ts";
import { askForSettings, readSettings } from "./settings.ts";
import type { Settings } from "./settings.ts";

function start(settings: Settings): void {
  byId("demo", HTMLElement).hidden = false;
  const connection = open(settings);
  new Gauges(connection);
  logEvents(connection);
  exchangeMessages(connection);
  if (settings.control) showServer(new Control(settings.control));
  if (settings.report) {
    const dashboard = byId("dashboard", HTMLAnchorElement);
    dashboard.href = new URL("/", settings.report.url).href;
    dashboard.hidden = false;
  }
}

const settings = readSettings(location.search);
if (settings) start(settings);
else askForSettings(byId("settings", HTMLElement), location.search);
