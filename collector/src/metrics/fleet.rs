//! What is known of every organisation's sessions, as families of metrics.

use prometheus::core::Collector;
use prometheus::proto::{Bucket, Histogram, LabelPair, Metric, MetricFamily, MetricType};
use prometheus::{IntCounterVec, IntGaugeVec, Opts};
use steadfast_core::activity::Activity;
use steadfast_core::health::Severity;
use steadfast_core::histogram;
use steadfast_core::manager::Totals;

use crate::fleet::Fleet;
use crate::notes::KeyNotes;

/// At most that many organisations, the first by name: a scrape has to stay small.
pub(crate) const MAX_ORGANIZATIONS: usize = 1000;

/// Every eighth line between the core's buckets is a power of two, and a line of these buckets: so
/// they are exact.
const PER_DOUBLING: usize = 8;

/// The families of a fleet.
pub(super) fn gather(fleet: &Fleet, notes: &KeyNotes) -> prometheus::Result<Vec<MetricFamily>> {
    let gauge = |name, help, labels: &[&str]| IntGaugeVec::new(Opts::new(name, help), labels);
    let by_status = gauge(
        "steadfast_sessions",
        "Sessions by status; those that are stale, and not heard of, have none but that.",
        &["organization", "status"],
    )?;
    let by_quality = gauge(
        "steadfast_sessions_by_quality",
        "Live sessions by quality; of those that are unknown too little is known to judge.",
        &["organization", "quality"],
    )?;
    let alerts = gauge(
        "steadfast_alerts",
        "Alerts that were raised and are not over, acknowledged ones too: 1 for each.",
        &["organization", "type", "severity"],
    )?;
    let refused = IntCounterVec::new(
        Opts::new(
            "steadfast_report_notes_total",
            "What was refused, passed over or counted with a reduced weight of the reports of each key.",
        ),
        &["organization", "key", "code"],
    )?;
    let counters = counters()?;
    let mut latencies = Vec::new();
    for (organization_id, organization) in fleet.organizations().into_iter().take(MAX_ORGANIZATIONS)
    {
        let id = organization_id.as_str();
        let (totals, activity) = organization.totals();
        for (status, count) in statuses(&totals) {
            by_status.with_label_values(&[id, status]).set(clamped(count));
        }
        for (quality, count) in qualities(&totals) {
            by_quality.with_label_values(&[id, quality]).set(clamped(count));
        }
        for alert in organization.alerts().active() {
            let (kind, severity) = (alert.kind.as_str(), severity(alert.severity));
            alerts.with_label_values(&[id, kind, severity]).set(1);
        }
        for (counter, (_, _, read)) in counters.iter().zip(COUNTERS) {
            counter.with_label_values(&[id]).inc_by(read(&activity));
        }
        for note in notes.of(&organization_id) {
            refused.with_label_values(&[id, &note.key, note.code]).inc_by(note.count);
        }
        latencies.push(latency(id, &activity.latency));
    }
    let mut families = by_status.collect();
    families.extend(by_quality.collect());
    families.extend(alerts.collect());
    families.extend(refused.collect());
    families.extend(counters.iter().flat_map(Collector::collect));
    let mut family = MetricFamily::default();
    family.set_name("steadfast_heartbeat_latency_seconds".to_owned());
    family.set_help("Round-trip times of heartbeats.".to_owned());
    family.set_field_type(MetricType::HISTOGRAM);
    family.set_metric(latencies);
    families.push(family);
    // A family without a metric is not allowed in a scrape.
    families.retain(|family| !family.get_metric().is_empty());
    Ok(families)
}

/// A counter's name, what it counts, and how it is read.
type Counter = (&'static str, &'static str, fn(&Activity) -> u64);

const COUNTERS: [Counter; 7] = [
    ("steadfast_connects_total", "Dials that brought a link up.", |a| a.connects),
    ("steadfast_disconnections_total", "Links that went down.", |a| a.disconnections),
    (
        "steadfast_unplanned_disconnections_total",
        "Links that went down though nobody meant it.",
        |a| a.unplanned_disconnections,
    ),
    ("steadfast_failed_attempts_total", "Dials that failed.", |a| a.failed_attempts),
    ("steadfast_heartbeats_total", "Heartbeats that were answered.", |a| a.heartbeats),
    ("steadfast_missed_heartbeats_total", "Heartbeats that were missed.", |a| a.missed_heartbeats),
    (
        "steadfast_reconnections_total",
        "Dials that brought a link up that was not the session's first.",
        |a| a.reconnections,
    ),
];

fn counters() -> prometheus::Result<Vec<IntCounterVec>> {
    COUNTERS
        .iter()
        .map(|(name, help, _)| IntCounterVec::new(Opts::new(*name, *help), &["organization"]))
        .collect()
}

fn statuses(totals: &Totals) -> [(&'static str, u64); 6] {
    let by = &totals.by_status;
    [
        ("connected", by.connected),
        ("disconnected", by.disconnected),
        ("failed", by.failed),
        ("reconnecting", by.reconnecting),
        ("stale", totals.stale),
        ("suspended", by.suspended),
    ]
}

fn qualities(totals: &Totals) -> [(&'static str, u64); 5] {
    let by = &totals.by_quality;
    [
        ("critical", by.critical),
        ("excellent", by.excellent),
        ("good", by.good),
        ("poor", by.poor),
        ("unknown", by.unknown),
    ]
}

fn severity(severity: Severity) -> &'static str {
    match severity {
        Severity::Critical => "CRITICAL",
        Severity::High => "HIGH",
        Severity::Low => "LOW",
        Severity::Medium => "MEDIUM",
    }
}

fn latency(organization: &str, latency: &histogram::Histogram) -> Metric {
    let mut cumulative = 0_u64;
    let mut buckets = Vec::new();
    // The last lines would be beyond the last bucket, which has no upper end.
    for (doubling, counts) in latency.buckets().chunks_exact(PER_DOUBLING).enumerate() {
        cumulative += counts.iter().map(|&count| u64::from(count)).sum::<u64>();
        let mut bucket = Bucket::default();
        bucket.set_cumulative_count(cumulative);
        bucket.set_upper_bound(0.002 * 2_f64.powi(i32::try_from(doubling).unwrap_or(i32::MAX)));
        buckets.push(bucket);
    }
    let mut shape = Histogram::default();
    shape.set_bucket(buckets);
    shape.set_sample_count(latency.count());
    shape.set_sample_sum(latency.sum_millis() / 1000.0);
    let mut label = LabelPair::default();
    label.set_name("organization".to_owned());
    label.set_value(organization.to_owned());
    let mut metric = Metric::from_label(vec![label]);
    metric.set_histogram(shape);
    metric
}

fn clamped(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn a_latency_counts_in_every_bucket_from_its_own_on() {
        let mut known = histogram::Histogram::default();
        for millis in [1, 2, 3, 1000, 100_000] {
            known.record(Duration::from_millis(millis));
        }
        let metric = latency("acme", &known);
        let below = |limit: f64| {
            let mut buckets = metric.get_histogram().get_bucket().iter();
            let found = buckets.find(|bucket| (bucket.upper_bound() - limit).abs() < 1e-9);
            found.unwrap().cumulative_count()
        };
        assert_eq!([below(0.002), below(0.004), below(1.024)], [2, 3, 4]);
        assert_eq!(metric.get_histogram().get_sample_count(), 5);
        assert!((metric.get_histogram().get_sample_sum() - 101.006).abs() < 1e-9);
    }
}
