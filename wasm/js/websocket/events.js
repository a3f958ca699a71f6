import { Event } from "../platform/events.js";

/** Node has this class from version 23 on. */
export const CloseEvent =
  globalThis.CloseEvent ??
  class CloseEvent extends Event {
    /** @param {string} type @param {CloseEventInit} [init] */
    constructor(type, { code = 0, reason = "", wasClean = false } = {}) {
      super(type);
      Object.assign(this, { code, reason, wasClean });
    }
  };

/**
 * An `error` event, with what is known of the error.
 * @param {Thrown} error
 */
export function failureEvent(error) {
  const known = error === undefined || error instanceof Event ? {} : { error, message: String(error?.message ?? error) };
  return Object.assign(new Event("error"), known);
}

/** The reason of a `close` event for a cause: time-outs are named. */
export function reasonOf(kind = "") {
  return kind.endsWith("timeout") ? kind.replace("_", " ") : "";
}
