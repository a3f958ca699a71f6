//! The collector over real sockets, on a real database file.

// Helpers fail as tests do, and the lint exempts only functions that are marked as tests.
#![allow(clippy::expect_used, clippy::unwrap_used)]

mod access;
mod alerts;
mod command_line;
mod configuration;
mod dashboard;
mod kill;
mod live;
mod order;
mod overload;
mod probes;
mod process;
mod prometheus;
mod refusals;
mod reports;
mod restart;
mod retention;
mod support;
