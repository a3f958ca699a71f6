//! Messages as `PagerDuty`'s Events API v2 takes them.

use serde_json::{Value, json};
use steadfast_core::health::Severity;

use super::message::Body;
use super::words::{rfc3339, summary};

/// The event. All events of one alert have the same `dedup_key`, so they are one incident.
pub(super) fn payload(body: &Body, routing_key: &str) -> Value {
    let organization = &body.data.organization_id;
    let alert = body.data.alert.as_ref();
    let action = match body.r#type.as_str() {
        "health.alert.acknowledged" => "acknowledge",
        "health.alert.resolved" => "resolve",
        _ => "trigger",
    };
    let subject = alert.map_or_else(|| "test".to_owned(), |alert| alert.id.to_string());
    let severity = match alert.map(|alert| alert.severity) {
        Some(Severity::Critical) => "critical",
        Some(Severity::High) => "error",
        Some(Severity::Medium | Severity::Low) => "warning",
        None => "info",
    };
    // At most 1024 characters.
    let summary: String = summary(body).chars().take(1024).collect();
    let mut event = json!({
        "routing_key": routing_key,
        "event_action": action,
        "dedup_key": format!("steadfast/{organization}/{subject}"),
        "client": "Steadfast",
        "payload": {
            "summary": summary,
            "source": organization,
            "severity": severity,
            "timestamp": rfc3339(body.timestamp),
            "class": alert.map_or("TEST", |alert| alert.kind.as_str()),
            "custom_details": alert,
        },
    });
    if let Some(link) = &body.data.link {
        event["client_url"] = json!(link);
        event["links"] = json!([{ "href": link, "text": "Show the sessions" }]);
    }
    event
}

/// The event that ends the incident of a test message.
pub(super) fn end_of_test(mut event: Value) -> Value {
    event["event_action"] = json!("resolve");
    event
}
