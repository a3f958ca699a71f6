/// <reference lib="esnext.disposable" />

/** How a session is doing. */
export type Status = "CONNECTED" | "DISCONNECTED" | "FAILED" | "RECONNECTING" | "SUSPENDED";

/** How good a link is. Absent wherever there is too little to judge by. */
export type Quality = "EXCELLENT" | "GOOD" | "POOR" | "CRITICAL";

/** Facts about a session, by name: at most 32, names of up to 64 bytes, texts of up to 256. */
export type Metadata = Record<string, string | number | boolean>;

/** The record of a session. Times are Unix time stamps in ms, durations are ms. */
export interface ConnectionState {
  sessionId: string;
  userId?: string;
  organizationId: string;
  status: Status;
  clientType: string;
  /** When the present or the last link came up. */
  connectedAt?: number;
  /** When the peer last showed that it lives. */
  lastHeartbeat?: number;
  /** When the last link went down; absent while one is up. */
  disconnectedAt?: number;
  /** The attempts to connect again since the last link that proved stable. */
  reconnectAttempts: number;
  maxReconnectAttempts?: number;
  /** Why the session has failed; absent unless `status` is `FAILED`. */
  failure?: SessionFailure;
  connectionQuality?: Quality;
  /** The running average of the round-trip time. */
  latency?: number;
  /** How many heartbeats in a row were missed. */
  missedHeartbeats: number;
  totalDisconnections: number;
  metadata?: Metadata;
}

/** Why a session has failed. */
export interface SessionFailure {
  /**
   * Why the last loss was the last: there were `maxReconnectAttempts` attempts, the server's close code is one of
   * `fatalCloseCodes`, or (only in the Rust client, which sees it) the HTTP status of the refused upgrade is final.
   */
  reason: "attempts_exhausted" | "final_close_code" | "final_status";
  /** How the last link was lost, or why the last dial failed. */
  cause: Cause;
}

/**
 * Why a link was lost, or did not come up. A browser tells a page of a failed dial only that it failed, which is
 * `network`; what is more exact comes where the platform's class says it: `ws` in Node, Deno, Bun, and the Rust client.
 */
export type Cause =
  /**
   * The browser does not allow the address: a content security policy forbids it, a page with TLS dials without, or the
   * port is a blocked one. An `error` event with the code `connection.blocked` comes before.
   */
  | { kind: "blocked" }
  /** The server's certificate was not accepted. */
  | { kind: "certificate" }
  | { kind: "closed_by_peer"; code: number }
  | { kind: "closed_by_user" }
  /** The page was left: closed, reloaded, or gone elsewhere. Only in reports. */
  | { kind: "page_left" }
  | { kind: "connect_timeout" }
  /** The host's name could not be resolved. */
  | { kind: "dns" }
  /** The option `handshake` failed, with the close code that it gave. */
  | { kind: "handshake_failed"; code?: number }
  | { kind: "heartbeat_timeout" }
  /** The peer sent a message that is longer than this side takes. */
  | { kind: "message_too_long" }
  | { kind: "no_address" }
  | { kind: "panicked" }
  | { kind: "protocol_violation" }
  | { kind: "reconnect_requested" }
  | { kind: "suspended" }
  | { kind: "network" }
  /** The answer to the upgrade is not one of a WebSocket server. */
  | { kind: "not_web_socket" }
  /** The proxy did not let the connection through. */
  | { kind: "proxy" }
  /** The server redirected the upgrade to where it may not be followed. */
  | { kind: "redirect" }
  | { kind: "rejected"; status: number }
  /** The server chose a sub-protocol that was not offered, or none where the WebSocket class demands one. */
  | { kind: "subprotocol" }
  /** The TLS handshake failed, but not for the certificate. */
  | { kind: "tls" }
  /** The port expects TLS, and the address says `ws:`. */
  | { kind: "tls_expected" }
  /** The address says `wss:`, and the port does not speak TLS. */
  | { kind: "tls_unsupported" };

/** What a listener finds in `event.detail`: the payload, the dotted name, and when it happened (Unix ms). */
export type Detail<Name extends string, Payload = unknown> = { at: number; name: Name } & Payload;

/** Something went wrong that no caller hears of: in the module, a URL function, a WebSocket class or a report. */
export interface FailureEvent extends Event {
  readonly type: "error";
  readonly error: unknown;
}

/** An `EventTarget` whose events are known by name. */
export interface Listenable<Events> {
  addEventListener<Type extends keyof Events>(
    type: Type,
    listener: Listener<Events[Type]> | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
  removeEventListener<Type extends keyof Events>(
    type: Type,
    listener: Listener<Events[Type]> | null,
    options?: boolean | EventListenerOptions,
  ): void;
  dispatchEvent(event: Event): boolean;
}

export type Listener<Heard> = ((event: Heard) => void) | { handleEvent(event: Heard): void };

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
   * more slowly by `ADAPTIVE`: from 5 s up to ten times `maxDelay`.
   */
  "retry.failed": CustomEvent<Detail<"retry.failed", { attempt: number; cause: Cause; message?: string }>>;
  /** A dial that took `took` ms brought a link up. */
  "retry.success": CustomEvent<Detail<"retry.success", { attempt: number; took: number }>>;
  "retry.exhausted": CustomEvent<Detail<"retry.exhausted", { attempts: number }>>;
  /** The session has failed: nothing is dialled until `reconnect()`. The change of its status follows. */
  failed: CustomEvent<Detail<"connection.failed", SessionFailure>>;
}

