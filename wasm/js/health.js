import { closeOnDispose } from "./dispose.js";
import { SteadfastError } from "./error.js";
import { halfOf } from "./manager.js";
import { Monitor } from "./steadfast_wasm.js";

/** What a `HealthMonitor` does; the class itself belongs to an entry, which starts the module first. */
export class Monitoring extends EventTarget {
  #half;

  constructor(manager, config) {
    super();
    this.#half = new Monitor(halfOf(manager), config, (event) => {
      const type = event.name.replace(/^health\./, "");
      this.dispatchEvent(new CustomEvent(type, { detail: event }));
    });
  }

  getCurrentHealthMetrics() {
    if (!this.#half) throw new SteadfastError("health.closed", "the monitor is closed");
    return this.#half.metrics();
  }

  close() {
    this.#half?.free();
    this.#half = undefined;
  }
}

closeOnDispose(Monitoring);
