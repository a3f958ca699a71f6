// How a session is doing, and why a link was lost.

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

/**
 * What kind of failure an attempt had: the other side has too much to do (`overload`), waiting does not mend it (`persistent`),
 * the other side was reached and did not answer in time (`slow`), or none of these is known (`transport`).
 */
export type FailureClass = "overload" | "persistent" | "slow" | "transport";

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
