//! Alerts over HTTP. When they are raised is tested in the core, in simulated time.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use steadfast_core::quality::Quality;

use crate::documented::assert_documented;
use crate::support::{Running, create_keys, eventually, refusal, report};

/// A session that is worse than it may be for as long as it takes.
async fn with_a_firing_alert() -> (Running, Value) {
    let collector = Running::start().await;
    let mut bad = report("s1", "b1");
    bad.session.connection_quality = Some(Quality::Critical);
    collector.accept(&bad).await;
    let firing = async || {
        let listed = collector.read("/v1/alerts").await;
        listed["alerts"].as_array().unwrap().iter().any(|alert| alert["status"] == "FIRING")
    };
    eventually("an alert is firing", firing).await;
    let alert = collector.read("/v1/alerts").await["alerts"][0].clone();
    (collector, alert)
}

async fn acknowledge(collector: &Running, key: &str, id: &Value) -> reqwest::Response {
    let path = format!("/v1/alerts/{id}/ack");
    collector.request(Method::POST, &path).bearer_auth(key).send().await.unwrap()
}

#[tokio::test]
async fn an_alert_is_listed_and_acknowledged_once_by_its_own_organisation() {
    let (collector, alert) = with_a_firing_alert().await;
    assert_eq!(alert["type"], "LOW_CONNECTION_QUALITY");
    let acme = create_keys(&collector.database(), "acme").await;
    assert_eq!(collector.read_as(&acme, "/v1/alerts").await["alerts"], Value::Array(Vec::new()));
    let refused = refusal(acknowledge(&collector, &acme.secret, &alert["id"]).await).await;
    assert_eq!(refused, (404, "health.unknown_alert".to_owned()));

    let key = &collector.keys.secret;
    let answer = acknowledge(&collector, key, &alert["id"]).await;
    let known: Value = answer.error_for_status().unwrap().json().await.unwrap();
    assert_documented(Some("post"), "/v1/alerts/1/ack", 200, &known);
    assert_eq!((&known["id"], &known["status"]), (&alert["id"], &"ACKNOWLEDGED".into()));
    let refused = refusal(acknowledge(&collector, key, &alert["id"]).await).await;
    assert_eq!(refused, (409, "health.not_firing".to_owned()));
    let summary = collector.read("/v1/health/summary").await;
    let mut alert = known;
    alert.as_object_mut().unwrap().remove("acknowledgedBy");
    assert_eq!(summary["alerts"], Value::Array(vec![alert]), "it is active still");
    assert_eq!(summary["metrics"]["totalConnections"], 1);
    assert!(summary["trends"].is_object());
}

#[tokio::test]
async fn when_an_alert_is_raised_is_for_the_settings_to_say() {
    let collector = Running::start_with(|config| {
        let rule = &mut config.health.high_latency;
        (rule.raise, rule.clear, rule.for_at_least) = (40.0, 30.0, Duration::ZERO);
    })
    .await;
    let mut slow = report("s1", "b1");
    slow.activity.heartbeats = 1;
    slow.activity.latency.record(Duration::from_millis(50));
    collector.accept(&slow).await;
    let firing = async || {
        let listed = collector.read("/v1/alerts").await;
        let mut alerts = listed["alerts"].as_array().unwrap().iter();
        alerts.any(|alert| alert["type"] == "HIGH_LATENCY" && alert["status"] == "FIRING")
    };
    eventually("a latency of 50 ms is too high", firing).await;
}

#[tokio::test]
async fn what_is_no_alert_is_refused() {
    let collector = Running::start().await;
    let key = &collector.keys.secret;
    let refused = refusal(acknowledge(&collector, key, &Value::from(7)).await).await;
    assert_eq!(refused, (404, "health.unknown_alert".to_owned()));
    let refused = refusal(acknowledge(&collector, key, &Value::from(-1)).await).await;
    assert_eq!(refused, (400, "query.malformed".to_owned()));
}
