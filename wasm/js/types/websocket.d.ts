// The class with the face of a `WebSocket`.

import type { Address, Asked, Connection, Protocols } from "./connection.js";
import type { ConnectOptions } from "./options.js";

/** What a `SteadfastWebSocket` takes besides the options of a connection; those of reconnecting-websocket by their names. */
export interface SteadfastWebSocketOptions extends Omit<ConnectOptions, "fatalCloseCodes" | "protocols"> {
  /** The greatest wait between attempts, in ms; 10,000 if another of the three is given, or else as `retry` says. */
  maxReconnectionDelay?: number;
  /** The first wait, in ms; 1000 if another of the three is given. Waits are drawn between half and all of it. */
  minReconnectionDelay?: number;
  /** By what the waits grow; 1.3 if another of the three is given. */
  reconnectionDelayGrowFactor?: number;
  /** `stableAfter`: how long a link has to hold before the retries are forgotten, in ms. */
  minUptime?: number;
  /** `connectTimeout`, in ms, from 1; `Infinity` counts as 600,000, the longest. A dial that takes longer ends in an `error` event with the message `TIMEOUT`. */
  connectionTimeout?: number;
  /** The most retries without a stable link; no limit by default. With 0 there is one dial, as with the platform's class. */
  maxRetries?: number;
  /**
   * `outbox.maxMessages`, with `outbox.maxBytes` at its most, 2^30, unless that is given. With 0 `send()` throws an
   * `InvalidStateError` while connecting, as the platform's class does.
   */
  maxEnqueuedMessages?: number;
  /** Whether nothing is dialled before `reconnect()`. */
  startClosed?: boolean;
  /** Whether what happens is written to the console: no message and no address. */
  debug?: boolean;
  /**
   * `false` for libraries that make a new socket whenever one closes: it is dialled until it is open, and once that link is
   * lost it is closed for good. `true` by default.
   */
  reconnect?: boolean;
  /**
   * The close codes of the server after which the socket is closed for good, at most 64; none by default. (Under
   * `steadfast.v1` that is 4409 always: another page has taken the session over.)
   */
  fatalCloseCodes?: number[];
  /**
   * Whether to come back, after each dial that failed and each link that was lost: if it returns what counts as false, the
   * socket is closed for good. It is called before the `close` event, with what that will say; a dial that failed has the
   * code 1006. If it throws, the socket comes back, and an `error` event has what was thrown. Always by default.
   */
  shouldReconnect?: (close: Pick<CloseEvent, "code" | "reason" | "wasClean">) => boolean;
  /** The name that partysocket has for `shouldReconnect`, which counts if both are given. */
  shouldReconnectOnClose?: (close: Pick<CloseEvent, "code" | "reason" | "wasClean">) => boolean;
  /** How long `close()` waits for the peer's goodbye, in ms, 0 to 600,000; 3,000 by default. */
  closeTimeout?: number;
}

/**
 * A connection with the face of a `WebSocket`. It comes back by itself: each dial ends in a `close` event, after an `error`
 * event if it failed, and each link that comes up is an `open` event. What is sent between two links waits for the next.
 *
 * Differences to the platform's class: `send()` keeps what is sent before the link is up, and throws an
 * `InvalidStateError`, whose `cause` is a `SteadfastError`, if there is no room for it. Between two links `readyState` is
 * `CLOSED` until the next dial begins. A peer whose heartbeats stay away is closed with code 1006 and the reason
 * `heartbeat timeout`. After `close()` the goodbye of the peer is waited for only so long.
 */
export interface SteadfastWebSocket extends WebSocket {
  /** The connection underneath; undefined before there is one, and another one after a `reconnect()` from the end. */
  readonly connection: Connection | undefined;
  /** The number of the present or the last retry since the last link that proved stable: 0 for a first dial. */
  readonly retryCount: number;
  /** Whether the socket dials again by itself: false before the first dial of `startClosed`, and once it is closed for good. */
  readonly shouldReconnect: boolean;
  /**
   * A fresh link, now: also after `close()`, and after the retries ran out. What was sent since, and what waited then, is sent.
   * The arguments are those of `close()`, for the present link.
   */
  reconnect(code?: number, reason?: string): void;
}
export const SteadfastWebSocket: SteadfastWebSocketClass;

export interface SteadfastWebSocketClass {
  readonly prototype: SteadfastWebSocket;
  readonly CONNECTING: 0;
  readonly OPEN: 1;
  readonly CLOSING: 2;
  readonly CLOSED: 3;
  /**
   * Throws a `SyntaxError` as the platform's class does if the address or a sub-protocol makes no sense, and a
   * `SteadfastError` if an option makes none. Functions are called anew for every dial. Sub-protocols that are `null` are
   * none.
   */
  new (
    url: Address | ((asked: Asked) => Address | Promise<Address>),
    protocols?: Protocols | null | ((asked: Asked) => Protocols | Promise<Protocols>),
    options?: SteadfastWebSocketOptions,
  ): SteadfastWebSocket;
  /**
   * A class with these options, for libraries that call the constructor themselves. It has the shape of the platform's class:
   * the name `WebSocket`, and members and constants of its own. `instanceof SteadfastWebSocket` holds for its sockets.
   */
  with(options: SteadfastWebSocketOptions): SteadfastWebSocketClass;
}
