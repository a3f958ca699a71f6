// The error of everything that is refused.

/**
 * The codes of what is refused or goes wrong; they stay. `core/src/codes.rs` has the same list for Rust.
 */
export type SteadfastErrorCode =
  | "circuit.cancelled"
  | "circuit.conflict"
  | "circuit.disposed"
  | "circuit.open"
  | "config.out_of_range"
  | "config.protocol"
  | "config.text"
  | "config.type"
  | "config.unknown_field"
  | "config.unknown_value"
  | "config.url"
  | "connection.blocked"
  | "connection.closed"
  | "handshake.failed"
  | "handshake.interrupted"
  | "handshake.over"
  | "handshake.unread"
  | "health.closed"
  | "health.not_firing"
  | "health.unknown_alert"
  | "manager.closed"
  | "manager.duplicate_session"
  | "manager.not_reconnecting"
  | "manager.timestamp_in_future"
  | "manager.too_many_sessions"
  | "manager.too_many_sessions_of_organization"
  | "manager.too_many_sessions_of_user"
  | "manager.unknown_session"
  | "message.refused"
  | "message.reserved"
  | "message.type"
  | "messages.overflow"
  | "module.failed"
  | "module.not_ready"
  | "module.unavailable"
  | "module.unreachable"
  | "outbox.full"
  | "persist.failed"
  | "persist.held"
  | "report.refused"
  | "retry.cancelled"
  | "retry.deadline"
  | "retry.server_wait"
  | "retry.throttled"
  | "snapshot.damaged"
  | "snapshot.foreign"
  | "snapshot.session"
  | "snapshot.version"
  | "status.illegal_transition";

/** What is wrong, in `code`, in a form that stays: `config.out_of_range`, `outbox.full`, … */
export class SteadfastError extends Error {
  constructor(code: SteadfastErrorCode, message: string, field?: string);
  readonly name: "SteadfastError";
  readonly code: SteadfastErrorCode;
  /** The refused option, such as `retry.maxDelay`. */
  readonly field?: string;
  /** In how many ms a probe may go, if a circuit is open. */
  readonly retryIn?: number;
  /** For how many ms the server asked to be left alone, if that was too long to wait. */
  readonly retryAfter?: number;
}
