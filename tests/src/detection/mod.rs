//! Failure detection over TCP, in simulated time: how often a link that lives is given up, and how soon one that is
//! dead.
//!
//! A real [`Connection`](steadfast_core::connection::Connection) runs over a TCP connection with a sender in each
//! direction (`tcp`), on a [`Path`] that delays, loses, buffers and has holes.

mod path;
mod run;
mod tcp;
mod world;

pub use self::path::{Holes, Path};
pub use self::run::{Deaths, Sight, Transfer, false_deaths, losses, times_to_notice};
