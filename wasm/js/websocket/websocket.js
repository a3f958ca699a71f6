import { Backlog } from "./backlog.js";
import { Connection, handOverWaiting, takeWaiting } from "../connection/connection.js";
import { CloseEvent, failureEvent, reasonOf } from "./events.js";
import { Handlers, defineHandlers } from "./handlers.js";
import { Event, EventTarget, MessageEvent } from "../platform/events.js";
import { BASE, platformClass } from "../platform/platform.js";
import { checkedGoodbye, checkedPayload, checkedProtocols, checkedUrl } from "./checks.js";
import { configuredClass } from "./configured.js";
import { socketOptions, thirdArgument } from "./options.js";

/** @import { Address, Asked, CloseOptions, Payload, Protocols, Received, SteadfastWebSocketOptions } from "../index.js" */
/** @import { WithDefined } from "./defined.js" */
/** @import { Loader } from "../platform/loader.js" */
/** @import { Observer, Socket, SocketEnd } from "../connection/contracts.js" */

/** @typedef {0 | 1 | 2 | 3} State */

const STATES = /** @type {const} */ ({ CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 });
const { CONNECTING, OPEN, CLOSING, CLOSED } = STATES;
/** How long the `close` event may take after `close()` of a socket that has not opened, in ms. */
const CLOSE_OF_DIAL = 250;
/** Closed without a close frame. Deno says 0 instead. */
const ABNORMAL = 1006;
const MEMBERS = ["binaryType", "bufferedAmount", "close", "extensions", "protocol", "readyState", "send", "url"];

/** What is written to the console for those who look for a fault: no message and no address. */
const SPOKEN_OF = ["status.changed", "disconnected", "retry.attempt", "retry.failed"];

/**
 * The class, on top of a loader.
 * @param {Loader} loader
 */
