/** What a driver is told of users and pages, by its numbers: see `Driver::wish`. */
export const OPEN = 0;
export const RECONNECT = 1;
export const REPORT = 2;
const SUSPEND = 3;
const RESUME = 7;
/** Why a session is suspended, which is added to two of them: see `Suspension` in core. */
const CACHED = 0;
const FROZEN = 1;
const HIDDEN = 2;
const OFFLINE = 3;

/**
 * Tells what a page, or a worker, goes through, until `signal` is aborted: that it is suspended or goes on, for which
 * reason, and that it may be `leaving` for good, or is `back` after it was left: then it goes on when that is dealt with.
 * Outside of browsers there is nothing to tell.
 */
export function watchPage(signal, { wish, leaving, back }) {
  const suspend = (why) => wish(SUSPEND + why);
  const resume = (why) => wish(RESUME + why);
  const hear = (target, type, listener) => target.addEventListener(type, listener, { signal });
  if (globalThis.navigator?.onLine !== undefined) {
    if (!navigator.onLine) suspend(OFFLINE);
    hear(globalThis, "offline", () => suspend(OFFLINE));
    hear(globalThis, "online", () => resume(OFFLINE));
  }
  if (typeof document === "undefined") return;
  const look = () => {
    if (document.visibilityState !== "hidden") return resume(HIDDEN);
    suspend(HIDDEN);
    leaving();
  };
  if (document.visibilityState === "hidden") suspend(HIDDEN);
  hear(document, "visibilitychange", look);
  hear(document, "freeze", () => suspend(FROZEN));
  hear(document, "resume", () => resume(FROZEN));
  hear(globalThis, "pageshow", async ({ persisted }) => {
    if (!persisted) return;
    await back();
    if (!signal.aborted) resume(CACHED);
  });
  hear(globalThis, "pagehide", ({ persisted }) => {
    if (persisted) suspend(CACHED);
    leaving({ left: true });
  });
}
