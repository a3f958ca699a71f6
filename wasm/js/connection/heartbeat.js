import { SteadfastError, describe, requireFunction } from "../common/error.js";
import { ALIVE, MESSAGE, PONG, PRESETS } from "./presets.js";

/** @import { HeartbeatByFunctions, Received } from "../index.js" */
/** @import { Language, Replies } from "./presets.js" */

/** Number of pings without ids that are remembered, as in the core. */
const MOST_IN_FLIGHT = 4;
const FUNCTIONS = ["ping", "pong", "answer", "promise"];
/** The longest silence that may be promised, in ms: a day. */
const LONGEST_SILENCE = 86_400_000;

/**
 * What the option `heartbeat` says of messages: a function that gives the language of a new link, and whether pings are
 * sent in it; and what is left, which is about time.
 * @param {Unchecked} given
 * @returns {{ timing: unknown, beats?: boolean, language?: () => Language }}
 */
export function heartbeatOf(given) {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return { timing: given };
  const { preset, ping, pong, answer, promise, ...timing } = given;
  /** @type {Record<string, Unchecked>} */
  const own = { ping, pong, answer, promise };
  const named = FUNCTIONS.filter((name) => own[name] !== undefined);
  for (const name of named) requireFunction(`heartbeat.${name}`, own[name]);
  if (preset === undefined) {
    if (named.length === 0) return { timing };
    return { timing, beats: ping !== undefined, language: () => ownLanguage(own) };
  }
  if (named.length > 0) {
    const field = `heartbeat.${named[0]}`;
    throw new SteadfastError("config.type", `${field}: give either a preset or functions`, field);
  }
  if (typeof preset !== "string") {
    throw new SteadfastError("config.type", `heartbeat.preset: expected a text, not ${describe(preset)}`, "heartbeat.preset");
  }
  if (!Object.hasOwn(PRESETS, preset)) {
    const message = `heartbeat.preset is "${preset}"; known is ${Object.keys(PRESETS).join(", ")}`;
    throw new SteadfastError("config.unknown_value", message, "heartbeat.preset");
  }
  const language = PRESETS[preset];
  return { timing, beats: language().ping !== undefined, language };
}

/**
 * The functions of the user's own, as a language.
 * @param {Pick<HeartbeatByFunctions, "ping" | "pong" | "answer" | "promise">} own
 * @returns {Language}
 */
function ownLanguage({ ping, pong, answer, promise }) {
  return {
    ping,
    read(data, callbacks) {
      const silence = promise?.(data);
      if (silence !== undefined) callbacks.promise(requireSilence(silence));
      const id = pong?.(data);
      if (id === true) return PONG;
      if (typeof id === "number") return id;
      const answered = answer?.(data);
      if (answered === undefined) return MESSAGE;
      callbacks.reply(answered);
      return ALIVE;
    },
  };
}

/** @param {unknown} silence */
function requireSilence(silence) {
  if (typeof silence === "number" && silence > 0 && silence <= LONGEST_SILENCE) return silence;
  const field = "heartbeat.promise";
  const message = `${field} gave ${typeof silence === "number" ? silence : describe(silence)}; allowed is more than 0 ms and at most a day`;
  throw new SteadfastError("config.out_of_range", message, field);
}

/** The heartbeats of one link, in a language. */
export class Heartbeats {
  /** @type {Language} */
  #language;
  /** @type {number[]} */
  #inFlight = [];

  /** @param {Language} language */
  constructor(language) {
    this.#language = language;
  }

  /**
   * The ping with an id.
   * @param {number} id
   */
  ping(id) {
    this.#inFlight.push(id);
    if (this.#inFlight.length > MOST_IN_FLIGHT) this.#inFlight.shift();
    return /** @type {Required<Language>} */ (this.#language).ping(id);
  }

  /**
   * What a message is: `MESSAGE`, `ALIVE`, or the id of the ping that it answers. One without an id answers the oldest
   * ping in flight, and is for the listeners if there is none. What is to be answered goes to `reply`, and how long the
   * server will be silent at most, in ms, to `promise`.
   * @param {Received} data
   * @param {Replies} callbacks
   * @returns {number}
   */
  read(data, callbacks) {
    const read = this.#language.read(data, callbacks);
    if (read === MESSAGE || read === ALIVE) return read;
    if (read === PONG) return this.#inFlight.shift() ?? MESSAGE;
    const place = this.#inFlight.indexOf(read);
    // Those before it will not be answered any more: messages do not overtake each other.
    return this.#inFlight.splice(0, place + 1).at(-1) ?? ALIVE;
  }
}
