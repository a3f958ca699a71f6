//! Is the peer alive, and how far away is it?

mod config;
mod interval;
mod patience;
mod pings;
mod rtt;

pub(crate) use config::nanos_on_slowest_link;
pub use config::{HeartbeatConfig, Intervals};
pub(crate) use interval::interval;
pub(crate) use patience::{Expected, GivenUp, Patience};
pub use pings::PingId;
pub(crate) use pings::{Answered, Mark, Pings};
pub use rtt::Rtt;
