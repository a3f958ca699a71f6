// The entry `steadfast/status`: the element `<steadfast-status>`. Importing it on a server touches nothing.

import { Announcer } from "../ui/announcer.js";
import { Sparkline } from "../ui/sparkline.js";
import { styled } from "../ui/status-style.js";

/** @import { Connection, ConnectionEventMap, Quality, Status } from "../index.js" */

const NAME = "steadfast-status";

/** @type {(keyof ConnectionEventMap)[]} */
const EVENTS = ["error", "open", "quality.changed", "retry.attempt", "retry.exhausted", "status.changed"];

/** @type {Record<Status | Quality, string>} */
const LABELS = {
  CONNECTED: "Connected",
  DISCONNECTED: "Disconnected",
  FAILED: "Connection failed",
  RECONNECTING: "Connecting",
  SUSPENDED: "Paused",
  EXCELLENT: "excellent",
  GOOD: "good",
  POOR: "poor",
  CRITICAL: "critical",
};

/** Servers have no elements. */
const Element = globalThis.HTMLElement ?? class {};

/** Shows the status, quality and latency of a connection. */
export class SteadfastStatus extends Element {
  static observedAttributes = ["connection"];

  /** @type {Connection | undefined} The connection that was given, if any, and the one that the attribute asked for. */
  #given;
  /** @type {Connection | undefined} */
  #own;
  /** @type {string | null | undefined} The address of the latter. */
  #address;
  #labels = LABELS;
  /** @type {AbortController | undefined} Aborted when nothing is listened for any more. */
  #watching;
  /** @type {ReturnType<typeof styled>} */
  #parts;
  /** @type {Sparkline} */
  #sparkline;
  /** @type {Announcer} */
  #announcer;

  constructor() {
    super();
    const root = this.attachShadow({ mode: "open" });
    this.#parts = styled(root);
    this.#sparkline = new Sparkline(this.#parts.sparkline);
    this.#announcer = new Announcer(this.#parts.announcement);
  }

  /** @returns {Connection | undefined} The connection that is shown. */
  get connection() {
    return this.#given ?? this.#own;
  }

  /** @param {Connection | null | undefined} connection */
  set connection(connection) {
    this.#given = connection ?? undefined;
    this.#settle();
  }

  /** @returns {Record<Status | Quality, string>} Other words for what is shown. */
  get labels() {
    return { ...this.#labels };
  }

  /** @param {Partial<Record<Status | Quality, string>>} labels */
  set labels(labels) {
    this.#labels = { ...LABELS, ...labels };
    this.#show();
  }

  connectedCallback() {
    // Set before the element was known to be one, it would hide the property.
    for (const name of ["connection", "labels"]) {
      if (!Object.hasOwn(this, name)) continue;
      const value = /** @type {Unchecked} */ (this)[name];
      delete (/** @type {Unchecked} */ (this)[name]);
      /** @type {Unchecked} */ (this)[name] = value;
    }
    this.#settle();
  }

  disconnectedCallback() {
    this.#unwatch();
    // An element that is only moved is back at once.
    queueMicrotask(() => this.isConnected || this.#settle());
  }

  attributeChangedCallback() {
    this.#settle();
  }

  /** Opens and closes what it has to, and watches what it shows. */
  #settle() {
    this.#unwatch();
    const address = this.#given || !this.isConnected ? null : this.getAttribute("connection");
    if (address !== this.#address) {
      this.#own?.close();
      this.#own = undefined;
      this.#address = address;
      if (address) this.#open(address);
    }
    this.#watch();
  }

  /** @param {string} address */
  async #open(address) {
    const { connect } = await import("./connect.js");
    if (this.#address !== address || this.#own) return;
    try {
      this.#own = connect(address);
    } catch (error) {
      this.dispatchEvent(Object.assign(new Event("error"), { error }));
      return;
    }
    this.#settle();
  }

  #watch() {
    this.#sparkline.follow(this.connection);
    const { connection } = this;
    if (this.isConnected && connection) {
      this.#watching = new AbortController();
      const { signal } = this.#watching;
      for (const event of EVENTS) connection.addEventListener(event, () => this.#show(), { signal });
      const beaten = (/** @type {ConnectionEventMap["heartbeat"]} */ { detail }) => {
        this.#sparkline.push(detail.rtt);
        this.#show();
      };
      connection.addEventListener("heartbeat", beaten, { signal });
    }
    this.#show();
  }

  #unwatch() {
    this.#watching?.abort();
    this.#watching = undefined;
    this.#announcer.cancel();
  }

  #show() {
    const { status = "DISCONNECTED", connectionQuality, latency } = this.connection?.state ?? {};
    const up = status === "CONNECTED";
    const quality = up ? connectionQuality : undefined;
    const { frame, label, quality: qualityText, latency: latencyText } = this.#parts;
    frame.dataset.status = status;
    frame.dataset.quality = quality ?? "";
    label.textContent = this.#labels[status];
    qualityText.textContent = quality ? this.#labels[quality] : "";
    latencyText.textContent = up && latency !== undefined ? `${Math.round(latency)} ms` : "";
    if (this.#watching) this.#announcer.say(quality ? `${label.textContent}, ${qualityText.textContent}` : label.textContent);
  }
}

const { customElements } = globalThis;
if (customElements && !customElements.get(NAME)) customElements.define(NAME, SteadfastStatus);
