// Values that are the same object as long as nothing has changed, which is what React compares by.

/** @import { Connection, HealthMonitor } from "../index.js" */

const CONNECTION_EVENTS = [
  "disconnected",
  "error",
  "heartbeat",
  "open",
  "quality.changed",
  "registered",
  "retry.attempt",
  "retry.exhausted",
  "retry.failed",
  "retry.success",
  "status.changed",
];

export const stateOf = remembered(CONNECTION_EVENTS, (/** @type {Connection} */ connection) => connection.state);

export const qualityOf = remembered(CONNECTION_EVENTS, (/** @type {Connection} */ connection) => {
  const { connectionQuality, latency } = connection.state;
  return { quality: connectionQuality, score: connection.score, latency };
});

export const healthOf = remembered(["metrics.collected"], (/** @type {HealthMonitor} */ monitor) => monitor.getCurrentHealthMetrics());

/** @typedef {Pick<EventTarget, "addEventListener" | "removeEventListener">} Target */

/**
 * Gives each target one and the same `Snapshots` of what `read` reads.
 * @template {Target} Of
 * @template Value
 * @param {string[]} events
 * @param {(target: Of) => Value} read
 */
function remembered(events, read) {
  /** @type {WeakMap<Of, Snapshots<Of, Value>>} */
  const known = new WeakMap();
  return (/** @type {Of} */ target) => {
    if (!known.has(target)) known.set(target, new Snapshots(target, events, read));
    return known.get(target);
  };
}

/**
 * What is read of a target, as of its last event; listens only while somebody wants to know.
 * @template {Target} Of
 * @template Value
 */
class Snapshots {
  /** @type {Of} */
  #target;
  /** @type {string[]} */
  #events;
  /** @type {(target: Of) => Value} */
  #read;
  /** @type {Value | undefined} */
  #value;
  /** @type {Set<{ listener: () => void }>} */
  #listeners = new Set();

  /** @param {Of} target @param {string[]} events @param {(target: Of) => Value} read */
  constructor(target, events, read) {
    this.#target = target;
    this.#events = events;
    this.#read = read;
    this.#refresh();
  }

  current = () => this.#value;

  /** @param {() => void} listener */
  subscribe = (listener) => {
    const use = { listener };
    if (this.#listeners.size === 0) {
      for (const event of this.#events) this.#target.addEventListener(event, this.#changed);
      this.#refresh();
    }
    this.#listeners.add(use);
    return () => {
      this.#listeners.delete(use);
      if (this.#listeners.size > 0) return;
      for (const event of this.#events) this.#target.removeEventListener(event, this.#changed);
    };
  };

  #changed = () => {
    if (this.#refresh()) for (const { listener } of this.#listeners) listener();
  };

  /** Whether there is a new value. */
  #refresh() {
    let value;
    try {
      value = this.#read(this.#target);
    } catch {
      // It was closed: what was known last stays.
      return false;
    }
    if (isSame(value, this.#value)) return false;
    this.#value = value;
    return true;
  }
}

/**
 * Whether two values read the same: texts, numbers, and plain objects of such.
 * @param {Unchecked} a
 * @param {Unchecked} b
 * @returns {boolean}
 */
function isSame(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && isSame(a[name], b[name]));
}
