//! Metrics from running totals.

mod metrics;
mod monitor;

pub use metrics::HealthMetrics;
pub use monitor::{HealthConfig, HealthMonitor};
