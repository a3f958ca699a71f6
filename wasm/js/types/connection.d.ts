/// <reference lib="esnext.disposable" />
// A connection: how it is made, what it does and what it tells.

import type { Detail, FailureEvent, Listenable } from "./events.js";
import type { ConnectOptions } from "./options.js";
import type { Cause, ConnectionState, FailureClass, Quality, SessionFailure, Status } from "./session.js";

/** The events of a connection, by the name to listen for. */
export interface ConnectionEventMap {
  /** A message came: `event.data`. */
  message: MessageEvent<string | ArrayBuffer>;
  /** A link came up, the first or another. */
  open: Event;
  error: FailureEvent;
  registered: CustomEvent<Detail<"connection.registered">>;
  "status.changed": CustomEvent<Detail<"connection.status.changed", { from: Status; to: Status }>>;
  "quality.changed": CustomEvent<
    Detail<
      "connection.quality.changed",
      { from?: Quality; /** Absent while it cannot be judged. */ to?: Quality; /** 0 to 100 */ score: number }
    >
  >;
  /** What is known of messages that did not arrive, or may not have; they are numbered in the order of sending, from 0. */
  "message.delivery": CustomEvent<
    Detail<
      "message.delivery",
      { delivery: "dropped" | "expired" | "unknown"; count: number; first: number; last: number }
    >
  >;
  /**
   * A heartbeat was answered after `rtt` ms, or, without one, missed; `missed` counts the misses in a row. An answer that waited
   * behind an upload measures the upload, and is not reported.
   */
  heartbeat: CustomEvent<Detail<"connection.heartbeat", { rtt?: number; missed: number }>>;
  /** A link went down; `planned` if somebody meant it. */
  disconnected: CustomEvent<Detail<"connection.disconnected", { cause: Cause; planned: boolean; /** In the words of the WebSocket class. */ message?: string }>>;
  /** An attempt, counted from 1, follows in `delay` ms. */
  "retry.attempt": CustomEvent<Detail<"retry.attempt", { attempt: number; delay: number }>>;
  /**
   * A dial has failed; `message` is what the WebSocket class says of it, without addresses: absent in pages, and with Node's
   * own class. What waiting does not mend (a cause such as `certificate`, `redirect` or `rejected` with 404) is tried ever
   * more slowly by `ADAPTIVE`: from 5 s up to ten times `maxDelay`. `class` is what the strategy judges by.
   */
  "retry.failed": CustomEvent<
    Detail<"retry.failed", { attempt: number; class?: FailureClass; cause: Cause; message?: string }>
  >;
  /** A dial that took `took` ms brought a link up. */
  "retry.success": CustomEvent<Detail<"retry.success", { attempt: number; took: number }>>;
  "retry.exhausted": CustomEvent<Detail<"retry.exhausted", { attempts: number }>>;
  /** The session has failed: nothing is dialled until `reconnect()`. The change of its status follows. */
  failed: CustomEvent<Detail<"connection.failed", SessionFailure>>;
}

/** What comes in: a `Blob` only with a `SteadfastWebSocket`, as its `binaryType` says. */
export type Received = string | ArrayBuffer | Blob;

export interface SendOptions {
  /** How long this message may wait, in ms: up to a day; as long as `outbox.ttl` says by default. */
  ttl?: number;
}

/** Where to connect: `ws:`, `wss:`, `http:` or `https:`, relative to the page if there is one. */
export type Address = string | URL;

export type Protocols = string | string[];

/** The argument of a function for the address or the sub-protocols. */
export interface Asked {
  /**
   * Do not give a remembered token. The server said that it has expired, and no dial with a fresh one has opened since; or
   * the second dial in a row has failed and nobody knows why: browsers do not tell that an upgrade was refused with 401.
   * In a long outage only the dials after the 2nd, the 4th, the 8th and the 16th such failure ask, and then one every three
   * minutes. If the function fails, it is asked again by the next dial, and the session does not fail for that.
   */
  refresh: boolean;
}

/** What can be sent. A buffer that has to wait is copied, so that it may be used again at once. */
export type Payload = string | ArrayBuffer | ArrayBufferView | Blob;

