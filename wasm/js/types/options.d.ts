// The options of a connection.

import type { Asked, HandshakeLink, Protocols } from "./connection.js";
import type { HeartbeatOptions } from "./heartbeat.js";
import type { RetryStrategy } from "./retry.js";
import type { Metadata } from "./session.js";

export interface SessionOptions {
  /** 1 to 128 bytes; 128 random bits by default. */
  sessionId?: string;
  userId?: string;
  /** `default` by default. */
  organizationId?: string;
  /** `web` by default. */
  clientType?: string;
  metadata?: Metadata;
}

export interface OutboxOptions {
  /** The most messages that wait: 0 to 1,000,000; 1000 by default. */
  maxMessages?: number;
  /** The most bytes that wait: 0 to 2^30; 1 MiB by default. */
  maxBytes?: number;
  /**
   * What happens to a message for which there is no room: `send()` throws, which is the default, or it or those that have
   * waited longest are dropped, and a `message.delivery` event says so. One that could never fit is always refused.
   *
   * With `drop-oldest`, messages wait here, and not in the socket, while the socket's `bufferedAmount` is above 64 KiB:
   * messages in the socket cannot be dropped any more.
   */
  overflow?: "reject" | "drop-oldest" | "drop-newest";
  /**
   * A message that waits for longer, in ms, is dropped, and an event says so: up to a day; no limit by default. A message
   * with a limit waits here, and not in the socket, while the socket's `bufferedAmount` is above 64 KiB. If the outbox is full
   * then, the oldest message goes to the socket all the same, unless `overflow` is `drop-oldest`.
   */
  ttl?: number;
  /** Whether `persist` keeps the messages that wait, too; false by default. A `Blob` may come back as bytes. */
  persist?: boolean;
}

/** What `persist` keeps of a session. `snapshot` is for the package alone. */
export interface SessionRecord {
  version: number;
  sessionId: string;
  organizationId?: string;
  userId?: string;
  snapshot: Uint8Array;
  /** The numbers of the messages that wait, and the messages, if `outbox.persist` is set. */
  messages: [number, string | ArrayBuffer | Uint8Array | Blob][];
}

/** Where sessions are kept: a store of your own. Each method may answer by a promise. */
export interface SessionStore {
  /** The record as it was saved; `undefined` or `null` if there is none. */
  load(key: string): unknown;
  save(key: string, record: SessionRecord): unknown;
  remove(key: string): unknown;
}

export interface ReportOptions {
  /** The collector, such as `https://collector.example/v1/reports`. */
  url: string | URL;
  /**
   * A publishable key, `pk_…`. It is sent in the header `authorization`; in browsers, the report of a page that hides or is
   * left, and that of `close()`, has it in the query instead: `?key=pk_…`.
   */
  key: string;
  /** The time between two reports in ms, 100 to a day; 30,000 by default. */
  interval?: number;
  /**
   * Shows with each report that the session is this client's: 22 to 64 of `A-Z a-z 0-9 _ -` that nobody can guess. A
   * collector takes reports of the same session with another token for those of another session. Random by default, and
   * kept with the session by `persist`; a kept session goes on with the token that it has.
   */
  token?: string;
}

/** What is used of a WebSocket, besides `onopen`, `onmessage`, `onclose` and `onerror`. */
export interface WebSocketLike {
  readonly readyState: number;
  readonly bufferedAmount: number;
  readonly protocol: string;
  binaryType: string;
  send(data: string | ArrayBuffer | ArrayBufferView | Blob): void;
  close(code?: number, reason?: string): void;
}

/** A class with the browsers' interface, such as that of the package `ws`. */
export type WebSocketClass = new (url: string, protocols?: string[]) => WebSocketLike;

