//! Whether a call may be made at all.
//!
//! When most calls to a peer fail, further ones cost the caller time and the peer what is left of
//! its strength. A [`CircuitBreaker`] watches the calls, and turns them away at once while there is
//! no hope; after a while it lets a few probes through and closes again when they succeed.

mod atomic;
mod config;
mod packed_state;
mod permit;
mod shared;
mod snapshot;
mod window;

pub use config::BreakerConfig;
pub use packed_state::BreakerState;
pub use permit::{Outcome, Permit, Rejection, Transition};
pub use shared::CircuitBreaker;
pub use snapshot::BreakerSnapshot;