/** The waits between attempts, in ms. A field that the type has no use for is ignored. */
export interface RetryStrategy {
  /**
   * `ADAPTIVE` tells a lost network from an overloaded server. `EXPONENTIAL` waits
   * `baseDelay · multiplier^(attempt − 1)`, `LINEAR` `baseDelay + increment · (attempt − 1)`, both up to `maxDelay`;
   * `FIXED` waits `fixedDelay`, or `baseDelay`. `CIRCUIT_BREAKER` waits as `EXPONENTIAL` does, behind a breaker, whose
   * id is the operation's.
   */
  type: "ADAPTIVE" | "CIRCUIT_BREAKER" | "EXPONENTIAL" | "FIXED" | "LINEAR";
  /** Above 0; 1000 by default. */
  baseDelay?: number;
  fixedDelay?: number;
  /**
   * At least `baseDelay`; 30,000 by default, 60,000 for `ADAPTIVE`. The longest wait of `ADAPTIVE` is a sixth of it after a
   * refusal, twice as long after an overload (429, 503, 1013), five times after a dial that failed after seconds of silence,
   * ten times after what waiting does not mend.
   */
  maxDelay?: number;
  /** At least 1; 2 by default. */
  multiplier?: number;
  /** `baseDelay` by default. */
  increment?: number;
  /** `true` is `"full"`, which is the default; `false` is `"none"`, the default of `FIXED`. */
  jitter?: boolean | "decorrelated" | "equal" | "full" | "none";
  /** Replaces the jitter by a narrower one, from 0 to 1: a delay d becomes d·U(1 − r, 1 + r). */
  jitterRange?: number;
  /** The number of failures in a row that opens the breaker; 5 by default. */
  circuitBreakerThreshold?: number;
  /** It stays open for so long at first, 1 to a day; 30,000 by default. */
  circuitBreakerTimeout?: number;
}

/** How the peer's life is probed, in ms. */
export interface ProbingOptions {
  /** The time between two pings, by quality. By default 25,000, 20,000, 10,000, 5,000, and 1,000 while unknown. */
  intervals?: { excellent?: number; good?: number; poor?: number; critical?: number; unknown?: number };
  /** The spread of the interval, as a share of it: 0 to 0.5; 0.1 by default. */
  jitter?: number;
  /**
   * A pong is late after twice the retransmission time-out of RFC 6298, but not before this; 2,400 by default. It may be late by
   * more where pongs of this session were, and by as long as the bytes sent before its ping take at 16 KiB a second.
   */
  lateMin?: number;
  /**
   * … and not after this, but for the bytes sent before its ping; 20,000 by default. Where the answer to a message is waited for, up
   * to twenty times as long, if links of this session were silent for longer and yet alive.
   */
  lateMax?: number;
  /** The number of late pongs in a row that means that the peer is dead: 1 to 100; 3 by default. */
  maxMissed?: number;
  /**
   * A message to which nothing comes back is followed by a ping after this long; 1,000 by default. One that is sent after a second
   * or more in which nothing came is preceded by a ping, too.
   */
  probeAfterSend?: number;
}

/** The known protocols that `heartbeat.preset` speaks. */
export type HeartbeatPreset = "centrifuge" | "engine.io" | "graphql-transport-ws" | "phoenix" | "steadfast";

/** What comes in: a `Blob` only with a `SteadfastWebSocket`, as its `binaryType` says. */
export type Received = string | ArrayBuffer | Blob;

/**
 * How heartbeats read. Without a preset and without functions a connection sends nothing of its own, unless the server
 * chose the sub-protocol `steadfast.v1`, which means that it answers pings. Every message that comes shows that the peer
 * lives; a pong also measures how far away it is. Pings, pongs and answers are kept from listeners.
 */
export type HeartbeatOptions = ProbingOptions & (HeartbeatInProtocol | HeartbeatByFunctions);

export interface HeartbeatInProtocol {
  /**
   * - `steadfast` sends `{"steadfast":"ping","id":7}` and expects `{"steadfast":"pong","id":7}`.
   * - `phoenix` sends `[null,"steadfast:7","phoenix","heartbeat",{}]` (serializer 2) and expects the reply to it. The
   *   replies to another's heartbeats are messages.
   * - `graphql-transport-ws` sends `{"type":"ping","payload":{"steadfast":7}}`; a pong without a payload answers the
   *   oldest ping in flight. Pings of the server are answered.
   * - `centrifuge` answers the server's `{}` if its reply to `connect` asked for it, and sends nothing else. A server that
   *   is silent for the `ping` of that reply and 10 s more is dead.
   * - `engine.io` (version 4) answers the server's `2` with `3`, and sends nothing else. A server that is silent for the
   *   `pingInterval` and the `pingTimeout` of its handshake together is dead.
   */
  preset?: HeartbeatPreset;
  ping?: undefined;
  pong?: undefined;
  answer?: undefined;
  promise?: undefined;
}

