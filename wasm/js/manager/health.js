import { dispatch } from "../common/callback.js";
import { closeOnDispose } from "../common/dispose.js";
import { SteadfastError } from "../common/error.js";
import { CustomEvent, EventTarget } from "../platform/events.js";
import { innerOf } from "./manager.js";
import { Monitor } from "../steadfast_services.js";
import { watchSystem } from "./system.js";

/** @import { HealthOptions, SystemLoad } from "../index.js" */

/** What a `HealthMonitor` does; the class itself belongs to an entry, which starts the module first. */
export class HealthMonitorBase extends EventTarget {
  /** @type {Monitor | undefined} */
  #inner;
  /** @type {(() => void) | undefined} */
  #unwatch;
  /** @type {SystemLoad} What the user said of the load. */
  #said = {};
  /** @type {SystemLoad} What is known besides. */
  #seen = {};

  /** @param {unknown} manager @param {HealthOptions} [config] */
  constructor(manager, config) {
    super();
    this.#inner = new Monitor(innerOf(manager), config, (event) => {
      const type = event.name.replace(/^health\./, "");
      dispatch(this, new CustomEvent(type, { detail: event }));
    });
    this.#unwatch = watchSystem(
      (lag) => /** @type {Monitor} */ (this.#inner).lag(lag),
      (seen) => {
        this.#seen = seen;
        /** @type {Monitor} */ (this.#inner).load({ ...seen, ...this.#said });
        this.#said = {};
      },
    );
  }

  getCurrentHealthMetrics() {
    return this.#open.metrics();
  }

  getHealthSummary() {
    return this.#open.summary();
  }

  getActiveAlerts() {
    return this.#open.alerts(false);
  }

  getAlerts() {
    return this.#open.alerts(true);
  }

  /** @param {number} id */
  acknowledgeAlert(id) {
    return this.#open.acknowledge(id);
  }

  /** @param {Pick<SystemLoad, "cpu" | "queue">} load */
  reportSystemLoad(load) {
    this.#open.load({ ...this.#seen, ...load });
    this.#said = load;
  }

  close() {
    this.#unwatch?.();
    this.#inner?.free();
    this.#inner = this.#unwatch = undefined;
  }

  get #open() {
    if (this.#inner) return this.#inner;
    throw new SteadfastError("health.closed", "the monitor is closed");
  }
}

closeOnDispose(HealthMonitorBase);
