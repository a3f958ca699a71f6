/** Fills the sections of index.html with the views of the dashboard. */

import type { Address } from "./address/address.ts";
import { Router } from "./address/router.ts";
import { Alerts } from "./alerts/alerts.ts";
import { AlertView } from "./alerts/view.ts";
import type { AlertSource } from "./alerts/view.ts";
import { BreakdownView } from "./breakdown/breakdown.ts";
import { LinkView } from "./collector/link.ts";
import type { Model } from "./collector/model.ts";
import type { Organization } from "./collector/wire.ts";
import { Longer } from "./history/longer.ts";
import { Plots } from "./history/plots.ts";
import { Trends } from "./history/trends.ts";
import { Navigation } from "./navigation.ts";
import { qualities, statuses } from "./overview/distributions.ts";
import { Notices } from "./overview/notices.ts";
import { figures } from "./overview/figures.ts";
import { Details } from "./sessions/details.ts";
import { Table } from "./sessions/table.ts";
import { byId, setText } from "./ui/dom.ts";

export interface Views {
  readonly link: LinkView;
  /** Shows what is known now. */
  render: (now: number) => void;
  /** Says what keeps the page from being up to date; undefined if nothing does. */
  notice: (text: string | undefined) => void;
  /** Empties the page. */
  close: () => void;
}

const SECTIONS = ["figures", "attention", "distributions", "plots", "sessions", "breakdown", "alert-view", "details"] as const;

/** @param draw called when something is to be shown that was not asked for by `render` */
export function buildViews(model: Model, draw: () => void): Views {
  const [figuresRoot, attentionRoot, distributionsRoot, plotsRoot, sessionsRoot, breakdownRoot, alertRoot, detailsRoot] =
    SECTIONS.map((id) => byId(id, HTMLElement)) as [
      HTMLElement,
      HTMLElement,
      HTMLElement,
      HTMLElement,
      HTMLElement,
      HTMLElement,
      HTMLElement,
      HTMLElement,
    ];
  const notice = byId("notice", HTMLElement);
  const router = new Router((address, before) => {
    follow(address);
    if (address.view !== before.view) scrollTo(0, 0);
    draw();
  });
  const link = new LinkView(byId("link", HTMLElement));
  const navigation = new Navigation(byId("views", HTMLElement));
  const alerts = new Alerts(attentionRoot, (id, note) => model.acknowledge(id, note));
  const trends = new Trends(attentionRoot);
  const tiles = [figures(figuresRoot), statuses(distributionsRoot), qualities(distributionsRoot)];
  const longer = new Longer((from, minutes) => model.rollups(from, minutes), draw);
  const plots = new Plots(plotsRoot, model.history, longer, (range) => router.go({ range }));
  const breakdown = new BreakdownView(breakdownRoot, router, (by, from, until) =>
    model.breakdown(by, from, until),
  );
  const alertView = new AlertView(alertRoot, alertSource(model));
  const notices = new Notices(byId("notices", HTMLElement));
  const organization = byId("organization", HTMLElement);
  const table = new Table(sessionsRoot, router, model.listing, (query) => model.csv(query));
  const details = new Details(detailsRoot, router, {
    find: (sessionId) => model.find(sessionId),
    load: (sessionId) => model.load(sessionId),
    events: (sessionId, limit, before) => model.events(sessionId, limit, before),
  });
  follow(router.address);

  function follow(address: Address): void {
    navigation.follow(address);
    plots.follow(address);
    table.follow(address);
    breakdown.follow(address, model.now());
    alertView.follow(address);
    model.watch(address.session);
    details.follow(address);
  }

  function render(now: number): void {
    if (model.metrics) {
      for (const tile of tiles) tile.show(model.metrics, now);
      plots.draw(now);
    }
    alerts.render(model.alerts, model.problem, now);
    trends.render(model.trends, model.history.points, now);
    breakdown.follow(router.address, now);
    alertView.follow(router.address);
    if (model.organization) showOrganization(model.organization, now);
    table.render(now);
    details.render(now);
    link.render(Date.now());
  }

  function showOrganization(known: Organization, now: number): void {
    setText(organization, known.name);
    organization.title = known.name;
    notices.render(known, now);
  }

  function close(): void {
    router.close();
    navigation.close();
    plots.close();
    details.close();
    link.close();
    notice.hidden = true;
    notices.close();
    setText(organization, "");
    for (const id of SECTIONS) byId(id, HTMLElement).replaceChildren();
  }

  return {
    link,
    render,
    close,
    notice(text) {
      notice.hidden = text === undefined;
      setText(notice, text ?? "");
    },
  };
}

function alertSource(model: Model): AlertSource {
  const { api } = model;
  return {
    history: (before) => api.alertHistory(before),
    silences: {
      silences: async () => (await api.silences()).silences,
      add: (wanted) => api.addSilence(wanted),
      remove: (id) => api.removeSilence(id),
    },
    webhooks: {
      webhooks: async () => (await api.webhooks()).webhooks,
      add: (wanted) => api.addWebhook(wanted),
      remove: (id) => api.removeWebhook(id),
      test: (id) => api.testWebhook(id),
    },
    now: () => model.now(),
  };
}
