import { OPEN } from "./page.js";
import { Driver as Unguarded } from "../steadfast_connection.js";

/** The methods by which something comes in. */
const METHODS = [
  "answered",
  "close",
  "control",
  "enqueue",
  "finish",
  "handshakeFailed",
  "heard",
  "pass",
  "promised",
  "refused",
  "reported",
  "wish",
];

/**
 * The driver, which goes on whatever is thrown through one of its methods. No destructor of the module runs then: the stack
 * may have been too small, for one.
 */
export class Driver extends Unguarded {
  #isOpen = false;

  /** @param {number} what */
  wish(what) {
    this.#isOpen ||= what === OPEN;
    super.wish(what);
  }

  free() {
    try {
      super.free();
    } catch {
      // The module takes it for one that is still in use.
    }
  }

  static {
    for (const name of METHODS) {
      const method = /** @type {Unchecked} */ (this.prototype)[name];
      /** @type {Unchecked} */ (this.prototype)[name] = /** @this {Driver} @param {...unknown} given */ function (...given) {
        try {
          return method.apply(this, given);
        } catch (error) {
          this.#recover();
          throw error;
        }
      };
    }
  }

  #recover() {
    try {
      if (this.#isOpen) this.recover();
    } catch {
      // The error that is being thrown says more.
    }
  }
}
