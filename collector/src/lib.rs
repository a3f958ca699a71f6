//! The collector of Steadfast: takes the reports of clients, keeps what they tell, and shows how
//! a fleet is doing.
//!
//! It decides nothing about connections itself. A report goes through the [`ingest`] queue into
//! the [`store`], many in one commit; what is committed goes to the [`fleet`], which holds the
//! core's own `ConnectionManager` and `HealthMonitor` for every organisation; and the HTTP side
//! answers from there. So a collector that was killed comes back with all it had acknowledged,
//! and its metrics are computed by the code that computes a client's.
//!
//! ```text
//! POST /v1/reports ──▶ queue ──▶ writer ──▶ store ──commit──▶ fleet ──▶ /v1/connections, /v1/health, /v1/live
//!                        │ full: 503                  └──▶ 200
//! ```
//!
//! Every key belongs to one organisation, and every question is asked of one organisation's
//! [`fleet::Organization`]: there is no query over several, so none can forget the boundary.

pub mod address;
pub mod alerts;
pub mod audit;
pub mod auth;
pub mod breakdown;
pub mod claim;
mod clock;
mod collector;
pub mod config;
pub mod deletion;
mod error;
pub mod fleet;
mod http;
pub mod ingest;
mod listening;
pub mod live;
pub mod load;
pub mod metrics;
pub mod new_sessions;
pub mod notes;
mod otlp;
pub mod outgoing;
mod presence;
mod rate;
pub mod readiness;
mod reload;
mod restore;
pub mod retention;
mod state;
pub mod store;
pub mod webhooks;

pub use clock::{Clock, ClockReading, SteadyClock};
pub use collector::Collector;
pub use config::Config;
pub use error::StartError;
pub use http::{Address, addresses, openapi, read_report};
pub use reload::{LiveConfig, RELOADED, Reloaded};
