import type { Connection, Quality, Status } from "./index.js";

/**
 * Shows how a connection is doing: its status and quality in words, its latency, and the last round-trip times as a line.
 *
 * Custom properties: `--steadfast-background`, `--steadfast-border`, `--steadfast-text`, `--steadfast-muted`, and the
 * tones `--steadfast-good`, `--steadfast-fair`, `--steadfast-bad`, `--steadfast-idle`. Parts: `frame`, `dot`, `label`,
 * `quality`, `latency`, `sparkline`.
 */
export class SteadfastStatus extends HTMLElement {
  /**
   * The connection that is shown. Without one, the attribute `connection` may hold an address: the element then keeps a
   * connection of its own to it, while it is in a document.
   */
  get connection(): Connection | undefined;
  set connection(connection: Connection | null | undefined);

  /** The words that are shown; what is absent keeps its English one. */
  get labels(): Record<Status | Quality, string>;
  set labels(labels: Partial<Record<Status | Quality, string>>);
}

declare global {
  interface HTMLElementTagNameMap {
    "steadfast-status": SteadfastStatus;
  }
}