/** Functions of one's own. One that throws leads to an `error` event, and what it was asked about is a message. */
export interface HeartbeatByFunctions {
  preset?: undefined;
  /** The ping with this id, which counts up from 0 and fits 32 bits. Without this function none is sent. */
  ping?(id: number): Payload;
  /**
   * Whether a message is a pong: the id of the ping that it answers, or `true` if it does not say, which answers the
   * oldest of up to four pings in flight.
   */
  pong?(data: Received): number | true | undefined;
  /** What to answer if a message is a ping of the server. Asked of what is no pong. */
  answer?(data: Received): Payload | undefined;
  /**
   * How long the server will be silent at most, in ms, if a message says so: more than 0 and at most a day. Asked of every
   * message. From then on a link over which nothing at all came for longer is dead.
   */
  promise?(data: Received): number | undefined;
}

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

export interface SendOptions {
  /** How long this message may wait, in ms: up to a day; as long as `outbox.ttl` says by default. */
  ttl?: number;
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

/**
 * Resolves when both WebAssembly modules run: that of connections, and that of the classes whose methods answer at once.
 * Nothing needs it, but a browser's page that must not wait for the second one: such a class fetches it meanwhile, if it
 * does not run when the first one is made. Where that cannot be done, as in service workers, they throw
 * `module.not_ready`. In Node and with `steadfast/inline` the modules are always at hand. A page that only connects never
 * fetches the second one, unless it calls this.
 */
export function ready(): Promise<void>;

/** What is wrong, in `code`, in a form that stays: `config.out_of_range`, `outbox.full`, … */
export class SteadfastError extends Error {
  constructor(code: string, message: string, field?: string);
  readonly name: "SteadfastError";
  readonly code: string;
  /** The refused option, such as `retry.maxDelay`. */
  readonly field?: string;
  /** In how many ms a probe may go, if a circuit is open. */
  readonly retryIn?: number;
  /** For how many ms the server asked to be left alone, if that was too long to wait. */
  readonly retryAfter?: number;
}

export interface ManagerOptions {
  /** The most sessions; 1,000,000 by default. */
  maxSessions?: number;
  /** The most sessions of one organisation; no limit by default. */
  maxSessionsPerOrganization?: number;
  /** The most sessions of one user, up to 1000; no limit by default. */
  maxSessionsPerUser?: number;
  /** The most events and attempts that wait to be told; 10,000 by default. */
  maxEvents?: number;
  /** What the next heartbeat's interval follows, when one is late, and how many may be missed. */
  heartbeat?: ProbingOptions;
  /** Whether a session whose heartbeats stay away is lost; true by default. */
  expectHeartbeats?: boolean;
  /** How a session that was lost is connected again by itself; `false` for not at all. */
  reconnect?: ReconnectOptions | false;
  /** The waits between those attempts; `ADAPTIVE` by default. */
  retry?: RetryStrategy;
  /**
   * A session without a link that nothing was heard of for so long, in ms, is forgotten: 1000 to 400 days; an hour by
   * default, `false` for never.
   */
  forgetAfter?: number | false;
}

/** The bounds of a session's reconnection. */
export interface ReconnectOptions {
  /** The number of attempts after which the session has failed; no limit by default. */
  maxAttempts?: number;
  /** An attempt of which nothing is heard for so long, in ms, has failed: 1 to 600,000; 15,000 by default. */
  attemptTimeout?: number;
}

/** An attempt to connect a session again that will be made. */
export interface ScheduledReconnection {
  /** From 1. */
  attempt: number;
  /** When it is due, as a Unix time stamp in ms. */
  at: number;
  /** The wait before it, in ms. */
  delay: number;
}

/** What a heartbeat changed, in ms. */
export interface HeartbeatUpdate {
  rtt: number;
  latency: number;
  quality?: Quality;
  /** The time until the next heartbeat. */
  nextInterval: number;
}

/** Whether a session is there: see `ConnectionManager.observe`. */
export type Liveness = "ENDED" | "LIVE" | "STALE";

export type StatusDistribution = Record<Status, number>;
export type QualityDistribution = Record<Quality | "UNKNOWN", number>;

export interface Totals {
  /** All sessions that are known: live, ended and stale ones. */
  sessions: number;
  /** Sessions that are heard of and have not ended. */
  live: number;
  /** Sessions whose status is `DISCONNECTED`. */
  ended: number;
  /** Sessions that another side reports, and that were not heard of for three times as long as they may be silent. */
  stale: number;
  /**
   * Live sessions of which no report is missing: those registered here, and those that were observed within twice as
   * long as they may be silent.
   */
  reporting: number;
  /** Live, connected, and with a good or an excellent quality: one of unknown quality is neither healthy nor unhealthy. */
  healthy: number;
  /** Live, and reconnecting, failed, or connected with a poor or critical quality. */
  unhealthy: number;
  /** Without stale sessions. */
  byStatus: StatusDistribution;
  /** Of live sessions. */
  byQuality: QualityDistribution;
  /** The mean of the sessions' running averages, in ms. */
  averageLatency?: number;
  /** What has happened so far: links that came up, … */
  connects: number;
  disconnections: number;
  heartbeats: number;
  /** … heartbeats missed, attempts failed and links lost without anybody having meant it, … */
  errors: number;
  /** … and links that came back. */
  reconnections: number;
}

/** An event of a manager: one of a connection, and the session it is about. */
type OfSession<Name extends keyof ConnectionEventMap> =
  ConnectionEventMap[Name] extends CustomEvent<infer Told> ? CustomEvent<{ sessionId: string } & Told> : never;

/** The events of a manager, by the name to listen for; each says which session it is about. */
export interface ManagerEventMap {
  registered: OfSession<"registered">;
  "status.changed": OfSession<"status.changed">;
  "quality.changed": OfSession<"quality.changed">;
  disconnected: OfSession<"disconnected">;
  /** A heartbeat was missed. Those that came in are no news. */
  heartbeat: OfSession<"heartbeat">;
  "retry.attempt": OfSession<"retry.attempt">;
  "retry.failed": OfSession<"retry.failed">;
  "retry.success": OfSession<"retry.success">;
  "retry.exhausted": OfSession<"retry.exhausted">;
  /** A session that was observed was not heard of for three times as long as it may be silent. */
  stale: CustomEvent<{ sessionId: string } & Detail<"connection.stale">>;
  /** A session was forgotten: by `remove`, or since nothing was heard of it. */
  removed: CustomEvent<{ sessionId: string } & Detail<"connection.removed">>;
  /**
   * The time has come to try to connect a session again. Report its end by `updateStatus`, `updateHeartbeat` or
   * `reconnectionFailed`.
   */
  reconnect: CustomEvent<{ sessionId: string; attempt: number }>;
}

/**
 * Holds the records of many sessions, with running totals. Heartbeats of theirs are expected; when they stay away they
 * are counted, and in the end the session is lost and attempts to connect it again are scheduled. Every refusal is a
 * `SteadfastError`. In a browser wait for `ready()` first, or import from `steadfast/inline`; otherwise the constructor
 * throws `module.not_ready`.
 */
export interface ConnectionManager extends Listenable<ManagerEventMap> {}
export class ConnectionManager {
  constructor(options?: ManagerOptions);
  /** A session has connected. */
  registerConnection(
    sessionId: string,
    userId: string | undefined,
    organizationId: string,
    clientType: string,
    metadata?: Metadata,
  ): ConnectionState;
  /**
   * The side that holds a session's socket told its record, and tells again within `nextIn`, in ms: 0 to a day. After three
   * times that the session is stale, and counts as neither connected nor healthy, until the next word of it.
   */
  observe(record: ConnectionState, nextIn: number): void;
  /** Whether a session is there: heard of, ended (`DISCONNECTED`), or not heard of for too long. */
  getLiveness(sessionId: string): Liveness | undefined;
  /** A heartbeat came in that set out at `clientTimestamp`, by `Date.now()`. */
  updateHeartbeat(sessionId: string, clientTimestamp: number): HeartbeatUpdate;
  updateStatus(sessionId: string, status: Status): ConnectionState;
  /**
   * The link of a session is gone, closed with this WebSocket code; without one, because the user meant it. Unless
   * somebody meant it, the session is `RECONNECTING`.
   */
  disconnect(sessionId: string, code?: number): ConnectionState;
  /** Schedules attempts to connect a session again, in place of those that were scheduled; counted anew. */
  scheduleReconnection(
    sessionId: string,
    retryConfig?: ReconnectOptions,
    strategy?: RetryStrategy,
  ): ScheduledReconnection;
  /** An attempt has failed: the next one, unless they have run out. */
  reconnectionFailed(sessionId: string): ScheduledReconnection | undefined;
  getConnection(sessionId: string): ConnectionState | undefined;
  /** All records, in an order that follows from what was done: without removals that of registration. */
  connections(): ConnectionState[];
  /** The records of a user's sessions, the one registered last first. */
  getConnectionsByUser(userId: string): ConnectionState[];
  /** The records of an organisation's sessions, the one registered last first. */
  getConnectionsByOrganization(organizationId: string): ConnectionState[];
  /** Forgets a session, and gives its last record. */
  remove(sessionId: string): ConnectionState;
  totals(): Totals;
  /** Lets go of all records, and waits for nothing any more. */
  close(): void;
  [Symbol.dispose](): void;
}

export interface HealthOptions {
  /** The time between two collections in ms, 100 to an hour; 5,000 by default. */
  interval?: number;
  /** The time that each of the 30 points of a trend stands for, in ms: 12,000 to an hour; a minute by default. */
  trendBucket?: number;
  /** The last minute's 95th percentile, in ms; by default raised above 1000, over below 800, for 30 s. */
  highLatency?: AlertRule;
  /** The share of what went wrong within the last minute; by default raised from 0.05 on, over below 0.02, for 30 s. */
  highErrorRate?: AlertRule;
  /** Minimum number of events before an error rate raises an alert; 20 by default. */
  errorRateEvents?: number;
  /**
   * The share of healthy sessions; by default raised below 0.8, over above 0.9, for 15 s. A session alone is judged by
   * its level.
   */
  lowConnectionQuality?: AlertRule;
  /**
   * The share of sessions that report, of those that reported at some time in the last ten minutes and have not ended; by
   * default raised below 0.5, over above 0.8, for 30 s. A session counts as reporting if it was observed within twice as
   * long as it may be silent. Registered sessions always do.
   */
  noReports?: AlertRule;
  /** Minimum number of expected sessions before `noReports` is evaluated; 5 by default. */
  noReportsSessions?: number;
  systemOverload?: OverloadRule;
  /** How long an alert that is over is remembered, in ms; an hour by default. */
  keepResolved?: number;
}

/** When an alert is raised, and when it is over. Between `raise` and `clear` nothing changes. */
export interface AlertRule {
  raise?: number;
  clear?: number;
  /** How long the value has to be beyond `raise`, in ms. */
  for?: number;
  /** How long it has to be beyond `clear`, in ms; 60,000 by default. */
  keepFiringFor?: number;
}

/** When a page or a machine has too much to do: any of the loads is beyond its threshold for 15 s. */
export interface OverloadRule {
  /** The 95th percentile of the event loop's lag, in ms; 200 by default. */
  loopLag?: number;
  /** 0 to 1; 0.9 by default. */
  cpu?: number;
  /** 0 to 1; 0.8 by default. */
  queue?: number;
  /** The share of the manager's `maxSessions` that may be in use, 0 to 1; 0.8 by default. */
  sessions?: number;
  /** It is over below this share of processors, queue and sessions, and of `loopLag`; 0.6 by default. */
  clear?: number;
  for?: number;
  keepFiringFor?: number;
}

/** How a set of sessions is doing now, and what happened in the last minute. Latencies are ms. */
export interface HealthMetrics {
  /** All sessions that are known: live, ended and stale ones. */
  totalConnections: number;
  /** Sessions that are heard of and have not ended. */
  liveConnections: number;
  /** Sessions whose status is `DISCONNECTED`. */
  endedConnections: number;
  /** Sessions that another side reports, and that were not heard of for three times as long as they may be silent. */
  staleConnections: number;
  /** Live, connected, and with a good or an excellent quality. */
  healthyConnections: number;
  /** Live, and reconnecting, failed, or connected with a poor or critical quality. */
  unhealthyConnections: number;
  /** Without stale sessions. */
  statusDistribution: StatusDistribution;
  /** Of live sessions. */
  qualityDistribution: QualityDistribution;
  averageLatency?: number;
  latencyP50?: number;
  latencyP95?: number;
  latencyP99?: number;
  last5Minutes?: LatencySummary;
  lastHour?: LatencySummary;
  /** 0 to 1. */
  errorRate: number;
  /** Links that came back, per minute. */
  reconnectionRate: number;
  /** Links that were lost or closed, per minute. */
  disconnectionRate: number;
  systemLoad?: SystemLoad;
  /** How long the last collection took, in ms. */
  processingTime?: number;
}

/** Round-trip times within a stretch of time, in ms. */
export interface LatencySummary {
  count: number;
  average: number;
  p50: number;
  p95: number;
  p99: number;
}

/** What the page or the machine has to do, as far as it may be known. */
export interface SystemLoad {
  /** The share of the processors' time, 0 to 1; if you report it. */
  cpu?: number;
  /** The share of a queue that is filled, 0 to 1; if you report it. */
  queue?: number;
  /** The share of the manager's `maxSessions` that is in use, 0 to 1. */
  sessions?: number;
  /** The 95th percentile of the event loop's lag within the last minute, in ms. */
  loopLagP95?: number;
  /** The share of the time that went into tasks of more than 50 ms; in Chromium. */
  longTasks?: number;
  /** Bytes: of the page's heap in Chromium, of the process in Node. */
  memoryUsed?: number;
  memoryTotal?: number;
}

export type AlertType =
  | "HIGH_ERROR_RATE"
  | "HIGH_LATENCY"
  | "LOW_CONNECTION_QUALITY"
  | "NO_REPORTS"
  | "SYSTEM_OVERLOAD";

/** Up to 1.5 times the threshold, twice, three times, and more. */
export type Severity = "LOW" | "MEDIUM" | "HIGH" | "CRITICAL";

/** One that is acknowledged is silent, and keeps its severity, until it grows worse. */
export type AlertStatus = "PENDING" | "FIRING" | "ACKNOWLEDGED" | "RESOLVED" | "EXPIRED";

/** Something that somebody should look at. Times are Unix time stamps in ms. */
export interface Alert {
  id: number;
  type: AlertType;
  severity: Severity;
  status: AlertStatus;
  /** As last seen; of `SYSTEM_OVERLOAD`, the greatest load as a multiple of its threshold. */
  value: number;
  threshold: number;
  beganAt: number;
  createdAt?: number;
  acknowledgedAt?: number;
  resolvedAt?: number;
}

/** Where a value is going. */
export interface Trend<Direction extends string> {
  direction: Direction | "STABLE";
  /** By how much it rises in a minute. */
  slope: number;
  /** By how much it has risen over the window. */
  change: number;
  /** How sure it is, in standard deviations: beyond 1.96 chance alone would do it once in 20 times. */
  z: number;
  /** When it will cross the threshold of its alert, if it goes on like this. */
  forecast?: Forecast;
}

/** Unix time stamps in ms; the first and the last at 95 % confidence. */
export interface Forecast {
  threshold: number;
  expectedAt: number;
  earliestAt: number;
  latestAt?: number;
}

/** Trends over the last half hour; absent before the tenth minute. */
export interface HealthTrends {
  connections?: Trend<"DECLINING" | "GROWING">;
  errors?: Trend<"IMPROVING" | "WORSENING">;
  latency?: Trend<"DEGRADING" | "IMPROVING">;
}

export interface HealthSummary {
  metrics: HealthMetrics;
  trends: HealthTrends;
  /** Those that were raised and are not over. */
  alerts: Alert[];
}

/** The events of a monitor, by the name to listen for. */
export interface HealthEventMap {
  "metrics.collected": CustomEvent<Detail<"health.metrics.collected", HealthMetrics>>;
  "alert.created": CustomEvent<Detail<"health.alert.created", Alert>>;
  "alert.acknowledged": CustomEvent<Detail<"health.alert.acknowledged", Alert>>;
  /** The severity is another; an acknowledged alert that grew worse fires again. */
  "alert.changed": CustomEvent<Detail<"health.alert.changed", Alert>>;
  "alert.resolved": CustomEvent<Detail<"health.alert.resolved", Alert>>;
}

/** Watches over a manager's sessions until it is closed. */
export interface HealthMonitor extends Listenable<HealthEventMap> {}
export class HealthMonitor {
  constructor(manager: ConnectionManager, options?: HealthOptions);
  getCurrentHealthMetrics(): HealthMetrics;
  getHealthSummary(): HealthSummary;
  /** The alerts that were raised and are not over: at most one of each type. */
  getActiveAlerts(): Alert[];
  /** All that are remembered, pending ones and those that are over too: at most 64. */
  getAlerts(): Alert[];
  /** Silences an alert until it grows worse. Throws `health.unknown_alert`, `health.not_firing`. */
  acknowledgeAlert(id: number): Alert;
  /** Tells what only you know of the load; it counts until the next look, about every 5 s. */
  reportSystemLoad(load: Pick<SystemLoad, "cpu" | "queue">): void;
  /** Stops collecting. */
  close(): void;
  [Symbol.dispose](): void;
}

/** What an operation is handed at each attempt. */
export interface Attempt {
  /** From 1. */
  readonly attempt: number;
  /** Aborted when the attempt is given up: it took too long, or the operation was cancelled. */
  readonly signal: AbortSignal;
}

/** What is called, and called again. */
export type Operation<Result> = (attempt: Attempt) => Result | PromiseLike<Result>;

/** `final` would fail again, `overload` asks for longer waits, `transport` is anything else. */
export type FailureKind = "final" | "overload" | "transport";

/**
 * A strategy of your own: gives the delay before the next attempt in ms, 0 to a day (more is taken for a day), or
 * `undefined` to wait as the default strategy would. It is called after an attempt has failed, if there may be another
 * one: `attempt` is the number of the one that failed, from 1, and `error` is what it threw, or the failed `Response`.
 * `Retry-After` stays a floor under the delay. If it throws, or returns anything else (`config.type` or
 * `config.out_of_range`, field `strategy`), the operation is rejected with that and not tried again.
 */
export type DelayFunction = (attempt: number, error: unknown) => number | undefined;

/** A failure, judged. `retryAfter` is how many ms the other side asked to be left alone. */
export type Judgement = FailureKind | { kind: FailureKind; retryAfter?: number };

export interface CallOptions {
  /**
   * Cancels the call, whatever the reason is, and counts neither as a failure nor as a success. Of a signal that only
   * the operation knows, the package sees what the operation throws: an error of cancelling (`AbortError`, `ABORT_ERR`,
   * `CanceledError` and `ERR_CANCELED` of axios, `CancelError` of got, `UND_ERR_ABORTED` of undici), or an error with
   * such a `cause`. `fetch` throws the reason itself, so a reason of your own has to come by this option.
   */
  signal?: AbortSignal;
  /** Judges what was thrown, or the failed `Response` that was returned; `undefined` leaves it to the defaults. */
  classify?: (failure: unknown) => Judgement | undefined;
}

export interface RetryCallOptions extends CallOptions {
  /** An attempt that takes longer, in ms, is given up as a `TimeoutError`; no limit by default. */
  perAttemptTimeout?: number;
  /** Time in ms after which no further attempt begins; no limit by default. */
  deadline?: number;
  /**
   * The longest wait, in ms, that a server may ask for by `Retry-After`; after a longer one the operation is not tried
   * again. From 1 to 2,592,000,000 (30 days); by default ten times the strategy's `maxDelay` or 300,000, whichever is
   * more.
   */
  maxServerWait?: number;
  /** Whether a failure is worth another attempt. Asked only where the defaults, or `classify`, would try again. */
  retryIf?: (failure: unknown, attempt: number) => boolean;
  /** Gets the events of this operation. */
  onEvent?: (event: RetryEvent) => void;
  /** Holds retries back while too many fail. Shared by all calls that it is given to. */
  throttle?: RetryThrottle;
}

/** What happens to operations. Times are Unix time stamps in ms, durations are ms. */
export type RetryEvent =
  | ({ operationId: string } & Detail<"retry.attempt", { attempt: number; delay: number }>)
  | ({ operationId: string } & Detail<"retry.failed", { attempt: number; class?: "overload" | "transport"; error: unknown }>)
  | ({ operationId: string } & Detail<"retry.success", { attempt: number; took: number }>)
  | ({ operationId: string } & Detail<"retry.exhausted", { attempts: number }>);

/** What happens to circuits. */
export type CircuitEvent = { circuitId: string } & Detail<
  "circuit.opened" | "circuit.half_opened" | "circuit.closed" | "circuit.reset"
>;

export interface RetryManagerOptions {
  /** The most operations under way; 100,000 by default. */
  maxOperations?: number;
  /** The most attempts in the history; 1000 by default. */
  maxHistory?: number;
  /** The most operation ids that are counted apart; 1000 by default. */
  maxCounted?: number;
}

/** An operation under way. */
export interface OperationState {
  operationId: string;
  /** The attempt that is being made, or was made last; from 1. */
  attempt: number;
  /** When the next one is due, while it waits (Unix ms). */
  nextAttemptAt?: number;
}

/** An attempt that has ended. */
export interface AttemptRecord {
  operationId: string;
  attempt: number;
  /** When it ended (Unix ms). */
  at: number;
  outcome: "cancelled" | "success" | FailureKind;
  /** The wait that followed, in ms; absent if it was the last. */
  delay?: number;
}

/** Counts of attempts, of one operation or of all. */
export interface RetryStats {
  attempts: number;
  successes: number;
  transportFailures: number;
  overloadFailures: number;
  finalFailures: number;
  cancellations: number;
  /** Operations that were given up after a failure. */
  exhausted: number;
  /** All waits together, in ms. */
  totalDelay: number;
  /** Successes per attempt, 0 to 1; absent without one. */
  successRate?: number;
}

export type CircuitState = "CLOSED" | "HALF_OPEN" | "OPEN";

/** What is saved and restored. */
export interface CircuitSnapshot {
  /** A half-open breaker is saved as an open one: its probes are gone. */
  state: CircuitState;
  /** Whether somebody decided it by hand. */
  forced?: boolean;
  /** When a probe may go (Unix ms); absent unless open. */
  openUntil?: number;
  /** How often it opened since it was last closed. */
  openings?: number;
}

/** The events of a manager, by the name to listen for. */
export type RetryManagerEventMap = {
  [Name in RetryEvent["name"]]: CustomEvent<Extract<RetryEvent, { name: Name }>>;
} & CircuitEventMap;

/** The events of a breaker, by the name to listen for. */
export type CircuitEventMap = { [Name in CircuitEvent["name"]]: CustomEvent<CircuitEvent> };

/**
 * Calls `operation` until it succeeds, at most `maxAttempts` times (3 by default; `Infinity` for no limit), and gives
 * what it gave. The first attempt is made at once. An object that was once given as `strategy` must not be changed.
 *
 * A failure is what it throws or rejects with, and a `Response` (or what looks like one) with status 408, 425, 429, 500,
 * 502, 503 or 504. `Retry-After` is obeyed up to `maxServerWait`. Errors of cancelling (see `signal`) are never tried
 * again, nor are errors with another status of 400 to 499 in `status`, `statusCode` or those of `response`.
 *
 * After the last attempt the promise is rejected with the operation's own error, or fulfilled with the `Response`. It is
 * rejected with a `SteadfastError`, which has the last error as its `cause`, if there was no other attempt because of the
 * deadline (`retry.deadline`), the throttle (`retry.throttled`) or a `Retry-After` of more than `maxServerWait`
 * (`retry.server_wait`, with `retryAfter` in ms), if it was cancelled (`retry.cancelled`), if the breaker is open (`circuit.open`), and if an argument makes no sense (`config.…`).
 *
 * Cancelling ends a wait at once. An attempt under way learns of it by its `signal`; without `options` the promise
 * of a first attempt that ignores it is rejected when that ends, and otherwise at once.
 */
export function executeWithRetry<Result>(
  operationId: string,
  operation: Operation<Result>,
  strategy?: RetryStrategy | DelayFunction,
  maxAttempts?: number,
  options?: RetryCallOptions,
): Promise<Result>;

/**
 * Calls `operation` once, unless the circuit of this id is open: after `threshold` failures in a row (5 by default) it
 * opens for `timeout` ms (30,000 by default), and rejects with a `SteadfastError` `circuit.open`, whose `retryIn` says in
 * how many ms a probe may go. What counts as a failure is the same as for `executeWithRetry`; errors that would not be
 * tried again do not speak against the circuit.
 */
export function executeWithCircuitBreaker<Result>(
  circuitId: string,
  operation: Operation<Result>,
  threshold?: number,
  timeout?: number,
  options?: CallOptions,
): Promise<Result>;

/**
 * Tries calls again, and remembers how they went. Answers at once: see `ready()`; the two functions of the same names
 * never make a page wait.
 */
export interface RetryManager extends Listenable<RetryManagerEventMap> {}
export class RetryManager {
  /** The manager of the two functions. */
  static readonly default: RetryManager;

