//! What a report may claim, and what of a newer client's report is passed over.

use reqwest::Method;
use serde_json::{Value, json};
use steadfast_core::report::Report;

use crate::support::{Running, refusal, report, report_of_losses};

async fn post(collector: &Running, body: &Value) -> reqwest::Response {
    let request = collector.request(Method::POST, "/v1/reports");
    request.bearer_auth(&collector.keys.publishable).json(body).send().await.unwrap()
}

/// What the collector notes of reports under this code, as a scrape with its key has it.
async fn noted(collector: &Running, code: &str) -> u64 {
    let scrape = collector.request(Method::GET, "/metrics").bearer_auth(SCRAPE_KEY);
    let text = scrape.send().await.unwrap().text().await.unwrap();
    let of = |line: &&str| {
        line.starts_with("steadfast_report_notes_total{") && line.contains(&format!("\"{code}\""))
    };
    let line = text.lines().find(of).unwrap_or("0 0");
    assert!(line == "0 0" || line.contains("key=\"key_"), "{line}");
    line.rsplit(' ').next().unwrap().parse().unwrap()
}

const SCRAPE_KEY: &str = "0123456789abcdef";

async fn start() -> Running {
    Running::start_with(|config| config.scrape_key = Some(SCRAPE_KEY.to_owned())).await
}

#[tokio::test]
async fn what_no_session_can_have_done_is_refused_by_name_and_counted_by_key() {
    let collector = start().await;
    collector.accept(&report("s1", "b0")).await;
    let claim = |change: fn(&mut Report)| {
        let mut report = report("s1", "b1");
        change(&mut report);
        report
    };
    for (code, report) in [
        ("report.count", claim(|report| report.activity.disconnections = 56)),
        ("report.count", claim(|report| report.activity.missed_heartbeats = u64::MAX)),
        ("report.sampling", claim(|report| report.sampling = 1e-9)),
        ("report.sampling", claim(|report| report.sampling = 1e-300)),
        ("report.events_dropped", claim(|report| report.events_dropped = u64::MAX)),
    ] {
        assert_eq!(refusal(collector.post(&report).await).await, (400, code.to_owned()));
    }
    assert_eq!(noted(&collector, "report.count").await, 2);
    assert_eq!(noted(&collector, "report.sampling").await, 2);
    assert_eq!(collector.count("steadfast_reports_total{outcome=\"report.count\"}").await, 2);
    let before = collector.read("/v1/rollups").await["rollups"][0]["activity"].clone();
    assert_eq!(before["disconnections"], 0, "nothing of them was taken");
    collector.accept(&claim(|report| report.activity.disconnections = 55)).await;
}

#[tokio::test]
async fn of_a_newer_client_what_is_known_is_taken_and_the_rest_is_counted_by_key() {
    let collector = start().await;
    let mut newer = serde_json::to_value(report_of_losses("s1", "b1", 3)).unwrap();
    newer["later"] = json!({ "deep": [1, 2] });
    newer["session"]["later"] = json!(1);
    newer["activity"]["teleports"] = json!(9);
    newer["window"]["later"] = json!(1);
    let at = newer["window"]["end"].clone();
    newer["events"] = json!([
        { "at": at, "name": "connection.registered", "later": true },
        { "at": at, "name": "connection.teleported", "to": "mars" },
        { "at": at, "name": "connection.disconnected", "planned": true, "cause": { "kind": "later" } },
    ]);
    assert_eq!(post(&collector, &newer).await.status(), 200);
    let told = collector.read("/v1/connections/s1/events").await["reports"][0].clone();
    let names: Vec<_> = told["events"].as_array().unwrap().iter().map(|e| &e["name"]).collect();
    assert_eq!(names, ["connection.registered"]);
    assert_eq!(told["eventsDropped"], 2);
    let activity = &collector.read("/v1/rollups").await["rollups"][0]["activity"];
    assert_eq!(activity["disconnections"], 3);
    assert_eq!(noted(&collector, "report.unknown_event").await, 2);
    assert_eq!(noted(&collector, "report.unknown_field").await, 4);
}
