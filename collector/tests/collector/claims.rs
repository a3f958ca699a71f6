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

#[tokio::test]
async fn an_unknown_value_in_the_record_of_a_session_is_passed_over_and_counted_by_key() {
    let collector = start().await;
    let newer = |session_id: &str, change: fn(&mut Value)| {
        let mut report = serde_json::to_value(report_of_losses(session_id, session_id, 3)).unwrap();
        change(&mut report["session"]);
        report
    };
    for (session_id, change, unknown) in [
        ("status", (|session| session["status"] = json!("ROAMING")) as fn(&mut Value), 1),
        ("quality", |session| session["connectionQuality"] = json!("SUPERB"), 2),
        ("type", |session| session["clientType"] = json!("a-type-of-next-year"), 2),
        (
            "failure",
            |session| {
                session["status"] = json!("FAILED");
                session["failure"] =
                    json!({ "reason": "banned", "cause": { "kind": "dns" }, "later": 1 });
            },
            3,
        ),
        (
            "cause",
            |session| {
                session["status"] = json!("FAILED");
                session["failure"] =
                    json!({ "reason": "final_status", "cause": { "kind": "quantum", "code": 7 } });
            },
            4,
        ),
        (
            "several",
            |session| {
                session["status"] = json!("ROAMING");
                session["connectionQuality"] = json!("SUPERB");
                session["metadata"] = json!({ "region": "eu", "tags": ["a"], "at": null });
            },
            8,
        ),
    ] {
        let report = newer(session_id, change);
        assert_eq!(post(&collector, &report).await.status(), 200, "{session_id}");
        assert_eq!(noted(&collector, "report.unknown_value").await, unknown, "{session_id}");
    }
    let activity = &collector.read("/v1/rollups").await["rollups"][0]["activity"];
    assert_eq!(activity["disconnections"], 18, "never is a whole report lost");
    let session = async |id: &str| collector.read(&format!("/v1/connections/{id}")).await;
    assert_eq!(session("status").await["status"], "CONNECTED");
    assert_eq!(session("quality").await["connectionQuality"], Value::Null);
    assert_eq!(session("type").await["clientType"], "a-type-of-next-year");
    assert_eq!(session("cause").await["status"], "FAILED");
    assert_eq!(session("several").await["metadata"], json!({ "region": "eu" }));
    // What no version can mean is refused, as before.
    for change in [
        (|session| session["status"] = json!(5)) as fn(&mut Value),
        |session| drop(session.as_object_mut().unwrap().remove("status")),
        |session| session["latency"] = json!("fast"),
    ] {
        let refused = refusal(post(&collector, &newer("bad", change)).await).await;
        assert_eq!(refused, (400, "report.malformed".to_owned()));
    }
}