  constructor(options?: RetryManagerOptions);
  /** See the function of this name. */
  executeWithRetry: typeof executeWithRetry;
  /** See the function of this name. */
  executeWithCircuitBreaker: typeof executeWithCircuitBreaker;
  /** The operations under way, the oldest first. */
  operations(): OperationState[];
  /** Ends the operations of this id at once, and says how many there were. `reason` becomes the error's `cause`. */
  cancel(operationId: string, reason?: unknown): number;
  /** The last attempts, of this operation or of all, the oldest first. */
  getRetryHistory(operationId?: string): AttemptRecord[];
  getRetryStats(): RetryStats;
  /** Absent for an operation that was never seen, or long ago. */
  getRetryStats(operationId: string): RetryStats | undefined;
  /** The breaker of this circuit. */
  circuit(circuitId: string): CircuitBreaker | undefined;
  getCircuitState(circuitId: string): CircuitState | undefined;
  getCircuits(): ({ circuitId: string } & CircuitSnapshot)[];
  /** Cancels all operations, and lets go of everything. */
  close(): void;
  [Symbol.dispose](): void;
}

/** After `threshold` failures in a row it opens, for `timeout` ms at first. */
export interface ConsecutiveOptions {
  /** For messages and events; `unnamed` by default. */
  circuitId?: string;
  /** At least 1; 5 by default. */
  threshold?: number;
  /** 1 to a day; 30,000 by default. */
  timeout?: number;
}

/** When a breaker opens, and for how long. Times are ms. */
export interface BreakerOptions {
  threshold?: never;
  timeout?: never;
  /** For messages and events; `unnamed` by default. */
  circuitId?: string;
  /** The number of failures in a row that opens it. With it the failure rate counts only if it is given too. */
  consecutiveFailures?: number;
  /** It opens when this share of the calls in the window failed, above 0 to 1; 0.5 by default. */
  failureRate?: number;
  /** It opens when this share of the calls in the window were slow; 0.5 by default. */
  slowRate?: number;
  /** A call that takes longer is slow; no call is by default. */
  slowCall?: number;
  /** With fewer calls in the window no rate is judged; 5 by default. */
  minimumCalls?: number;
  /** The number of calls in the window, 1 to 64; 20 by default. */
  windowCalls?: number;
  /** The window reaches back no further than this; 30,000 by default. */
  windowTime?: number;
  /** How long it stays open at first; 30,000 by default. It doubles while probes fail. */
  openFor?: number;
  /** It never stays open for longer; 300,000 by default. */
  maxOpenFor?: number;
  /**
   * The number of probes that pass when it is half open, 1 to 7; 1 by default. It opens again as soon as `failureRate` of
   * them have failed, or the first where no rate is judged, and closes when all have ended without that.
   */
  probes?: number;
  /** A probe that has not ended after this is given up; 30,000 by default. */
  probeTimeout?: number;
}

/** Turns calls away while most of them fail. Answers at once: see `ready()`. */
export interface CircuitBreaker extends Listenable<CircuitEventMap> {}
export class CircuitBreaker {
  constructor(options?: ConsecutiveOptions | BreakerOptions);
  readonly circuitId: string;
  /** As the last call left it: an open breaker becomes half open when somebody calls after its time. */
  readonly state: CircuitState;
  /** Calls `operation`, unless it is open: then it rejects with `circuit.open`. */
  execute<Result>(operation: Operation<Result>, options?: CallOptions): Promise<Result>;
  /** Opens it, until it is reset, restored, or closed by hand. */
  forceOpen(): void;
  /** Closes it, whatever happens, until it is reset, restored, or opened by hand. */
  forceClosed(): void;
  /** Closes it and forgets everything. */
  reset(): void;
  snapshot(): CircuitSnapshot;
  restore(snapshot: CircuitSnapshot): void;
  /** Lets go of it. */
  close(): void;
  [Symbol.dispose](): void;
}

/** A bucket that failures empty and successes fill; retries go while it is more than half full (gRPC's). */
export interface TokenBucketOptions {
  type?: "TOKEN_BUCKET";
  /** Above 0 to 1000; 10 by default. */
  maxTokens?: number;
  /** What a success puts in; 0.1 by default. */
  tokenRatio?: number;
}

/** A quota that retries draw from and successes pay back (that of the AWS SDKs). */
export interface QuotaOptions {
  type: "QUOTA";
  /** 500 by default. */
  capacity?: number;
  /** Of a retry; 5 by default. */
  cost?: number;
  /** Of a retry after a sign of overload; 10 by default. */
  overloadCost?: number;
  /** What a success without a retry pays in; 1 by default. */
  refund?: number;
}

/** A share of the first attempts, and a fixed number a second on top (Finagle's). */
export interface RatioOptions {
  type: "RATIO";
  /** 0.2 by default. */
  share?: number;
  /** 10 by default. */
  perSecond?: number;
  /** In ms, 1000 to 60,000; 10,000 by default. */
  window?: number;
}

/** Holds retries back while too many fail, over all calls that it is given to. First attempts it never holds back. */
export class RetryThrottle {
  constructor(options?: TokenBucketOptions | QuotaOptions | RatioOptions);
}
