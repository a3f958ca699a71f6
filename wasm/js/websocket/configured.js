import { SteadfastError, describe } from "../common/error.js";
import { EventTarget } from "../platform/events.js";
import { BASE, baseOf } from "../platform/platform.js";
import { thirdArgument } from "./options.js";

/** @import { SteadfastWebSocketClass, SteadfastWebSocketOptions } from "../index.js" */

/**
 * A class that constructs `parent` with `options`. One on top of `base` itself has the shape of the platform's WebSocket: the
 * members and the constants are its own, and it extends EventTarget. Libraries that instrument, patch or delete the members of
 * `WebSocket.prototype` thus find them where they expect them.
 * @param {any} base any: the class, whose type is made by this function, too
 * @param {Unchecked} parent
 * @param {SteadfastWebSocketOptions} [options]
 */
export function configuredClass(base, parent, options = {}) {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new SteadfastError("config.type", `options: expected an object, not ${describe(options)}`, "options");
  }
  const standsAlone = parent === base;
  const Configured = class extends (standsAlone ? EventTarget : parent) {
    static get [BASE]() {
      return options.WebSocket === undefined ? parent[BASE] : baseOf(options.WebSocket);
    }

    // The platform's class has the length 1.
    /** @param {unknown} url @param {unknown} [protocols] @param {unknown} [more] */
    // @ts-expect-error: a constructor that returns an object needs no super()
    constructor(url, protocols = undefined, more = undefined) {
      if (arguments.length === 0) throw new TypeError("a URL is needed");
      // A constructor that returns an object needs no super(); `parent` constructs it with the prototype of `new.target`.
      return Reflect.construct(parent, [url, protocols, thirdArgument(more, options)], new.target);
    }
  };
  if (standsAlone) {
    copyMembers(base, Configured, ["length", "name", "prototype", BASE, Symbol.hasInstance]);
    copyMembers(base.prototype, Configured.prototype, ["constructor"]);
  }
  Object.defineProperty(Configured, "name", { configurable: true, value: "WebSocket" });
  // Its members are copied, which tsc does not see.
  return /** @type {SteadfastWebSocketClass} */ (/** @type {unknown} */ (Configured));
}

/**
 * Defines the own properties of `from` on `to`, apart from `except`.
 * @param {object} from
 * @param {object} to
 * @param {(string | symbol)[]} except
 */
function copyMembers(from, to, except) {
  for (const name of Reflect.ownKeys(from)) {
    if (!except.includes(name)) Object.defineProperty(to, name, /** @type {PropertyDescriptor} */ (Object.getOwnPropertyDescriptor(from, name)));
  }
}
