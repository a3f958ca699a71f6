/** Each class of this package, whichever copy of it, has under this name the class that it is on top of. */
export const BASE = Symbol.for("steadfast.WebSocket");

/** The platform's class when the package is loaded: a program may put `SteadfastWebSocket` in its place later. */
const loadedWith = baseOf(globalThis.WebSocket);

/** The platform's WebSocket class; undefined if there is none. One that is added after the package was loaded counts. */
export function platformClass() {
  return loadedWith ?? baseOf(globalThis.WebSocket);
}

/**
 * The class that a class of this package is on top of; any other class itself.
 * @template Given
 * @param {Given} given
 * @returns {Given}
 */
export function baseOf(given) {
  return typeof given === "function" && BASE in given ? /** @type {Unchecked} */ (given)[BASE] : given;
}
