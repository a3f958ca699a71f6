//! Steadfast in JavaScript: the decisions of [`steadfast_core`], carried out with a browser's
//! sockets, timers and requests.
//!
//! This crate is compiled to WebAssembly and published, together with the scripts in `js/`, as the
//! npm package `steadfast`. Each side does what it does cheaply:
//!
//! - Rust decides, and does what happens seldom: it dials, arms timers, sends heartbeats and
//!   reports, reads options, and tells events.
//! - JavaScript keeps the payloads of messages and hands them to the socket and to listeners. They
//!   are never copied into WebAssembly memory: one call with numbers tells Rust that a message
//!   came or is to go.
//!
//! It becomes two modules, by its features: `connection`, and `services`, which a page loads when it
//! makes the first object of such a class.
//!
//! | module | its idea |
//! |---|---|
//! | `connection` | one connection, as a class: `driving` carries out what the core says, `dialling` dials |
//! | `socket` | one WebSocket, of the platform's class or the user's |
//! | `address` | where to dial, asked anew for every dial if a function says it |
//! | `reporter` | reports, which JavaScript sends |
//! | `manager`, `health` | the two services, as classes |
//! | `retry`, `breaker` | decisions about the user's own calls, which JavaScript makes |
//! | `options`, `strategy`, `fields` | what the user configures, read and checked |
//! | `clock`, `timer` | time, as an instant and as a call back |
//! | `sink`, `error`, `value` | what crosses to JavaScript |

#![cfg_attr(
    not(all(feature = "connection", feature = "services")),
    allow(dead_code, reason = "what both modules share is not all used by each")
)]

#[cfg(feature = "connection")]
mod address;
#[cfg(feature = "services")]
mod breaker;
mod clock;
#[cfg(feature = "connection")]
mod connection;
mod error;
mod fields;
#[cfg(feature = "services")]
mod health;
#[cfg(feature = "services")]
mod manager;
mod options;
#[cfg(feature = "connection")]
mod reporter;
#[cfg(feature = "services")]
mod retry;
#[cfg(feature = "connection")]
mod sink;
#[cfg(feature = "connection")]
mod socket;
mod strategy;
mod timer;
mod value;

/// Takes a fifth of the code of the standard library's, and constant time for each call.
#[cfg(target_family = "wasm")]
#[global_allocator]
static ALLOCATOR: rlsf::SmallGlobalTlsf = rlsf::SmallGlobalTlsf::new();

#[cfg(feature = "services")]
pub use breaker::Breaker;
#[cfg(feature = "connection")]
pub use connection::Driver;
#[cfg(feature = "services")]
pub use health::Monitor;
#[cfg(feature = "services")]
pub use manager::Manager;
#[cfg(feature = "services")]
pub use retry::{Gate, OperationName, Policy, Retries};
#[cfg(feature = "connection")]
pub use sink::Sink;
