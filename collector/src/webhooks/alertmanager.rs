//! Messages as Alertmanager's API v2 takes them.

use std::time::Duration;

use serde_json::{Value, json};
use steadfast_core::health::{Alert, Severity};
use steadfast_core::time::Instant;

use super::message::Body;
use super::words::{reading, rfc3339, summary, title};

/// Alertmanager takes an alert for resolved that nobody repeats within minutes, unless the alert says
/// when it ends. Its changes are sent, so the end is far away until then.
const LONGEST: Duration = Duration::from_hours(30 * 24);

/// How long a test alert lasts.
const TEST: Duration = Duration::from_mins(1);

const SEVERITIES: [Severity; 4] =
    [Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

/// The alerts. The severity is a label, so that routes can tell by it, and an alert with another
/// severity is another one for Alertmanager: when it changes, the ones before are over.
pub(super) fn payload(body: &Body) -> Value {
    let Some(alert) = &body.data.alert else {
        let labels = json!({
            "alertname": "SteadfastTest",
            "organization": body.data.organization_id,
            "severity": "none",
        });
        return json!([entry(body, &labels, body.timestamp, body.timestamp + TEST)]);
    };
    let is_over = alert.resolved_at.is_some();
    let is_first = body.r#type == "health.alert.created";
    let severities = SEVERITIES.into_iter().filter(|&one| one == alert.severity || !is_first);
    let entries = severities.map(|severity| {
        let ends = is_over || severity != alert.severity;
        let ends_at = if ends { body.timestamp } else { body.timestamp + LONGEST };
        entry(body, &labels(body, alert, severity), alert.began_at, ends_at)
    });
    entries.collect()
}

fn labels(body: &Body, alert: &Alert, severity: Severity) -> Value {
    json!({
        "alertname": name(alert),
        "organization": body.data.organization_id,
        "severity": format!("{severity:?}").to_lowercase(),
        "alert_id": alert.id.to_string(),
    })
}

fn entry(body: &Body, labels: &Value, starts_at: Instant, ends_at: Instant) -> Value {
    let mut annotations = json!({ "summary": summary(body) });
    if let Some(alert) = &body.data.alert {
        annotations["description"] = json!(format!("{}: {}", title(alert.kind), reading(alert)));
    }
    let mut entry = json!({
        "labels": labels,
        "annotations": annotations,
        "startsAt": rfc3339(starts_at),
        "endsAt": rfc3339(ends_at),
    });
    if let Some(link) = &body.data.link {
        entry["generatorURL"] = json!(link);
    }
    entry
}

/// `SteadfastHighLatency` and the like.
fn name(alert: &Alert) -> String {
    format!("Steadfast{:?}", alert.kind)
}
