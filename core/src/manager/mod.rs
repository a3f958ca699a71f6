//! Many sessions, their deadlines and their running totals.

mod admission;
mod config;
mod error;
mod health;
mod heard;
mod heartbeats;
mod index;
mod list;
mod liveness;
mod names;
mod output;
mod reconnecting;
mod registry;
mod session;
mod slab;
mod statuses;
mod timeouts;
mod totals;
mod view;
mod wheel;

pub use config::{ManagerConfig, ReconnectConfig};
pub use error::ManagerError;
pub use health::SessionHealth;
pub use liveness::Liveness;
pub use output::{HeartbeatUpdate, ManagerOutput, ScheduledReconnection};
pub use registry::ConnectionManager;
pub use totals::{QualityDistribution, StatusDistribution, Totals};
pub use view::SessionView;

#[cfg(test)]
mod tests;
