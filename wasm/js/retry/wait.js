/** The longest delay that `setTimeout` takes; a longer one would fire at once. */
const LONGEST = 2 ** 31 - 1;

/** Calls back once, after any number of milliseconds; one beyond what `setTimeout` takes is approached in steps. */
export class Wait {
  /** @type {number} */
  #due;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  #timer;
  /** @type {() => void} */
  #done;

  /** @param {number} millis @param {() => void} done */
  constructor(millis, done) {
    this.#due = performance.now() + millis;
    this.#done = done;
    this.#arm(millis);
  }

  cancel() {
    clearTimeout(this.#timer);
  }

  /** @param {number} millis */
  #arm(millis) {
    // Rounded up: one that fires a moment early would be armed again for nothing.
    this.#timer = setTimeout(() => this.#look(), Math.min(Math.ceil(millis), LONGEST));
  }

  #look() {
    const left = this.#due - performance.now();
    // Clocks and timers differ by up to a millisecond.
    if (left > 1) return this.#arm(left);
    this.#done();
  }
}
