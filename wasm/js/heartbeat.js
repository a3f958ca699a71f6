import { SteadfastError, describe, requireFunction } from "./error.js";
import { ALIVE, MESSAGE, PONG, PRESETS } from "./presets.js";

/** So many pings without ids are remembered, as the core does. */
const MOST_IN_FLIGHT = 4;
const FUNCTIONS = ["ping", "pong", "answer"];

/**
 * What the option `heartbeat` says of messages: a function that gives the language of a new link, and whether pings are
 * sent in it; and what is left, which is about time.
 */
export function heartbeatOf(given) {
  if (typeof given !== "object" || given === null || Array.isArray(given)) return { timing: given };
  const { preset, ping, pong, answer, ...timing } = given;
  const own = { ping, pong, answer };
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

/** The functions of the user's own, as a language. */
function ownLanguage({ ping, pong, answer }) {
  return {
    ping,
    read(data, reply) {
      const id = pong?.(data);
      if (id === true) return PONG;
      if (typeof id === "number") return id;
      const answered = answer?.(data);
      if (answered === undefined) return MESSAGE;
      reply(answered);
      return ALIVE;
    },
  };
}

/** The heartbeats of one link, in a language. */
export class Heartbeats {
  #language;
  #inFlight = [];

  constructor(language) {
    this.#language = language;
  }

  /** The ping with an id. */
  ping(id) {
    this.#inFlight.push(id);
    if (this.#inFlight.length > MOST_IN_FLIGHT) this.#inFlight.shift();
    return this.#language.ping(id);
  }

  /**
   * What a message is: `MESSAGE`, `ALIVE`, or the id of the ping that it answers. One without an id answers the oldest
   * ping in flight, and is for the listeners if there is none. What is to be answered goes to `reply`.
   */
  read(data, reply) {
    const read = this.#language.read(data, reply);
    if (read === MESSAGE || read === ALIVE) return read;
    if (read === PONG) return this.#inFlight.shift() ?? MESSAGE;
    const place = this.#inFlight.indexOf(read);
    // Those before it will not be answered any more: messages do not overtake each other.
    return this.#inFlight.splice(0, place + 1).at(-1) ?? ALIVE;
  }
}
