// Values that are the same object as long as nothing has changed, which is what React compares by.

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

export const stateOf = remembered(CONNECTION_EVENTS, (connection) => connection.state);

export const qualityOf = remembered(CONNECTION_EVENTS, (connection) => {
  const { connectionQuality, latency } = connection.state;
  return { quality: connectionQuality, score: connection.score, latency };
});

export const healthOf = remembered(["metrics.collected"], (monitor) => monitor.getCurrentHealthMetrics());

/** Gives each target one and the same `Snapshots` of what `read` reads. */
function remembered(events, read) {
  const known = new WeakMap();
  return (target) => {
    if (!known.has(target)) known.set(target, new Snapshots(target, events, read));
    return known.get(target);
  };
}

/** What is read of a target, as of its last event; listens only while somebody wants to know. */
class Snapshots {
  #target;
  #events;
  #read;
  #value;
  #listeners = new Set();

  constructor(target, events, read) {
    this.#target = target;
    this.#events = events;
    this.#read = read;
    this.#refresh();
  }

  current = () => this.#value;

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

/** Whether two values read the same: texts, numbers, and plain objects of such. */
function isSame(a, b) {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && isSame(a[name], b[name]));
}
