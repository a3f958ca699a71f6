//! A small seeded network in simulated time: clients that are real `core` machines, a server, and
//! links between them that delay, lose, refuse and swallow.
//!
//! Nothing here has a clock. A [`World`] jumps from one thing that happens to the next, so an hour
//! passes in milliseconds, and the same seed gives the same hour.

mod client;
mod link;
mod server;
mod world;

pub use client::Client;
pub use link::{Conditions, Link};
pub use server::{Mode, Server};
pub use world::World;
