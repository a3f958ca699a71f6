import { isObject, number, numbers, oneOf, read } from "./fields.js";
import { Gate } from "./steadfast_services.js";

/** The kinds, in the order of retry.rs. */
const THROTTLES = {
  TOKEN_BUCKET: { maxTokens: number, tokenRatio: number },
  QUOTA: { capacity: number, cost: number, overloadCost: number, refund: number },
  RATIO: { share: number, perSecond: number, window: number },
};
const NAMES = Object.keys(THROTTLES);
const type = oneOf(NAMES, "QUOTA, RATIO or TOKEN_BUCKET");

/** What a `RetryThrottle` does; the class itself belongs to an entry, which starts the module first. */
export class Throttling {
  #gate;

  constructor(config) {
    const kind = (isObject(config) && type(config.type, "throttle.type")) || 0;
    const [, ...rest] = read(config, { type, ...THROTTLES[NAMES[kind]] }, "throttle");
    this.#gate = new Gate(kind, numbers(rest));
  }

  /** Changes places with the throttle of a manager's half: before a decision it has a say in, and after it. For runs. */
  swap(half) {
    this.#gate.swap(half);
  }
}
