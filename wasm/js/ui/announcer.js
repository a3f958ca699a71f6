/** How long something has to hold before it is worth interrupting for, in ms. */
const SETTLED = 2_000;

/** Tells users of screen readers what has changed, once it has settled. Latencies and flickers are none of it. */
export class Announcer {
  /** @type {HTMLElement} */
  #region;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {string | undefined} What they know, and what they are about to hear. */
  #said;
  /** @type {string | undefined} */
  #next;

  /** @param {HTMLElement} region */
  constructor(region) {
    this.#region = region;
  }

  /** @param {string} text */
  say(text) {
    // What is there from the start is read like any other text.
    this.#said ??= text;
    if (text === this.#next) return;
    this.cancel();
    if (text === this.#said) return;
    this.#next = text;
    this.#timer = setTimeout(() => {
      this.#said = text;
      this.#region.textContent = text;
      this.#next = undefined;
    }, SETTLED);
  }

  cancel() {
    clearTimeout(this.#timer);
    this.#next = undefined;
  }
}
