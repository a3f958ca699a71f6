// What this page, worker or process has to do, as far as it may know.

/** @import { SystemLoad } from "../index.js" */

/** The time between two looks at the event loop, in ms. */
const PERIOD = 500;

/** Number of looks at the lag between two at everything else. */
const LOOKS = 10;

/**
 * Looks from now on: `lag` gets the delay of a turn of the event loop, in ms, and `load` everything else that is known. Gives a
 * function that ends it.
 * @param {(millis: number) => void} lag
 * @param {(load: SystemLoad) => void} load
 * @returns {() => void}
 */
export function watchSystem(lag, load) {
  let blocked = 0;
  const observer = longTasks((duration) => (blocked += duration));
  // The timers of a hidden page are held back, which says nothing of what it has to do.
  const hidden = () => globalThis.document?.hidden ?? false;
  let wasHidden = hidden();
  let last = performance.now();
  let [looks, since] = [0, last];
  const timer = setInterval(() => {
    const now = performance.now();
    if (!hidden() && !wasHidden) lag(Math.max(0, now - last - PERIOD));
    wasHidden = hidden();
    last = now;
    if (++looks % LOOKS > 0) return;
    load({ ...memory(), longTasks: observer && Math.min(1, blocked / (now - since)) });
    [blocked, since] = [0, now];
  }, PERIOD);
  // It is no reason for a program to go on.
  timer.unref?.();
  load(memory());
  return () => {
    clearInterval(timer);
    observer?.disconnect();
  };
}

/** @returns {SystemLoad} */
function memory() {
  const heap = performance.memory;
  if (heap) return { memoryUsed: heap.usedJSHeapSize, memoryTotal: heap.jsHeapSizeLimit };
  return { memoryUsed: globalThis.process?.memoryUsage?.().rss };
}

/** @param {(millis: number) => void} took */
function longTasks(took) {
  if (!globalThis.PerformanceObserver?.supportedEntryTypes?.includes("longtask")) return undefined;
  const observer = new PerformanceObserver((list) => list.getEntries().forEach(({ duration }) => took(duration)));
  observer.observe({ type: "longtask" });
  return observer;
}
