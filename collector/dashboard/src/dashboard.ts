/** The overview: a model, the views that show it, and when they are brought up to date. */

import { Api } from "./collector/api.ts";
import type { ApiError } from "./collector/api.ts";
import { Alerts } from "./alerts/alerts.ts";
import { Details } from "./sessions/details.ts";
import { byId, oncePerFrame, setText } from "./ui/dom.ts";
import { LinkView } from "./collector/link.ts";
import { openLive } from "./collector/live.ts";
import type { Live } from "./collector/live.ts";
import { Longer } from "./history/longer.ts";
import { Model } from "./collector/model.ts";
import { Plots } from "./history/plots.ts";
import { Table } from "./sessions/table.ts";
import { figures, qualities, statuses } from "./tiles.ts";
import { Trends } from "./history/trends.ts";
import type { Alert } from "./collector/wire.ts";

/** So often everything is loaded anew: the live stream does not say which sessions are gone. */
const RELOAD_MILLIS = 60_000;

/** So often when the last time failed. */
const RETRY_MILLIS = 5_000;

/** So often alerts and trends are loaded anew: the collector computes them as often. */
const SUMMARY_MILLIS = 5_000;

/** So often ages are brought up to date. */
const TICK_MILLIS = 1_000;

/** The collector says something at least every five seconds. */
const STALE_MILLIS = 8_000;

const NO_SESSIONS =
  "No session has reported yet. Give a client this collector's address and the publishable key.";

export interface Dashboard {
  /** Ends the live stream and empties the page. */
  stop(): void;
}

/**
 * Shows the overview.
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

  const tick = setInterval(draw, TICK_MILLIS);
  const summaries = setInterval(() => {
    if (!document.hidden && live) void model.reloadSummary();
  }, SUMMARY_MILLIS);
  void load();
  views.details.follow();

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
    const now = model.now();
    const notice = trouble(model);
    views.notice.hidden = notice === undefined;
    setText(views.notice, notice ?? "");
    if (model.metrics) {
      for (const tile of views.tiles) tile.show(model.metrics);
      views.plots.draw(now);
      views.table.emptyText = NO_SESSIONS;
    }
    views.alerts.render(model.alerts, model.problem, now);
    views.trends.render(model.trends, model.history.points, now);
    document.title = titled(model.alerts ?? []);
    views.table.render(now);
    views.details.render(now);
    views.link.render(Date.now());
  }

  function stop(): void {
    if (stopped) return;
    stopped = true;
    clearInterval(tick);
    clearInterval(summaries);
    clearTimeout(reload);
    void live?.close();
    views.close();
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

/** Fills the sections of index.html. */
function buildViews(model: Model, draw: () => void) {
  const [attentionRoot, figuresRoot, distributionsRoot, plotsRoot, sessionsRoot, detailsRoot] = [
    byId("attention", HTMLElement),
    byId("figures", HTMLElement),
    byId("distributions", HTMLElement),
    byId("plots", HTMLElement),
    byId("sessions", HTMLElement),
    byId("details", HTMLElement),
  ];
  const alerts = new Alerts(attentionRoot, (id) => model.acknowledge(id));
  const trends = new Trends(attentionRoot);
  const longer = new Longer((from, minutes) => model.rollups(from, minutes), draw);
  const plots = new Plots(plotsRoot, model.history, longer);
  const details = new Details(detailsRoot, {
    find: (sessionId) => model.sessions.find(sessionId),
    load: (sessionId) => model.load(sessionId),
    events: (sessionId, limit, before) => model.events(sessionId, limit, before),
    showUser: (userId) => table.search(userId),
  });
  const table = new Table(sessionsRoot, model.sessions, {
    open: (sessionId) => details.open(sessionId),
    filtered: (status) => void model.takeInterestIn(status),
    searched: (text) => void model.lookFor(text),
  });
  const tiles = [
    figures(figuresRoot),
    statuses(distributionsRoot, (status) => table.filterByStatus(status)),
    qualities(distributionsRoot, (quality) => table.filterByQuality(quality)),
  ];
  const link = new LinkView(byId("link", HTMLElement));
  const notice = byId("notice", HTMLElement);

  function close(): void {
    plots.close();
    details.close();
    link.close();
    notice.hidden = true;
    document.title = titled([]);
    const roots = [
      attentionRoot,
      figuresRoot,
      distributionsRoot,
      plotsRoot,
      sessionsRoot,
      detailsRoot,
    ];
    for (const root of roots) root.replaceChildren();
  }

  return { alerts, close, details, link, notice, plots, table, tiles, trends };
}
