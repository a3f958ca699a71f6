/** The dashboard: a model, the views that show it, and when they are brought up to date. */

import { Api } from "./collector/api.ts";
import type { ApiError } from "./collector/api.ts";
import { openLive } from "./collector/live.ts";
import type { Live } from "./collector/live.ts";
import { Model } from "./collector/model.ts";
import type { Alert } from "./collector/wire.ts";
import { oncePerFrame } from "./ui/dom.ts";
import { buildViews } from "./views.ts";

/** So often the history is loaded anew, of which the live stream may have missed a part. */
const RELOAD_MILLIS = 60_000;

/** So often when the last time failed. */
const RETRY_MILLIS = 5_000;

/** So often alerts and trends are loaded anew: the collector computes them as often. */
const SUMMARY_MILLIS = 5_000;

/** So often ages are brought up to date. */
const TICK_MILLIS = 1_000;

/** The collector says something at least every five seconds. */
const STALE_MILLIS = 8_000;

export interface Dashboard {
  /** Ends the live stream and empties the page. */
  stop(): void;
}

/**
 * Shows the dashboard.
 *
 * @param accepted called when the collector took the key
 * @param unauthorized called when it does not, and the dashboard has stopped
 */
export function startDashboard(
  key: string,
  accepted: () => void,
  unauthorized: (error: ApiError) => void,
): Dashboard {
  const draw = oncePerFrame(() => render());
  const api = new Api(key);
  const model = new Model(api, draw, (error) => {
    stop();
    unauthorized(error);
  });
  const views = buildViews(model, draw);
  let live: Live | undefined;
  let reload: ReturnType<typeof setTimeout> | undefined;
  let stopped = false;

  const tick = setInterval(() => {
    if (!document.hidden && live) model.listing.tick();
    draw();
  }, TICK_MILLIS);
  const summaries = setInterval(() => {
    if (!document.hidden && live) void model.reloadSummary();
  }, SUMMARY_MILLIS);
  void load();

  async function load(): Promise<void> {
    clearTimeout(reload);
    await model.reload();
    if (stopped) return;
    if (model.problem === undefined) {
      accepted();
      void model.reloadSummary();
      live ??= openLive(api, model, views.link, () => void load());
    }
    clearTimeout(reload); // Another load may have ended meanwhile.
    const delay = model.problem === undefined ? RELOAD_MILLIS : RETRY_MILLIS;
    reload = setTimeout(() => void load(), delay);
  }

  function render(): void {
    if (stopped) return;
    views.notice(trouble(model));
    views.render(model.now());
    document.title = titled(model.alerts ?? []);
  }

  function stop(): void {
    if (stopped) return;
    stopped = true;
    clearInterval(tick);
    clearInterval(summaries);
    clearTimeout(reload);
    void live?.close();
    views.close();
    document.title = titled([]);
  }

  return { stop };
}

/** What keeps the page from being up to date; undefined if nothing does. */
function trouble({ heardAt, problem }: Model): string | undefined {
  if (heardAt === undefined) return problem;
  if (Date.now() - heardAt < STALE_MILLIS) return undefined;
  const since = new Date(heardAt).toLocaleTimeString();
  return `The collector has not been heard of since ${since}: what you see is as of then.`;
}

/** The number of alerts that nobody knows of stands where it is seen from another tab. */
function titled(alerts: readonly Alert[]): string {
  const unknown = alerts.filter(({ status }) => status === "FIRING").length;
  return unknown > 0 ? `(${unknown}) Steadfast` : "Steadfast";
}
