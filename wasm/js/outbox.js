/** The payloads of messages that no socket has taken yet, in order. */
export class Outbox {
  /** Their lengths on the wire, together. */
  bytes = 0;
  #waiting = [];
  #first = 0;

  get length() {
    return this.#waiting.length - this.#first;
  }

  push(payload, bytes) {
    this.#waiting.push({ payload, bytes });
    this.bytes += bytes;
  }

  /** The one that has waited longest. */
  peek() {
    return this.#waiting[this.#first].payload;
  }

  /** Lets go of the one that has waited longest. */
  shift() {
    this.bytes -= this.#waiting[this.#first].bytes;
    this.#waiting[this.#first++] = undefined;
    // Moved up now and then, so that a queue which is never empty does not grow.
    if (this.#first === this.#waiting.length || this.#first > 1000) {
      this.#waiting.splice(0, this.#first);
      this.#first = 0;
    }
  }

  /** The length of each, in order. */
  lengths() {
    return this.#waiting.slice(this.#first).map(({ bytes }) => bytes);
  }

  clear() {
    this.#waiting.length = this.#first = this.bytes = 0;
  }
}
