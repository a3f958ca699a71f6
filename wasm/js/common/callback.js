/**
 * Reports what somebody else's code has thrown as the platform reports what listeners throw, after what is being done.
 * @param {unknown} error
 */
export function throwLater(error) {
  queueMicrotask(() => {
    throw error;
  });
}

/**
 * Dispatches an event; whatever is thrown, the caller goes on. Targets may be of another realm, or of a polyfill.
 * @param {EventTarget} target
 * @param {Event} event
 */
export function dispatch(target, event) {
  try {
    target.dispatchEvent(event);
  } catch (error) {
    throwLater(error);
  }
}

/**
 * A function of up to five arguments that does not throw: what `call` throws goes to `failed`.
 * @template {unknown[]} Given
 * @template Result
 * @param {(...given: Given) => Result} call
 * @param {(error: unknown) => void} failed
 * @returns {(...given: Given) => Result | undefined}
 */
export function guarded(call, failed) {
  // @ts-expect-error: a list of arguments of any length is not known to have five at most
  return (a, b, c, d, e) => {
    try {
      // @ts-expect-error: as above
      return call(a, b, c, d, e);
    } catch (error) {
      failed(error);
    }
  };
}
