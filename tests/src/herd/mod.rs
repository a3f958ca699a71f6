//! A fleet that loses its server, and the server's capacity to take it back, in simulated time.
//!
//! Every client is a real [`Connection`](steadfast_core::connection::Connection) with a seed of its own. The server
//! restarts at once with nobody connected, and accepts `capacity` clients a second at most. What it does with more is
//! its [`Kind`]. The measure is T99: the time until 99 % of the fleet are connected, divided by the time that the server
//! needs for all of them. 1 is the optimum, and a fleet that keeps its server busy in vain never gets there.

mod client;
mod server;
mod simulation;

pub use self::client::Platform;
pub use self::server::{Hints, Kind};
pub use self::simulation::{Fleet, Return};
