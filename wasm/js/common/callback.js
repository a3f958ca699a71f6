/** Reports what somebody else's code has thrown as the platform reports what listeners throw, after what is being done. */
export function throwLater(error) {
  queueMicrotask(() => {
    throw error;
  });
}

/** Dispatches an event; whatever is thrown, the caller goes on. Targets may be of another realm, or of a polyfill. */
export function dispatch(target, event) {
  try {
    target.dispatchEvent(event);
  } catch (error) {
    throwLater(error);
  }
}

/** A function of up to five arguments that does not throw: what `call` throws goes to `failed`. */
export function guarded(call, failed) {
  return (a, b, c, d, e) => {
    try {
      return call(a, b, c, d, e);
    } catch (error) {
      failed(error);
    }
  };
}