export interface ConnectOptions {
  session?: SessionOptions;
  /** `ADAPTIVE` by default. */
  retry?: RetryStrategy;
  /**
   * The number of attempts to connect again without a stable link after which the session has failed; no limit by default. Attempts
   * that reach nobody while `navigator.onLine` is false do not count.
   */
  maxReconnectAttempts?: number;
  /**
   * How long the first dial may take, in ms: up to 600,000; 45,000 by default. With `ADAPTIVE` it doubles after each dial that
   * took longer, up to five minutes or five times `maxDelay`, whichever is less: a server that has been overrun does not get
   * to a client that gives its place in the queue up.
   */
  connectTimeout?: number;
  /**
   * Run for each new link before any message that waits, such as for a login. Until its promise is fulfilled the status is
   * not `CONNECTED`, and no heartbeat is sent; `connectTimeout` covers it. If it throws, or its promise is rejected, the attempt
   * has failed with the cause `handshake_failed`, and an `error` event with the code `handshake.failed` has what was thrown
   * as its `cause`. A `closeCode` of that, 1000 to 4999, closes the link (those that a page may give; others as 4000), and is
   * judged as if the server had closed with it: one of `fatalCloseCodes` ends the connection, and after one of
   * `expiredCloseCodes`, such as 4401, the next handshake gets `refresh: true`, at once. Under `steadfast.v1` it comes before
   * the hello.
   */
  handshake?: (link: HandshakeLink) => Promise<void> | void;
  /** How long `close()` may take, and sends what waits, in ms: 0 to 600,000; 3000 by default. */
  closeTimeout?: number;
  /** How long a link has to hold before the attempts are forgotten, in ms; 10,000 by default. */
  stableAfter?: number;
  heartbeat?: HeartbeatOptions;
  outbox?: OutboxOptions;
  /**
   * The sub-protocols to offer. A function is called anew for every dial, as one for the address is. A server that does not
   * know `steadfast.v1` is connected to without it: at the first attempt where the class reports the reason (`ws`, Node 22's, Bun,
   * Deno), and at the second one in pages and with Node 24's own class. `Connection.protocol` says what a link has.
   */
  protocols?: Protocols | ((asked: Asked) => Protocols | Promise<Protocols>);
  /**
   * The close codes of the server after which the session has failed, at most 64. By default those that would come again:
   * 1002 (this side broke the protocol), 1003 (data that the server does not take), 1007 (a message that is not of its
   * type), 1008 (this client is not let in; see `expiredCloseCodes`), 1009 (a message was too long), 1010 (an extension is
   * missing) and 4409 (under `steadfast.v1`: another page has taken the session over). A `SteadfastWebSocket` has none by
   * default. The event `failed` and `state.failure` have the code, and say that it is final. The status of a refused
   * upgrade no `WebSocket` tells: refuse for good by a close code.
   */
  fatalCloseCodes?: number[];
  /**
   * The close codes that say that a token is not, or no longer, good, at most 64; 1008, 3000, 3003, 4401 and 4403 by
   * default. If the address or the sub-protocols are functions, they are then called at once with `refresh: true`, before
   * it counts as a failure. A code that is also one of `fatalCloseCodes` ends the session only if the token was fresh.
   */
  expiredCloseCodes?: number[];
  /**
   * How long the server lets a link be silent, in ms, if you know: 1000 to a day. Heartbeats are never farther apart, and
   * a link that was paused for longer is replaced. A server may say it, too.
   */
  maxIdle?: number;
  /**
   * How long the server is ever silent, in ms, if it has promised to speak, such as one that pings: 1000 to a day. A link
   * over which nothing at all came for longer is dead, whether heartbeats are sent or not. Pauses of the page never count.
   * What the server says itself in a protocol of `heartbeat` counts instead.
   */
  maxSilence?: number;
  /**
   * The longest wait that the server may ask for, by a close reason, by a message or, with `ws`, by `Retry-After`, in ms, its
   * window included: up to a day, the default; with 0 no wait is granted. A wait that reaches the limit ends within its last tenth, at a moment of
   * chance. Such a wait is kept when the page is frozen or offline, and, with `persist`, across a reload. Only
   * `reconnect()` passes over it.
   */
  maxServerWait?: number;
  /** How long a page may be hidden before its link is let go of, in ms: up to a day; for ever by default. */
  suspendHiddenAfter?: number;
  /**
   * Keeps the session beyond the page: the next page that connects with the same key goes on with it, under its
   * `sessionId`. In `localStorage`, in `sessionStorage`, in IndexedDB, or in a store of your own. It is saved at most once
   * a second, and as the page hides or goes, and forgotten by `close()`.
   *
   * Two pages never keep one session: while one has it, a second one begins another, under a key made from the first. If
   * you give a `sessionId`, it keeps none, and an `error` event says `persist.held`. This needs the Web Locks of the
   * browser, which has them on pages with TLS. What is damaged or of another session is ignored, and an `error` event
   * says so (`snapshot.damaged`, `snapshot.foreign`, `snapshot.version`, `snapshot.session`); what cannot be kept,
   * `persist.failed`: the connection goes on without, as it does if the store has not loaded the record within 5 s. A service worker has to `import "steadfast/persist"` for it.
   */
  persist?: "local" | "session" | "indexeddb" | SessionStore;
  /** What the session is kept under; by default its id, if you give one, or else the address without its query. */
  persistKey?: string;
  report?: ReportOptions;
  /**
   * The class of the sockets; by default the platform's, as it was when the package was loaded. Node has one from version 22
   * on: before, give one. Of a `SteadfastWebSocket` the class that it is on top of is taken.
   */
  WebSocket?: WebSocketClass;
  /** The third argument of that class's constructor, for classes outside of browsers: `{ headers }` with `ws`. */
  socketOptions?: object;
}
