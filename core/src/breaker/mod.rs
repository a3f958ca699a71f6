//! Whether a call may be made at all.
//!
//! When most calls to a peer fail, further ones cost the caller time and the peer what is left of
//! its strength. A [`CircuitBreaker`] watches the calls, and turns them away at once while there is
//! no hope; after a while it lets a few probes through and closes again when they succeed.

mod atomic;
mod config;
mod permit;
mod shared;
mod snapshot;
mod window;
mod word;

pub use config::BreakerConfig;
pub use permit::{Outcome, Permit, Rejection, Transition};
pub use shared::CircuitBreaker;
pub use snapshot::BreakerSnapshot;
pub use word::BreakerState;