export function webSocketClass(loader) {
  /**
   * A connection with the face of a `WebSocket`. Each dial ends in one `close` event, unless `reconnect` is off: then
   * dials that fail are not told of, and the first link that is lost is the last.
   */
  class SteadfastWebSocket extends EventTarget {
    static {
      // Whatever the bundler calls it.
      Object.defineProperty(this, "name", { configurable: true, value: "SteadfastWebSocket" });
    }

    /** @type {Address | ((asked: Asked) => Address | Promise<Address>)} */
    #address;
    /** @type {string[] | ((asked: Asked) => Protocols | Promise<Protocols>)} */
    #protocols;
    /** @type {ReturnType<typeof socketOptions>["own"]} */
    #own;
    /** @type {ReturnType<typeof socketOptions>["connection"]} */
    #options;
    /** @type {Connection} Absent before the first dial. */
    #connection;
    /** Whether there will be no further dial. */
    #ended = true;
    /** @type {State} */
    #state = CLOSED;
    #url = "";
    #origin = "";
    /** @type {Socket | undefined} The socket of the present or the last dial. */
    #socket;
    /** @type {BinaryType} */
    #binaryType = "blob";
    /** @type {unknown} What its socket said of the end of the present dial. */
    #error;
    /** @type {SocketEnd | undefined} */
    #goodbye;
    /** @type {(() => void) | undefined} Ends waiting for the peer's goodbye. */
    #leave;
    /** @type {Backlog} What was given while no link is wanted, and what waited when that began. */
    #backlog;
    /** The number of the last retry that was reported. */
    #retries = 0;
    #handlers = new Handlers(this);

    /**
     * @param {Address | ((asked: Asked) => Address | Promise<Address>)} url
     * @param {Protocols | null | ((asked: Asked) => Protocols | Promise<Protocols>)} [protocols]
     * @param {SteadfastWebSocketOptions} [options]
     */
    constructor(url, protocols = undefined, options = undefined) {
      super();
      if (arguments.length === 0) throw new TypeError("a URL is needed");
      // What comes after the arguments that are known does no harm to the platform's class either.
      const { own, connection } = socketOptions(thirdArgument(options));
      this.#own = own;
      this.#options = connection;
      this.#backlog = new Backlog(connection.outbox);
      this.#address = typeof url === "function" ? url : (this.#url = checkedUrl(url));
      this.#protocols = typeof protocols === "function" ? protocols : checkedProtocols(protocols);
      if (!own.startClosed) this.#begin();
    }

    /**
     * A class with these options, for libraries that call the constructor themselves.
     * @param {SteadfastWebSocketOptions} options
     */
    static with(options) {
      return configuredClass(SteadfastWebSocket, this, options);
    }

    /**
     * A socket of a class of `with()` is one of this class, too, though its prototype chain does not say so.
     * @param {unknown} value
     */
    static [Symbol.hasInstance](value) {
      if (this !== SteadfastWebSocket) return super[Symbol.hasInstance](value);
      return typeof value === "object" && value !== null && #own in value;
    }

    /** What this class is on top of, for who puts it in the place of the platform's class. */
    static get [BASE]() {
      return platformClass();
    }

    get url() {
      return this.#url;
    }

    get readyState() {
      // A socket that is open hears of a goodbye before it is closed.
      return this.#state === OPEN ? /** @type {{ readyState: State }} */ (this.#socket).readyState : this.#state;
    }

    get protocol() {
      return this.#socket?.protocol ?? "";
    }

    get extensions() {
      return this.#socket?.extensions ?? "";
    }

    get binaryType() {
      return this.#binaryType;
    }

    set binaryType(type) {
      this.#binaryType = type === "blob" || type === "arraybuffer" ? type : this.#binaryType;
      if (this.#socket) this.#socket.binaryType = this.#binaryType;
    }

    get bufferedAmount() {
      return this.#backlog.bytes + (this.#ended ? 0 : this.#connection.bufferedAmount);
    }

    /** The connection underneath; another one, of the same session, after a `reconnect()` from the end. */
    get connection() {
      return this.#connection;
    }

    get retryCount() {
      return Math.min(this.#connection?.state.reconnectAttempts ?? 0, this.#retries);
    }

    /** Whether there will be a further dial, unless the present link lasts. */
    get shouldReconnect() {
      return !this.#ended;
    }

    /** @param {Payload} data */
    send(data) {
      if (arguments.length === 0) throw new TypeError("a message is needed");
      const payload = checkedPayload(data);
      if (this.#ended) return this.#backlog.keep(payload);
      try {
        this.#connection.send(payload);
      } catch (/** @type {Thrown} */ error) {
        throw Object.assign(new DOMException(error.message, "InvalidStateError"), { cause: error });
      }
    }

    /** @param {number} [code] @param {string} [reason] */
    close(code = undefined, reason = undefined) {
      const state = this.#state;
      const socket = this.#socket;
      const goodbye = checkedGoodbye(code, reason);
      if (this.#ended) return;
      if (state === CLOSED) return this.#end();
      this.#state = CLOSING;
      if (state === OPEN || /** @type {number} */ (socket?.readyState) <= OPEN) {
        // A class may fire its events at once: they are dispatched after this has returned.
        this.#ended = true;
        if (state === OPEN) handOverWaiting(this.#connection);
        /** @type {Socket} */ (socket).close(...goodbye);
        this.#end();
        if (this.#goodbye) this.#leaveSoon();
        else this.#awaitGoodbye(/** @type {Socket} */ (socket), state === OPEN);
      } else {
        this.#end();
        this.#leaveSoon();
      }
    }

    /**
     * A fresh link, now: also after `close()`, and after the retries ran out. The arguments are those of `close()`, for
     * the present link.
     * @param {number} [code]
     * @param {string} [reason]
     */
    reconnect(code = undefined, reason = undefined) {
      const goodbye = checkedGoodbye(code, reason);
      // The peer's goodbye is not waited for any longer.
      this.#leave?.();
      if (this.#ended) return this.#begin();
      const socket = this.#socket;
      if (this.#state === OPEN || /** @type {number} */ (socket?.readyState) <= OPEN) {
        /** @type {Socket} */ (socket).close(...goodbye);
        this.#goodbye = { code: code ?? 1000, reason, wasClean: true };
      }
      this.#connection.reconnect();
    }

    #begin() {
      const { session } = this.#options;
      const sessionId = this.#connection?.state.sessionId;
      const options = { ...this.#options, protocols: this.#protocols, ...(sessionId && { session: { ...session, sessionId } }) };
      /** @type {Observer} */
      const observer = {
        attached: (socket) => this.#attached(socket),
        closed: (socket, event) => {
          if (this.#socket === socket) this.#goodbye = event;
        },
        failed: (socket, event) => {
          if (this.#socket === socket) this.#error = event?.error ?? event;
        },
        message: (data) => this.#message(data),
      };
      const connection = new Connection(loader, this.#address, options, observer);
      const concerns = () => this.#connection === connection && !this.#ended;
      /** @param {string} name @param {(event: any) => void} listener any: the type of the event depends on its name */
      const on = (name, listener) => connection.addEventListener(name, (event) => concerns() && listener(event));
      on("open", () => this.#opened());
      on("disconnected", ({ detail }) => {
        const { reconnectAttempts, status } = connection.state;
        // The next retry is counted already.
        this.#retries = status === "RECONNECTING" ? Math.max(reconnectAttempts - 1, 0) : reconnectAttempts;
        this.#lost(detail.cause);
      });
      on("retry.attempt", ({ detail }) => (this.#retries = detail.attempt));
      on("retry.failed", ({ detail }) => {
        this.#retries = detail.attempt;
        this.#lost(detail.cause);
      });
      on("status.changed", ({ detail }) => {
        // Somebody closed the connection underneath.
        if (detail.to === "DISCONNECTED") this.#state === CLOSED ? this.#end() : this.#lost({});
      });
      on("error", ({ error }) => {
        if (this.#state !== OPEN) this.#error = error;
      });
      if (this.#own.debug) for (const name of SPOKEN_OF) on(name, ({ detail }) => console.debug("steadfast", name, detail));
      connection.ready.catch(() => concerns() && this.#lost({}));
      this.#connection = connection;
      this.#retries = 0;
      this.#ended = false;
      this.#state = CONNECTING;
      for (const [payload, ttl] of this.#backlog.take()) connection.send(payload, { ttl });
    }

    /** No link is wanted any more. */
    #end() {
      const { bufferedAmount } = this.#connection;
      this.#backlog.keepAll(takeWaiting(this.#connection), bufferedAmount);
      this.#ended = true;
      // As with the platform's class, what the socket has taken goes out before its goodbye.
      void this.#connection.close({ timeout: 0 });
    }

    /**
     * A dial has begun.
     * @param {Socket} socket
     */
    #attached(socket) {
      socket.binaryType = this.#binaryType;
      this.#socket = socket;
      this.#state = CONNECTING;
      this.#error = this.#goodbye = undefined;
      if (typeof this.#address === "function") this.#url = socket.url ?? "";
      this.#origin = this.#url && new URL(this.#url).origin;
    }

    #opened() {
      // A link that was kept through a suspension was open all the time.
      if (this.#state === OPEN) return;
      this.#state = OPEN;
      this.dispatchEvent(new Event("open"));
    }

    /** @param {Received} data */
    #message(data) {
      this.dispatchEvent(new MessageEvent("message", { data, origin: this.#origin }));
    }

    /**
     * A dial has failed, or its link went down.
     * @param {{ kind?: string }} cause
     */
    #lost({ kind }) {
      const { status } = this.#connection.state;
      const { maxRetries, reconnect } = this.#own;
      const wasOpen = this.#state === OPEN;
      // The message is that of reconnecting-websocket. What the socket says of having been closed is not the cause.
      if (kind === "connect_timeout") this.#error = new DOMException("TIMEOUT", "TimeoutError");
      const isLast = status === "FAILED" || status === "DISCONNECTED" || maxRetries === 0 || (wasOpen && !reconnect);
      const last = isLast || (reconnect && !this.#comesBack(kind));
      if (last) this.#end();
      if (last || reconnect) this.#tellClosed(kind);
    }

    /**
     * Whether the user wants it back. One who throws does.
     * @param {string | undefined} kind
     */
    #comesBack(kind) {
      const { shouldReconnect } = this.#own;
      try {
        return !shouldReconnect || shouldReconnect(this.#ending(kind));
      } catch (error) {
        this.#error = error;
        return true;
      }
    }

    /** After `close()`, where no goodbye of the peer is waited for. */
    #leaveSoon() {
      this.#leave = () => {
        clearTimeout(timer);
        this.#leave = undefined;
        this.#tellClosed();
      };
      const timer = setTimeout(this.#leave);
    }

    /**
     * After `close()`: the peer's goodbye, or that there was none. A socket that has not opened has no peer yet: its class
     * fires the `close` event in a moment, or never, as Node 22's does.
     * @param {Socket} socket
     * @param {boolean} hasPeer
     */
    #awaitGoodbye(socket, hasPeer) {
      const { closeTimeout } = this.#own;
      /** @param {SocketEnd} [event] */
      const done = (event) => {
        if (this.#leave !== done) return;
        clearTimeout(timer);
        this.#leave = undefined;
        socket.onclose = socket.onerror = null;
        this.#goodbye = event;
        this.#tellClosed(hasPeer ? "close_timeout" : undefined, false);
      };
      const timer = setTimeout(done, hasPeer ? closeTimeout : Math.min(closeTimeout, CLOSE_OF_DIAL));
      this.#leave = done;
      // The connection lets go of its socket before that, though not at once if this is called by one of its listeners.
      queueMicrotask(() => {
        if (this.#leave !== done) return;
        // Then its event came before anybody listened.
        if (socket.readyState === CLOSED) setTimeout(done);
        socket.onclose = done;
        socket.onerror = (event) => (this.#error = event.error ?? event);
      });
    }

    /**
     * What the socket has said of its end, or, if it said nothing, what was found out about it.
     * @param {string | undefined} kind
     */
    #ending(kind) {
      const { code, reason = reasonOf(kind), wasClean = false } = this.#goodbye ?? {};
      return { code: code || ABNORMAL, reason, wasClean };
    }

    /** @param {string} [kind] */
    #tellClosed(kind, failed = this.#goodbye === undefined) {
      const ending = this.#ending(kind);
      const error = this.#error;
      this.#error = this.#goodbye = undefined;
      this.#state = CLOSED;
      if (failed || error !== undefined) this.dispatchEvent(failureEvent(error));
      this.dispatchEvent(new CloseEvent("close", ending));
    }

    static {
      defineHandlers(this.prototype, (socket) => socket.#handlers);
      for (const name of MEMBERS) Object.defineProperty(this.prototype, name, { enumerable: true });
      for (const [name, value] of Object.entries(STATES)) {
        for (const holder of [this, this.prototype]) Object.defineProperty(holder, name, { enumerable: true, value });
      }
      Object.defineProperty(this.prototype, Symbol.toStringTag, { configurable: true, value: "WebSocket" });
    }
  }
  return /** @type {WithDefined<typeof SteadfastWebSocket>} */ (SteadfastWebSocket);
}
