//! Is the peer alive, and how far away is it?

mod config;
mod interval;
mod pings;
mod rtt;

pub use config::{HeartbeatConfig, Intervals};
pub(crate) use interval::interval;
pub use pings::PingId;
pub(crate) use pings::Pings;
pub use rtt::Rtt;
