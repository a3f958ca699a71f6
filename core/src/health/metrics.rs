use core::time::Duration;

use super::load::SystemLoad;
use crate::activity::Activity;
use crate::histogram::Histogram;
use crate::manager::{QualityDistribution, StatusDistribution, Totals};

/// How a set of sessions is doing: how many there are now, and what happened in the last minute.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct HealthMetrics {
    /// All sessions that are known: live, ended and stale ones.
    pub total_connections: u64,
    /// Sessions that are heard of and have not ended.
    #[cfg_attr(feature = "serde", serde(default))]
    pub live_connections: u64,
    /// Sessions that have ended, and are still known.
    #[cfg_attr(feature = "serde", serde(default))]
    pub ended_connections: u64,
    /// Sessions that have not ended, and were not heard of for three of their intervals.
    #[cfg_attr(feature = "serde", serde(default))]
    pub stale_connections: u64,
    /// Live, connected, and with a good or an excellent quality.
    pub healthy_connections: u64,
    /// Live, and reconnecting, failed, or connected with a poor or critical quality. Those that are
    /// suspended, or whose quality is unknown, are neither healthy nor unhealthy.
    pub unhealthy_connections: u64,
    /// Sessions by status, without stale ones.
    pub status_distribution: StatusDistribution,
    /// Live sessions by quality.
    pub quality_distribution: QualityDistribution,
    /// The mean round-trip time within the last minute; absent without one.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Millis>"))]
    pub average_latency: Option<Duration>,
    /// The median round-trip time within the last minute, within 4.33 %.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Millis>"))]
    pub latency_p50: Option<Duration>,
    /// 95 % of the round-trip times within the last minute are no longer, within 4.33 %.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Millis>"))]
    pub latency_p95: Option<Duration>,
    /// 99 % of the round-trip times within the last minute are no longer, within 4.33 %.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Millis>"))]
    pub latency_p99: Option<Duration>,
    /// The round-trip times of the last five minutes; absent without one.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub last_5_minutes: Option<LatencySummary>,
    /// The round-trip times of the last hour; absent without one.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub last_hour: Option<LatencySummary>,
    /// The share of what was tried within the last minute that went wrong, 0 … 1: see
    /// [`Activity::error_rate`].
    pub error_rate: f64,
    /// Links that came back within the last minute, per minute.
    pub reconnection_rate: f64,
    /// Links that were lost or closed within the last minute, per minute.
    pub disconnection_rate: f64,
    /// What the machine or the page has to do; absent if nothing is known of it.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub system_load: Option<SystemLoad>,
    /// How long the last collection took, as measured by the driver of the monitor.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Millis>"))]
    pub processing_time: Option<Duration>,
}

/// Round-trip times within a stretch of time; percentiles are within 4.33 %.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct LatencySummary {
    /// How many there were.
    pub count: u64,
    /// Their mean.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub average: Duration,
    /// Their median.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub p50: Duration,
    /// 95 % are no longer.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub p95: Duration,
    /// 99 % are no longer.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    #[cfg_attr(feature = "schema", schemars(with = "crate::schema::Millis"))]
    pub p99: Duration,
}

impl LatencySummary {
    /// Of the values in a histogram; absent if it is empty.
    #[must_use]
    pub fn of(latencies: &Histogram) -> Option<Self> {
        Some(Self {
            count: latencies.count(),
            average: latencies.mean()?,
            p50: latencies.percentile(0.50)?,
            p95: latencies.percentile(0.95)?,
            p99: latencies.percentile(0.99)?,
        })
    }
}

impl HealthMetrics {
    /// From how many sessions there are and what happened within a window of that length. What
    /// neither of them says is absent.
    #[must_use]
    pub fn new(totals: &Totals, activity: &Activity, window: Duration) -> Self {
        let minutes = (window.as_secs_f64() / 60.0).max(f64::MIN_POSITIVE);
        let per_minute = |count: u64| if count == 0 { 0.0 } else { count as f64 / minutes };
        Self {
            total_connections: totals.sessions(),
            live_connections: totals.live(),
            ended_connections: totals.ended(),
            stale_connections: totals.stale,
            healthy_connections: totals.healthy,
            unhealthy_connections: totals.unhealthy,
            status_distribution: totals.by_status,
            quality_distribution: totals.by_quality,
            average_latency: activity.latency.mean(),
            latency_p50: activity.latency.percentile(0.50),
            latency_p95: activity.latency.percentile(0.95),
            latency_p99: activity.latency.percentile(0.99),
            last_5_minutes: None,
            last_hour: None,
            error_rate: activity.error_rate(),
            reconnection_rate: per_minute(activity.reconnections),
            disconnection_rate: per_minute(activity.disconnections),
            system_load: None,
            processing_time: None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_their_names() {
        let mut latencies = Histogram::default();
        (1..=100).for_each(|number| latencies.record(Duration::from_millis(10 * number)));
        let of = |p| latencies.percentile(p).unwrap();
        let summary = LatencySummary::of(&latencies).unwrap();
        assert_eq!((summary.count, summary.average), (100, Duration::from_millis(505)));
        assert_eq!([summary.p50, summary.p95, summary.p99], [0.5, 0.95, 0.99].map(of));
        assert_eq!(LatencySummary::of(&Histogram::default()), None);
    }
}
