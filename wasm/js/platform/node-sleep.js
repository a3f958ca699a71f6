// Notices that the machine has slept. Node's timers stand still meanwhile, and nothing tells: so the clocks are looked at now and
// then, by one timer for all connections of a process.

/** How often, in ms. */
const EVERY = 2_000;

/** A wall clock that is off by less was corrected: `Clock::TOLERANCE` in core. */
const TOLERANCE = 2_000;

/** @type {Set<() => void>} */
const looks = new Set();
/** @type {ReturnType<typeof setInterval> | undefined} */
let timer;
/** @type {number} How far the wall clock was ahead of the one that nobody sets. */
let ahead;

/**
 * Calls `look` when the machine may have slept, until `signal` is aborted.
 * @param {AbortSignal} signal
 * @param {() => void} look
 */
export function watchSleep(signal, look) {
  looks.add(look);
  signal.addEventListener("abort", () => {
    looks.delete(look);
    if (looks.size === 0) clearInterval(timer);
  });
  if (looks.size > 1) return;
  ahead = difference();
  timer = setInterval(compare, EVERY);
  // It is no reason for a program to go on.
  if (typeof timer === "number") globalThis.Deno?.unrefTimer(timer);
  else timer.unref();
}

function difference() {
  return Date.now() - performance.now();
}

function compare() {
  const before = ahead;
  ahead = difference();
  if (ahead - before > TOLERANCE) for (const look of looks) look();
}
