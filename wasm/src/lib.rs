//! Steadfast in JavaScript: the decisions of [`steadfast_core`], carried out with a browser's
//! sockets, timers and requests.
//!
//! This crate is compiled to WebAssembly and published, together with the scripts in `js/`, as the
//! npm package `steadfast`. Each side does what it does cheaply:
//!
//! - Rust decides, and does what happens seldom: it dials, arms timers, sends heartbeats and
//!   reports, reads options, and tells events.
//! - JavaScript keeps the payloads of messages and hands them to the socket and to listeners. They
//!   are never copied into WebAssembly memory: Rust is told by one call with numbers that a message
//!   came or is to go.
//!
//! | module | its idea |
//! |---|---|
//! | `connection` | drives one connection of the core |
//! | `socket` | one WebSocket, of the platform's class or the user's |
//! | `address` | where to dial, asked anew for every dial if a function says it |
//! | `reporter` | reports, by `fetch` |
//! | `manager`, `health` | the two services, as classes |
//! | `retry`, `breaker` | decisions about the user's own calls, which JavaScript makes |
//! | `options`, `strategy`, `fields` | what the user configures, read and checked |
//! | `clock`, `timer` | time, as an instant and as a call back |
//! | `sink`, `error`, `value` | what crosses to JavaScript |

mod address;
mod breaker;
mod clock;
mod connection;
mod error;
mod fields;
mod health;
mod manager;
mod options;
mod reporter;
mod retry;
mod sink;
mod socket;
mod strategy;
mod timer;
mod value;

pub use breaker::Breaker;
pub use connection::Driver;
pub use health::Monitor;
pub use manager::Manager;
pub use retry::{Gate, OperationName, Policy, Retries};
pub use sink::Sink;
