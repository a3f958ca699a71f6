//! Metrics, alerts and trends from running totals.

mod alert;
mod alerts;
mod baseline;
mod config;
mod error;
mod fit;
mod history;
mod load;
mod metrics;
mod monitor;
mod reading;
mod series;
#[cfg(feature = "serde")]
mod stored;
mod trend;

pub use alert::{Alert, AlertKind, AlertState, Severity};
pub use alerts::Alerts;
pub use config::{AlertRule, HealthConfig, OverloadRule};
pub use error::HealthError;
pub use fit::Fit;
pub use load::{Load, SystemLoad};
pub use metrics::{HealthMetrics, LatencySummary};
pub use monitor::{HealthMonitor, HealthSummary};
pub use trend::{Direction, Forecast, HealthTrends, Trend};

#[cfg(test)]
mod tests;
