//! What a server of this crate does, seen by clients that say each frame by themselves.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of a test may fail as the test does"
)]

mod believes_nothing;
mod bounds;
mod client;
mod closes;
mod forgets;
mod hints;
mod listener;
mod notices_silence;
mod outlives_its_runtime;
mod resumes;
mod serves_anyone;
#[cfg(feature = "axum")]
mod upgrades;