/** A new link, while the option `handshake` has it to itself. */
export interface HandshakeLink {
  /** Sends something, before every message of the connection. Throws when the handshake is over. */
  send(data: Payload): void;
  /**
   * The next message that comes and is no heartbeat, hint or frame of `steadfast.v1`. It is no message of the connection;
   * what comes and is not received is, afterwards, up to 1000 messages. Rejects with `handshake.interrupted` when the link is
   * lost, and with `handshake.over` afterwards.
   */
  receive(): Promise<string | ArrayBuffer>;
  /** Aborted when the link is lost, no link is wanted any more, or the time is over. */
  readonly signal: AbortSignal;
  /** The server said that the last credentials have expired: do not give remembered ones. */
  readonly refresh: boolean;
  /** How many attempts to connect again there were since a link was stable: 0 for the first dial. */
  readonly attempt: number;
  /** The address that was dialled. */
  readonly url: string;
  /** The sub-protocol that the server chose, or an empty text. */
  readonly protocol: string;
}

export interface CloseOptions {
  /** How long the close may take, in ms: 0 to 600,000, `closeTimeout` by default. With 0 nothing more is sent. */
  timeout?: number;
}

/** A connection that comes back by itself. It lives until `close()`. */
export interface Connection extends Listenable<ConnectionEventMap> {
  /**
   * Resolves when the WebAssembly module runs, and rejects if it cannot (`module.unavailable` where WebAssembly cannot run at
   * all), or if an option makes no sense and the module was not there yet to say so at once. There is no need to wait for
   * it. A rejection that nobody handles is an unhandled one only if no listener for `error` was added.
   */
  readonly ready: Promise<void>;
  /** The record of the session, as of now. */
  readonly state: ConnectionState;
  /**
   * The smoothed quality score, 0 to 100; absent while there is too little to judge by. From 90 points a link is `EXCELLENT`,
   * from 70 `GOOD`, from 40 `POOR`. The level follows the score slowly on a link that has changed its level back and forth.
   */
  readonly score: number | undefined;
  /**
   * The sub-protocol that the server of the present link chose; an empty text if it chose none, or if there is no link.
   * Messages are acknowledged and resumed if it is `steadfast.v1`.
   */
  readonly protocol: string;
  /** The bytes that were sent and have not left yet. */
  readonly bufferedAmount: number;
  /** The messages that no socket has taken yet, or that a server which acknowledges them has not acknowledged. */
  readonly waitingMessages: number;

  /**
   * Sends a message, now or as soon as there is a link, in order, and gives its number. Throws a `SteadfastError`:
   * `outbox.full`, `message.type`, `message.reserved`, `connection.closed`. A message at which the `send()` of the WebSocket
   * class throws is dropped: an `error` event with the code `message.refused`, whose `cause` is what was thrown, and a
   * `message.delivery` event name it.
   */
  send(data: Payload, options?: SendOptions): number;

  /** Resolves as soon as no message waits; rejects with `connection.closed` if the connection is closed before. */
  drained(): Promise<void>;

  /** Lets go of the link and dials anew, at once, whatever the status; after `close()`, too. */
  reconnect(): void;

  /**
   * Closes: sends what waits, says goodbye to the server, and lets go of every socket, timer and listener. If nothing
   * waits, that is done before `close` returns, so also while a page is left.
   *
   * The promise is fulfilled when the server has answered the goodbye and the last report was sent, after the limit at the
   * latest; it never rejects. From the call on `send()` throws. Under `steadfast.v1` messages wait until the server has
   * acknowledged them. Without a link, attempts to connect go on while messages wait, also while the module is still being
   * loaded; if the connection fails for good, the close ends at once. What could not be sent is dropped, and a
   * `message.delivery` event says so. A second call gives the same promise, and can shorten the limit.
   *
   * Only `reconnect()` opens the connection again; it also takes a close back that still sends what waits.
   */
  close(options?: CloseOptions): Promise<void>;

  /**
   * The messages from now on. It ends when the connection is closed or has failed; if 10,000 messages wait to be taken
   * it throws `messages.overflow`.
   */
  [Symbol.asyncIterator](): AsyncIterableIterator<string | ArrayBuffer>;

  [Symbol.dispose](): void;
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Connects, and keeps the connection up until it is closed. Returns at once; the first dial follows as soon as the
 * caller has returned and the module runs.
 *
 * A function is called anew for every dial, so that a token in the address is always fresh; one that throws or rejects
 * counts as a failed attempt.
 *
 * Throws a `SteadfastError` if the address makes no sense, and if an option makes none and the module runs already, as
 * it does in Node and with `steadfast/inline`. Otherwise `ready` rejects, an `error` event follows and the status is
 * `FAILED`. The same happens, with `module.unavailable`, where WebAssembly cannot run.
 */
export function connect(
  url: Address | ((asked: Asked) => Address | Promise<Address>),
  options?: ConnectOptions,
): Connection;
