use core::time::Duration;

use crate::activity::Activity;
use crate::manager::{QualityDistribution, StatusDistribution, Totals};

/// How a set of sessions is doing: how many there are now, and what happened in the last window.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct HealthMetrics {
    /// All sessions.
    pub total_connections: u64,
    /// Connected, and not known to be poor.
    pub healthy_connections: u64,
    /// Reconnecting, failed, or connected with a poor or critical quality.
    pub unhealthy_connections: u64,
    /// Sessions by status.
    pub status_distribution: StatusDistribution,
    /// Sessions by quality.
    pub quality_distribution: QualityDistribution,
    /// The mean round-trip time within the window; absent without one.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    pub average_latency: Option<Duration>,
    /// The median round-trip time within the window, within 4.33 %.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    pub latency_p50: Option<Duration>,
    /// 95 % of the round-trip times within the window are no longer, within 4.33 %.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    pub latency_p95: Option<Duration>,
    /// 99 % of the round-trip times within the window are no longer, within 4.33 %.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    pub latency_p99: Option<Duration>,
    /// The share of what was tried within the window that went wrong, 0 … 1: see
    /// [`Activity::error_rate`].
    pub error_rate: f64,
    /// Links that came back within the window, per minute.
    pub reconnection_rate: f64,
    /// Links that were lost or closed within the window, per minute.
    pub disconnection_rate: f64,
}

impl HealthMetrics {
    /// From how many sessions there are and what happened within a window of that length.
    #[must_use]
    pub fn new(totals: &Totals, activity: &Activity, window: Duration) -> Self {
        let minutes = (window.as_secs_f64() / 60.0).max(f64::MIN_POSITIVE);
        let per_minute = |count: u64| if count == 0 { 0.0 } else { count as f64 / minutes };
        Self {
            total_connections: totals.sessions(),
            healthy_connections: totals.healthy,
            unhealthy_connections: totals.unhealthy,
            status_distribution: totals.by_status,
            quality_distribution: totals.by_quality,
            average_latency: activity.latency.mean(),
            latency_p50: activity.latency.percentile(0.50),
            latency_p95: activity.latency.percentile(0.95),
            latency_p99: activity.latency.percentile(0.99),
            error_rate: activity.error_rate(),
            reconnection_rate: per_minute(activity.reconnections),
            disconnection_rate: per_minute(activity.disconnections),
        }
    }
}
