import { Gate } from "../steadfast_services.js";

/** What a `RetryThrottle` does; the class itself belongs to an entry, which starts the module first. */
export class RetryThrottleBase {
  #gate;

  constructor(config) {
    this.#gate = new Gate(config);
  }

  /** Changes places with the throttle of a manager of the module: before a decision it has a say in, and after it. For runs. */
  swap(inner) {
    this.#gate.swap(inner);
  }
}
