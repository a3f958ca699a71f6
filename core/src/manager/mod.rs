//! Many sessions and their running totals.

mod error;
mod registry;
mod totals;

pub use error::ManagerError;
pub use registry::{ConnectionManager, HeartbeatUpdate, ManagerConfig};
pub use totals::{QualityDistribution, StatusDistribution, Totals};
