//! Limits of the sessions that a key and an address begin, and the alert near the bound of all.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::Value;
use steadfast_core::connection::Status;
use steadfast_core::report::Report;

use crate::postgres::TestDatabase;
use crate::process::Process;
use crate::support::{Keys, Running, create_keys, eventually, refusal, report};

#[tokio::test]
async fn a_key_that_begins_too_many_sessions_is_refused_alone() {
    let collector = Running::start_with(|config| config.new_sessions_per_key = 2).await;
    let other = create_keys(&collector.database(), "default").await;
    collector.accept(&report("s1", "b1")).await;
    collector.accept(&report("s2", "b2")).await;
    let refused = collector.post(&report("s3", "b3")).await;
    let wait: u64 = refused.headers()["retry-after"].to_str().unwrap().parse().unwrap();
    assert!((1..=30).contains(&wait), "{wait}");
    assert_eq!(refusal(refused).await, (429, "session.key_rate".to_owned()));
    collector.accept(&report("s1", "b4")).await;
    let taken = collector.post_as(&other, &report("s3", "b3")).await;
    assert_eq!(taken.status(), StatusCode::OK, "with another key it begins");

    let shown = collector.read("/v1/organization").await;
    assert_eq!(shown["name"], "default");
    assert_eq!(shown["sessions"]["live"], 3);
    assert_eq!(shown["refusals"][0]["code"], "session.key_rate");
    assert_eq!(shown["refusals"][0]["count"], 1);
    assert!(shown["refusals"][0]["key"].as_str().unwrap().starts_with("key_"), "{shown}");
    let counted = collector.count("steadfast_refusals_total{code=\"session.key_rate\"}").await;
    assert_eq!(counted, 1);
}

