import { dispatch } from "../common/callback.js";
import { closeOnDispose } from "../common/dispose.js";
import { SteadfastError } from "../common/error.js";
import { CustomEvent, EventTarget } from "../platform/events.js";
import { innerOf } from "./manager.js";
import { Monitor } from "../steadfast_services.js";
import { watchSystem } from "./system.js";

/** What a `HealthMonitor` does; the class itself belongs to an entry, which starts the module first. */
export class HealthMonitorBase extends EventTarget {
  #inner;
  #unwatch;
  /** What the user said of the load. */
  #said = {};
  /** What is known besides. */
  #seen = {};

  constructor(manager, config) {
    super();
    this.#inner = new Monitor(innerOf(manager), config, (event) => {
      const type = event.name.replace(/^health\./, "");
      dispatch(this, new CustomEvent(type, { detail: event }));
    });
    this.#unwatch = watchSystem(
      (lag) => this.#inner.lag(lag),
      (seen) => {
        this.#seen = seen;
        this.#inner.load({ ...seen, ...this.#said });
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

  acknowledgeAlert(id) {
    return this.#open.acknowledge(id);
  }

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
