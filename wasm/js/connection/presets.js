// Heartbeats as known protocols have them. Each preset makes a language for one link:
//
//   ping(id)           the ping to send; absent where the server pings
//   read(data, callbacks)  what a message is: one of the three below, or the id of the ping that it answers. Every message
//                      comes by here, so length and first characters are looked at first. `callbacks` has two functions:
//                      `reply` sends an answer, `promise` tells for how many ms the server will be silent at most.

/** @import { Payload, Received } from "../index.js" */

/** A message for the listeners. */
export const MESSAGE = -1;
/** One that only shows that the peer lives. */
export const ALIVE = -2;
/** One that answers a ping without saying which. */
export const PONG = -3;
/** No message: the server has answered the close frame of a socket that was given up. */
export const CLOSED_CLEANLY = -4;

/**
 * @typedef {object} Replies What reading a message may lead to.
 * @property {(answer: Payload) => void} reply
 * @property {(silence: number) => void} promise
 */

/**
 * @typedef {object} Language Heartbeats on one link: see above.
 * @property {(id: number) => Payload} [ping]
 * @property {(data: Received, callbacks: Replies) => number} read
 */

/** The longest message that is taken apart to see whether it is a ping or a pong. */
const LONGEST = 512;

/** What clients of centrifuge allow a ping to be late by themselves, in ms. */
const CENTRIFUGE_DELAY = 10_000;

const PHOENIX_PONG = /^\[null,"steadfast:(\d{1,10})","phoenix","phx_reply",/;
const STEADFAST_PONG = /^\{"steadfast":"pong","id":(\d{1,10})\}$/;

/** @type {Record<string, () => Language>} */
export const PRESETS = {
  /** A ping of the server is an empty object, alone or as a line among others; it is answered if the server asked for it. */
  centrifuge() {
    /** @type {Unchecked} */
    let connected;
    return {
      read(data, { reply, promise }) {
        if (typeof data !== "string") return MESSAGE;
        if (!connected) {
          connected = data.split("\n").map(parsed).find(({ connect }) => connect)?.connect;
          if (connected?.ping > 0) promise(connected.ping * 1000 + CENTRIFUGE_DELAY);
        }
        const alone = data === "{}";
        if (connected?.pong && (alone || `\n${data}\n`.includes("\n{}\n"))) reply("{}");
        return alone ? ALIVE : MESSAGE;
      },
    };
  },

  /** Version 4 of its protocol: the server says how often it pings as it opens, sends `2` and expects `3`. */
  "engine.io": () => ({
    read(data, { reply, promise }) {
      if (data === "2") {
        reply("3");
        return ALIVE;
      }
      if (typeof data === "string" && data.length <= LONGEST && data.startsWith("0{")) {
        const { pingInterval, pingTimeout } = parsed(data.slice(1));
        if (pingInterval > 0 && pingTimeout > 0) promise(pingInterval + pingTimeout);
      }
      return MESSAGE;
    },
  }),

  /** Either side may ping; a server that does not give the payload back is understood, too. */
  "graphql-transport-ws": () => ({
    ping: (id) => `{"type":"ping","payload":{"steadfast":${id}}}`,
    read(data, { reply }) {
      if (typeof data !== "string" || data.length > LONGEST || !/"p[io]ng"/.test(data)) return MESSAGE;
      const { type, payload } = parsed(data);
      if (type === "ping") {
        reply(JSON.stringify({ type: "pong", payload }));
        return ALIVE;
      }
      if (type !== "pong") return MESSAGE;
      // One with another payload answers a ping of somebody else.
      if (payload === undefined || payload === null) return PONG;
      return payload.steadfast ?? MESSAGE;
    },
  }),

  /** Version 2 of its serializer. The reference tells these heartbeats from those of a library that sends its own. */
  phoenix: () => ({
    ping: (id) => `[null,"steadfast:${id}","phoenix","heartbeat",{}]`,
    read: (data) => idIn(PHOENIX_PONG, data),
  }),

  steadfast: () => ({
    ping: (id) => `{"steadfast":"ping","id":${id}}`,
    read: (data) => idIn(STEADFAST_PONG, data),
  }),
};

/**
 * The id of the ping that a short text answers; `MESSAGE` if it answers none.
 * @param {RegExp} pattern
 * @param {Received} data
 */
function idIn(pattern, data) {
  if (typeof data !== "string" || data.length > LONGEST) return MESSAGE;
  return Number(pattern.exec(data)?.[1] ?? MESSAGE);
}

/**
 * What a text says, if it is JSON.
 * @param {string} text
 * @returns {Unchecked}
 */
function parsed(text) {
  try {
    return JSON.parse(text) ?? {};
  } catch {
    return {};
  }
}