#[tokio::test]
async fn an_address_that_begins_too_many_sessions_is_refused_alone() {
    let collector = Running::start_with(|config| {
        config.trusted_proxies = "127.0.0.1".parse().unwrap();
        config.new_sessions_per_address = 1;
    })
    .await;
    let post = async |session: &str, batch: &str, client: &str| {
        let request = collector.request(Method::POST, "/v1/reports");
        let request = request.bearer_auth(&collector.keys.publishable);
        let request = request.header("x-forwarded-for", client);
        request.json(&report(session, batch)).send().await.unwrap()
    };
    assert_eq!(post("s1", "b1", "198.51.100.1").await.status(), StatusCode::OK);
    let refused = refusal(post("s2", "b2", "198.51.100.1").await).await;
    assert_eq!(refused, (429, "session.address_rate".to_owned()));
    assert_eq!(post("s1", "b3", "198.51.100.1").await.status(), StatusCode::OK);
    assert_eq!(post("s2", "b2", "198.51.100.2").await.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_session_that_finds_no_room_is_not_counted_as_begun() {
    let collector = Running::start_with(|config| {
        config.new_sessions_per_key = 2;
        config.max_sessions = 1;
    })
    .await;
    collector.accept(&report("s1", "b1")).await;
    for batch in ["b2", "b3"] {
        let refused = refusal(collector.post(&report("s2", batch)).await).await;
        assert_eq!(refused, (503, "manager.too_many_sessions".to_owned()));
    }
    let mut ended = report("s1", "b4");
    ended.session.status = Status::Disconnected;
    collector.accept(&ended).await;
    collector.accept(&report("s2", "b5")).await;
}

#[tokio::test]
async fn what_is_refused_is_shown_by_code_whatever_is_wrong_with_it() {
    let collector = Running::start().await;
    let mut wrong = report("s1", "b1");
    wrong.version = 7;
    refusal(collector.post(&wrong).await).await;
    refusal(collector.post(&wrong).await).await;
    let mut foreign = report("s1", "b1");
    foreign.session.organization_id = "other".to_owned();
    refusal(collector.post(&foreign).await).await;
    let shown = collector.read("/v1/organization").await;
    let refusals = shown["refusals"].as_array().unwrap();
    let counts: Vec<_> = refusals.iter().map(|of| (&of["code"], &of["count"])).collect();
    assert_eq!(
        counts,
        [(&"auth.organization".into(), &1.into()), (&"report.version".into(), &2.into())]
    );
}

struct Operated {
    http: Client,
    process: Process,
    keys: Keys,
}

impl Operated {
    async fn status_of(&self, report: &Report) -> StatusCode {
        let post = self.http.post(format!("{}/v1/reports", self.process.url));
        let post = post.bearer_auth(&self.keys.publishable).json(report);
        post.send().await.unwrap().status()
    }

    async fn get(&self, path: &str) -> Value {
        let get = self.http.get(format!("{}{path}", self.process.url));
        get.bearer_auth(&self.keys.secret).send().await.unwrap().json().await.unwrap()
    }

    async fn overload(&self) -> Option<Value> {
        let listed = self.get("/v1/alerts").await;
        let mut alerts = listed["alerts"].as_array().unwrap().iter();
        alerts.find(|alert| alert["type"] == "SYSTEM_OVERLOAD").map(|alert| alert["status"].clone())
    }
}

async fn fill_with_live_sessions(database: &str) {
    let flags = [
        ["--operator", "default"],
        ["--max-sessions", "5"],
        ["--overload-for", "0s"],
        ["--overload-keep", "0s"],
        // Other tests run beside.
        ["--overload-cpu", "1"],
        ["--overload-lag", "1min"],
    ];
    let process = Process::start_with(database, flags.as_flattened()).await;
    let keys = process.keys.clone().unwrap();
    let collector = Operated { http: Client::new(), process, keys };
    let live = |session: usize, batch: &str| {
        let mut report = report(&format!("s{session}"), batch);
        report.interval = Some(Duration::from_hours(1));
        report
    };
    for session in 0..4 {
        let taken = collector.status_of(&live(session, &format!("b{session}"))).await;
        assert_eq!(taken, StatusCode::OK);
    }
    let room = collector.get("/v1/organization").await["sessions"].clone();
    assert_eq!(room, serde_json::json!({ "live": 4, "limit": 5, "nearLimit": false }));

    assert_eq!(collector.status_of(&live(4, "b4")).await, StatusCode::OK);
    let refused = collector.status_of(&live(5, "b5")).await;
    assert_eq!(refused, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(collector.status_of(&live(0, "b6")).await, StatusCode::OK, "a live one goes on");
    let room = collector.get("/v1/organization").await["sessions"].clone();
    assert_eq!(room, serde_json::json!({ "live": 5, "limit": 5, "nearLimit": true }));
    eventually("the operator is alerted", async || {
        collector.overload().await.is_some_and(|status| status == "FIRING")
    })
    .await;
    let load = collector.get("/v1/health").await["metrics"]["systemLoad"].clone();
    assert_eq!(load["sessions"], 1.0);

    for session in 0..3 {
        let mut left = live(session, &format!("c{session}"));
        left.session.status = Status::Disconnected;
        assert_eq!(collector.status_of(&left).await, StatusCode::OK);
    }
    assert_eq!(collector.status_of(&live(5, "b5")).await, StatusCode::OK, "it has room now");
    for session in 4..6 {
        let mut left = live(session, &format!("d{session}"));
        left.session.status = Status::Disconnected;
        assert_eq!(collector.status_of(&left).await, StatusCode::OK);
    }
    eventually("it is over", async || {
        collector.overload().await.is_none_or(|status| status == "RESOLVED")
    })
    .await;
}

#[tokio::test]
async fn a_bound_that_is_full_of_live_sessions_alerts_the_operator_and_refuses_only_new_ones() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("a.db");
    fill_with_live_sessions(path.to_str().unwrap()).await;
    if let Some(database) = TestDatabase::new().await {
        fill_with_live_sessions(&database.url).await;
    }
}
