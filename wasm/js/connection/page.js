/** @import { PageCallbacks } from "./contracts.js" */

/** The commands of users and pages to a driver, by its numbers: see `Driver::wish`. */
export const OPEN = 0;
export const RECONNECT = 1;
export const REPORT = 2;
const SUSPEND = 3;
const RESUME = 8;
/** To look at the clocks: a page that is frozen is not asked, so nothing else comes of it. */
export const LOOK = 9;
/** Why a session is suspended, which is added to two of them: see `Suspension` in core. */
const CACHED = 0;
const FROZEN = 1;
const HIDDEN = 2;
const OFFLINE = 3;
const PRERENDERED = 4;
/** The page is left, perhaps for good; and it is back. */
const LEAVE = 13;
const COME_BACK = 14;
/** How often, in ms, the platform is asked while a suspension holds that may end without an event. */
const LOOK_EVERY = 1_000;

/**
 * Tells what a page, or a worker, goes through, until `signal` is aborted: that it is suspended or goes on, for which
 * reason, and that it may be `leaving` for good, or is `back` after it was left: then it goes on when that is dealt with.
 * Outside of browsers there is nothing to tell.
 *
 * Workers of Chromium get no event when the network is back, and no browser promises one to a page that goes on. So while
 * a suspension holds, the platform is asked, too.
 * @param {AbortSignal} signal
 * @param {PageCallbacks} callbacks
 */
export function watchPage(signal, { wish, leaving, back }) {
  const hasPage = typeof document !== "undefined";
  /** @type {Set<number>} */
  const held = new Set();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  /**
   * @param {EventTarget} target
   * @param {string} type
   * @param {(event: any) => void} listener any: the type of the event depends on its name
   */
  const hear = (target, type, listener) => target.addEventListener(type, listener, { signal });
  /** @param {number} why */
  const suspend = (why) => {
    held.add(why);
    wish(SUSPEND + why);
    arm();
  };
  /** @param {number} why */
  const resume = (why) => {
    if (held.delete(why)) wish(RESUME + why);
  };
  const comeBack = async () => {
    if (!held.delete(CACHED)) return;
    await back();
    if (signal.aborted) return;
    wish(COME_BACK);
    wish(RESUME + CACHED);
  };
  const look = () => {
    if (navigator.onLine) resume(OFFLINE);
    if (!hasPage) return;
    if (!document.prerendering) resume(PRERENDERED);
    if (document.visibilityState !== "hidden") resume(HIDDEN);
  };
  // The first time is a whole interval away: a page may run for some moments until it is frozen.
  const arm = () => {
    clearTimeout(timer);
    // A hidden page is looked at when its user may have returned: it may be hidden for hours.
    if (signal.aborted || held.size === Number(held.has(HIDDEN))) return;
    timer = setTimeout(() => {
      // Timers stand still in a page that is frozen or cached: this one runs.
      resume(FROZEN);
      comeBack();
      look();
      arm();
    }, LOOK_EVERY);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));
  if (globalThis.navigator?.onLine !== undefined) {
    if (!navigator.onLine) suspend(OFFLINE);
    hear(globalThis, "offline", () => suspend(OFFLINE));
    hear(globalThis, "online", () => resume(OFFLINE));
  }
  if (!hasPage) return;
  if (document.prerendering) suspend(PRERENDERED);
  if (document.visibilityState === "hidden") suspend(HIDDEN);
  hear(document, "prerenderingchange", look);
  hear(document, "visibilitychange", () => {
    if (document.visibilityState !== "hidden") return resume(HIDDEN);
    suspend(HIDDEN);
    leaving();
  });
  hear(globalThis, "focus", look);
  hear(document, "freeze", () => suspend(FROZEN));
  hear(document, "resume", () => resume(FROZEN));
  hear(globalThis, "pageshow", ({ persisted }) => persisted && comeBack());
  hear(globalThis, "pagehide", ({ persisted }) => {
    // Before it is suspended: so the record is the one of a page that is left.
    wish(LEAVE);
    if (persisted) suspend(CACHED);
    leaving({ left: true });
  });
}
