//! The decisions of Steadfast, and nothing else.
//!
//! Whether a peer is dead, when to try again, how good a link is: such decisions are hard to get
//! right and easy to test, as long as nothing stands between them and a test. So they live here,
//! in state machines that never read a clock, open a socket, spawn a task or draw a random number
//! of their own. They get events with their times, and answer with the next actions. A browser,
//! a tokio program, the collector and the simulation all run the same machines, and two of them
//! fed the same inputs give the same outputs, bit for bit.
//!
//! # The shape of a machine
//!
//! ```
//! use core::time::Duration;
//! use steadfast_core::connection::{Connection, ConnectionConfig, Input, Output, Registration};
//! use steadfast_core::time::Instant;
//!
//! # fn main() -> Result<(), steadfast_core::ConfigError> {
//! let config = ConnectionConfig::new(Registration::new("session-1", "native"));
//! let mut now = Instant::ORIGIN;
//! let mut connection = Connection::new(config, 42, now)?;
//!
//! connection.handle_input(now, Input::Open);
//! while let Some(output) = connection.poll_output() {
//!     match output {
//!         Output::Dial { socket, .. } => { /* open a socket, and remember it under this id */ }
//!         Output::Event(event) => println!("{}", event.kind.name()),
//!         _ => {}
//!     }
//! }
//! // Nothing came: the machine asked to be called back, and says why.
//! let deadline = connection.poll_timeout().expect("a dial is under way");
//! now = deadline.at;
//! connection.handle_timeout(now);
//! # Ok(())
//! # }
//! ```
//!
//! # The rooms
//!
//! | module | its idea |
//! |---|---|
//! | [`connection`] | one connection: dial, probe, judge, try again; its record, its statuses, its outbox |
//! | [`retry`] | how long to wait before the next attempt |
//! | [`breaker`] | whether a call may be made at all |
//! | [`heartbeat`] | round-trip time, pings in flight, the interval between two of them |
//! | [`quality`] | a score from what was measured, and a level that does not flap |
//! | [`activity`] | what happened during a stretch of time, as numbers that add up
//! | [`manager`] | many sessions and their running totals |
//! | [`health`] | metrics from those totals |
//! | [`histogram`] | latencies that merge without loss |
//! | [`protocol`] | delivery that survives reconnects: the sub-protocol `steadfast.v1` |
//! | [`race`] | which of a host's addresses to connect to, and when |
//! | [`report`] | what a client tells the collector |
//! | [`snapshot`] | what outlives a page or a process |
//! | [`event`], [`time`], [`rng`] | what happened, when, and by what chance |

#![no_std]
#![forbid(unsafe_code)]

extern crate alloc;
#[cfg(test)]
extern crate std;

pub mod activity;
pub mod breaker;
mod codec;
pub mod codes;
pub mod connection;
mod decimal;
mod error;
pub mod event;
pub mod health;
pub mod heartbeat;
pub mod histogram;
pub mod manager;
mod order;
pub mod outbox;
pub mod protocol;
pub mod quality;
pub mod race;
pub mod report;
pub mod retry;
pub mod rng;
#[cfg(feature = "schema")]
mod schema;
pub mod snapshot;
pub mod time;

pub use error::ConfigError;
