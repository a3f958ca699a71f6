/** The live stream: the collector pushes what changes, over a connection that comes back by itself. */

import { connect } from "steadfast/connect";

import type { Api } from "./api.ts";
import type { LinkView } from "./link.ts";
import type { Model } from "./model.ts";
import { parseLiveMessage } from "./wire.ts";

export interface Live {
  /** Ends the stream for good. */
  close(): Promise<void>;
}

/**
 * Opens the stream into a model.
 *
 * @param missed called when the stream is back after an interruption, during which anything may
 *   have happened
 */
export function openLive(api: Api, model: Model, link: LinkView, missed: () => void): Live {
  // A ticket is good for one dial, so every dial asks for its own.
  const freshUrl = () =>
    api.liveUrl().catch((error: unknown) => {
      model.refused(error);
      throw error;
    });
  const connection = connect(freshUrl, {
    session: { clientType: "dashboard" },
    heartbeat: { preset: "steadfast" },
  });
  const showLink = () => link.show(connection.state);

  connection.addEventListener("message", ({ data }) => {
    const message = typeof data === "string" ? parseLiveMessage(data) : undefined;
    if (message) model.take(message);
    showLink();
  });
  connection.addEventListener("status.changed", ({ detail }) => {
    showLink();
    if (detail.to === "CONNECTED" && connection.state.totalDisconnections > 0) missed();
  });
  connection.addEventListener("heartbeat", showLink);
  connection.addEventListener("quality.changed", showLink);
  connection.addEventListener("retry.attempt", ({ detail }) => {
    link.attemptAt(detail.at + detail.delay);
  });
  showLink();
  return connection;
}
