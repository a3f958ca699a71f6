import { closeOnDispose } from "./dispose.js";
import { SteadfastError } from "./error.js";
import { number, numbers, object, read, whole } from "./fields.js";
import { halfOf } from "./manager.js";
import { Monitor } from "./steadfast_services.js";
import { watchSystem } from "./system.js";
import { timers } from "./timers.js";

const RULE = object({ raise: number, clear: number, for: number, keepFiringFor: number });
/** In the order of health.rs. */
const HEALTH = {
  interval: number,
  trendBucket: number,
  keepResolved: number,
  errorRateEvents: whole,
  highLatency: RULE,
  highErrorRate: RULE,
  lowConnectionQuality: RULE,
  systemOverload: object({ cpu: number, queue: number, clear: number, loopLag: number, for: number, keepFiringFor: number }),
};
const LOAD = { cpu: number, queue: number, longTasks: number, memoryUsed: number, memoryTotal: number };

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
    const wait = timers(() => {
      this.#half.elapsed();
      this.#tell();
    });
    this.#half = new Monitor(halfOf(manager), numbers(read(config, HEALTH, "health")), { wait });
    this.#unwatch = watchSystem(
      (lag) => this.#half.lag(lag),
      (seen) => {
        this.#seen = seen;
        this.#load({ ...seen, ...this.#said });
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
    const alert = this.#open.acknowledge(Number.isInteger(id) ? id : 0);
    this.#tell();
    return alert;
  }

  reportSystemLoad(load) {
    this.#load({ ...this.#seen, ...load });
    this.#said = load;
  }

  close() {
    this.#unwatch?.();
    this.#half?.free();
    this.#half = this.#unwatch = undefined;
  }

  #load(load) {
    const half = this.#open;
    half.load(numbers(read(load, LOAD, "load")));
  }

  /** Tells of what happened. A listener may close. */
  #tell() {
    for (let event = this.#half?.nextEvent(); event; event = this.#half?.nextEvent()) {
      this.dispatchEvent(new CustomEvent(event.name.replace(/^health\./, ""), { detail: event }));
    }
  }

  get #open() {
    if (this.#half) return this.#half;
    throw new SteadfastError("health.closed", "the monitor is closed");
  }
}

closeOnDispose(Monitoring);
