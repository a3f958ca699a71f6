//! The close codes of `steadfast.v1`, and what each side makes of them.
//!
//! Those below 4000 mean what RFC 6455, 7.4.1, and the registry of IANA say. `docs/protocol.md` has
//! the table.

/// The session is over for good, whichever side says so. Every other code leaves it to be resumed.
pub const DONE: u16 = 1000;

/// The other side broke the rules: a control frame that is none, a count that cannot be.
pub const VIOLATION: u16 = 1002;

/// A message was too long.
pub const TOO_BIG: u16 = 1009;

/// The server restarts. The reason says over how long a window its clients are to come back.
pub const RESTART: u16 = 1012;

/// The server has no room, or no time. The reason says when to come back.
pub const TRY_LATER: u16 = 1013;

/// A client gives a link up, and will come back: the link is dead, or the page sleeps. The first of
/// the codes that RFC 6455, 7.4.2, leaves to applications.
pub const AWAY: u16 = 4000;

/// The link was silent for too long, or no hello came. The session may be resumed.
pub const TIMED_OUT: u16 = 4408;

/// Another link has taken the session over. A side that learns so by a link that it still wanted has
/// shared its token, and does not come back: the two would take it from each other for ever.
pub const REPLACED: u16 = 4409;
