//! The server's half of `steadfast.v1`: sessions that outlive their links.
//!
//! | what | its idea |
//! |---|---|
//! | [`Session`] | one session: what is kept for its client, what has come, and the one link that counts |
//! | [`Registry`] | which sessions there are, who may resume them, and when they are forgotten |
//! | [`Slots`] | when those who come all at once are to come back |
//!
//! Nothing that a client says is believed without a check. A name of a session proves nothing, a
//! token is compared in constant time, a count is held against what was sent, and everything that
//! is kept for a client has a bound.
//!
//! A driver, for each link of a client that chose the sub-protocol:
//!
//! 1. waits for the [`Hello`](super::Hello), and asks [`Registry::find`] for its session. If there
//!    is one, [`Session::attach`] says whether the counts fit; if there is none, or they do not,
//!    [`Registry::begin`] makes a new one or refuses;
//! 2. tells the session what comes, with [`Session::handle_frame`] and
//!    [`Session::handle_message`], and writes what [`Session::poll_output`] says, whenever the
//!    socket has room;
//! 3. calls [`Session::detach`] and [`Registry::detached`] when the link is gone.

mod config;
mod registry;
mod session;
mod slots;

pub use config::{RegistryConfig, SessionConfig};
pub use registry::{Ended, NewSession, RandomBytes, Refusal, Registry, SessionId};
pub use session::{AttachError, LinkId, Session, SessionOutput, Violation};
pub use slots::{SlotConfig, Slots};
