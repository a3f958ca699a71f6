//! A message in words, for people.

use std::time::{Duration, SystemTime};

use steadfast_core::health::{Alert, AlertKind};
use steadfast_core::time::Instant;

use super::message::{Body, TEST};

/// The alert in one line: what it is, how bad, and where.
pub(super) fn summary(body: &Body) -> String {
    let organization = &body.data.organization_id;
    let Some(alert) = &body.data.alert else {
        return format!("Test message of Steadfast, organization {organization}");
    };
    let (title, severity) = (title(alert.kind), format!("{:?}", alert.severity).to_uppercase());
    format!("{title} ({severity}) {}: {}, organization {organization}", state(body), reading(alert))
}

/// What happened to the alert.
pub(super) fn state(body: &Body) -> &'static str {
    match body.r#type.as_str() {
        TEST => "test",
        "health.alert.acknowledged" => "acknowledged",
        "health.alert.changed" => "changed its severity",
        "health.alert.resolved" => "resolved",
        _ => "firing",
    }
}

pub(super) fn title(kind: AlertKind) -> &'static str {
    match kind {
        AlertKind::HighErrorRate => "High error rate",
        AlertKind::HighLatency => "High latency",
        AlertKind::LowConnectionQuality => "Low connection quality",
        AlertKind::NoReports => "Sessions no longer report",
        AlertKind::SystemOverload => "System overload",
    }
}

/// The value and its threshold.
pub(super) fn reading(alert: &Alert) -> String {
    let (value, threshold) = (alert.value, alert.threshold);
    let percent = |share: f64| format!("{:.1} %", 100.0 * share);
    match alert.kind {
        AlertKind::HighErrorRate => {
            format!("{} of attempts failed, threshold {}", percent(value), percent(threshold))
        }
        AlertKind::HighLatency => format!("p95 is {value:.0} ms, threshold {threshold:.0} ms"),
        AlertKind::LowConnectionQuality => {
            format!("{} of sessions are healthy, threshold {}", percent(value), percent(threshold))
        }
        AlertKind::NoReports => {
            format!("{} of sessions report, threshold {}", percent(value), percent(threshold))
        }
        AlertKind::SystemOverload => format!("load is {value:.1} times its threshold"),
    }
}

/// As RFC 3339 has it.
pub(super) fn rfc3339(at: Instant) -> String {
    let since = Duration::from_millis(at.as_millis());
    let time = SystemTime::UNIX_EPOCH.checked_add(since).unwrap_or(SystemTime::UNIX_EPOCH);
    humantime::format_rfc3339_millis(time).to_string()
}
