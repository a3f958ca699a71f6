// Node's own WebSocket, made to end, and the stream of bytes below a socket.

import { baseOf, platformClass } from "./platform.js";

/** @import { Socket } from "../connection/contracts.js" */

/** The class that this process had when the package was loaded. */
const PLATFORM = platformClass();
/** Where Node keeps what makes its connections: the newest name first. */
const DISPATCHERS = [Symbol.for("undici.globalDispatcher.2"), Symbol.for("undici.globalDispatcher.1")];
/** Told of each socket as it begins to connect. */
const CONNECTING = "net.client.socket";

/** @typedef {{ socket?: import("node:net").Socket }} Below What is known of the network connection below a socket. */

/**
 * @typedef {object} Dispatcher What is used of a dispatcher of undici.
 * @property {(options: object, handler: Record<string, any>) => boolean} dispatch any: the functions of a handler differ
 */

/** The least time, in ms, between two calls that tell of bytes. */
const BETWEEN_MOVES = 100;
/** @type {WeakMap<object, Below>} What is known of the connection below each socket of Node's own class. */
const CONNECTIONS = new WeakMap();

/** @type {unknown} */
let endable;
let isWarned = false;

/**
 * The class to dial with in place of `given`. Node's own has no way to end a connection whose peer answers no close frame:
 * the connection stays, and the process with it. Its subclass here has `terminate()`, as the classes of `ws` and Bun have.
 * @param {unknown} given
 */
export function socketClass(given = platformClass()) {
  const base = baseOf(given);
  if (base !== PLATFORM || globalThis.process?.versions.undici === undefined) return base;
  // Test runners put another class, of jsdom, in the place of Node's.
  if (!/\bdispatcher\b/.test(String(base))) return base;
  return (endable ??= endableClass(base));
}

/** @param {any} Platform any: Node's own class, whose second argument holds what only Node knows */
function endableClass(Platform) {
  return class WebSocket extends Platform {
    /** @type {Below} */
    #connection;

    /** @param {string} url @param {string[]} [protocols] @param {{ dispatcher?: Dispatcher }} [options] */
    constructor(url, protocols = [], options = {}) {
      /** @type {Below} */
      const connection = {};
      const dispatcher = options.dispatcher ?? DISPATCHERS.map((name) => /** @type {Unchecked} */ (globalThis)[name]).find(Boolean);
      super(url, { ...options, protocols, dispatcher: dispatcher && watched(dispatcher, connection) });
      this.#connection = connection;
      CONNECTIONS.set(this, connection);
      if (!dispatcher) warn();
    }

    /** Ends the connection at once. */
    terminate() {
      this.#connection.socket?.destroy();
    }
  };
}

/**
 * A function that has its argument called while bytes come over `socket`, which has opened by then: parts of a message
 * count. It does nothing for a class that does not show its stream, as those of Bun and Deno. `ws` shows it by the answer to
 * the upgrade. To be called before the socket opens.
 * @param {Socket} socket
 */
export function streamBelow(socket) {
  const connection = CONNECTIONS.get(socket) ?? {};
  try {
    socket.once?.("upgrade", (response) => (connection.socket = response?.socket));
  } catch {
    // The class has another method of that name.
  }
  return (/** @type {(now: number) => unknown} */ moved) => {
    let told = 0;
    connection.socket?.on?.("data", () => {
      const now = performance.now();
      if (now - told < BETWEEN_MOVES) return;
      told = now;
      moved(now);
    });
  };
}

/**
 * A dispatcher that notes down in `connection` the socket of what it connects.
 * @param {Dispatcher} dispatcher
 * @param {Below} connection
 * @returns {Dispatcher}
 */
function watched(dispatcher, connection) {
  return {
    dispatch(options, handler) {
      // A connection that is open already may be taken for the upgrade.
      for (const name of ["onUpgrade", "onRequestUpgrade"]) {
        const upgraded = handler[name];
        if (upgraded === undefined) continue;
        handler[name] = /** @this {unknown} @param {...Unchecked} given */ function (...given) {
          connection.socket = given.at(-1);
          return upgraded.apply(this, given);
        };
      }
      const begun = (/** @type {Unchecked} */ { socket }) => (connection.socket = socket);
      const { subscribe, unsubscribe } = process.getBuiltinModule("node:diagnostics_channel");
      subscribe(CONNECTING, begun);
      try {
        return dispatcher.dispatch(options, handler);
      } finally {
        unsubscribe(CONNECTING, begun);
      }
    },
  };
}

function warn() {
  if (isWarned) return;
  isWarned = true;
  const reason = "this Node's WebSocket cannot be ended, so a connection whose peer is gone keeps the process alive";
  const message = `${reason}; give the class of the package ws: connect(url, { WebSocket })`;
  process.emitWarning(message, { code: "STEADFAST_SOCKET" });
}
