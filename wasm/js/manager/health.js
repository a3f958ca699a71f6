import { dispatch } from "../common/callback.js";
import { closeOnDispose } from "../common/dispose.js";
import { SteadfastError } from "../common/error.js";
import { CustomEvent, EventTarget } from "../platform/events.js";
import { halfOf } from "./manager.js";
import { Monitor } from "../steadfast_services.js";
import { watchSystem } from "./system.js";

/** What a `HealthMonitor` does; the class itself belongs to an entry, which starts the module first. */
export class Monitoring extends EventTarget {
  #half;
  #unwatch;
  /** What the user said of the load. */
  #said = {};
  /** What is known besides. */
  #seen = {};

  constructor(manager, config) {
    super();
    this.#half = new Monitor(halfOf(manager), config, (event) => {
      const type = event.name.replace(/^health\./, "");
      dispatch(this, new CustomEvent(type, { detail: event }));
    });
    this.#unwatch = watchSystem(
      (lag) => this.#half.lag(lag),
      (seen) => {
        this.#seen = seen;
        this.#half.load({ ...seen, ...this.#said });
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
    this.#half?.free();
    this.#half = this.#unwatch = undefined;
  }

  get #open() {
    if (this.#half) return this.#half;
    throw new SteadfastError("health.closed", "the monitor is closed");
  }
}

closeOnDispose(Monitoring);
