//! Under `steadfast.v1` no message is lost, doubled or out of order, whatever happens to the links.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

mod real;
mod sim;
mod world;
