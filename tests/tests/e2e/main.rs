//! The whole, end to end: real processes, real sockets, real kills.

use std::error::Error;

mod client;
mod collector;
mod echo;
mod report;

/// The server that the collector's own tests use.
#[path = "../../../collector/tests/collector/postgres.rs"]
#[allow(dead_code, clippy::unwrap_used)]
mod postgres;

mod bad_options;
mod bad_reports;
mod black_hole;
mod clients_report_on;
mod collector_killed;
mod fleet;
mod live_moves;
mod server_killed;

type Fallible<T> = Result<T, Box<dyn Error + Send + Sync>>;
type Outcome = Fallible<()>;
