//! Live, ended and stale sessions.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use steadfast_core::connection::Status;
use steadfast_core::quality::Quality;
use steadfast_core::report::Report;

use crate::postgres::TestDatabase;
use crate::process::Process;
use crate::support::{Keys, eventually, report};

/// A collector that runs as a process, and the keys of its organisation.
struct Fixture {
    process: Process,
    keys: Keys,
    http: reqwest::Client,
}

const SCRAPE_KEY: &str = "a-key-for-scrapes";

impl Fixture {
    async fn start(database: &str) -> Self {
        let process = Process::start_with(database, &["--scrape-key", SCRAPE_KEY]).await;
        let keys = process.keys.clone().expect("the first start prints keys");
        Self { process, keys, http: reqwest::Client::new() }
    }

    /// Starts a collector whose `--max-sessions` is `sessions`.
    async fn with_room_for(sessions: &str, database: &str) -> Self {
        let process = Process::start_with(database, &["--max-sessions", sessions]).await;
        let keys = process.keys.clone().expect("the first start prints keys");
        Self { process, keys, http: reqwest::Client::new() }
    }

    /// Another collector on the same database.
    async fn beside(&self, database: &str) -> Self {
        let process = Process::start_with(database, &["--scrape-key", SCRAPE_KEY]).await;
        Self { process, keys: self.keys.clone(), http: reqwest::Client::new() }
    }

    async fn post(&self, report: &Report) {
        assert_eq!(self.status_of(report).await, StatusCode::OK);
    }

    async fn status_of(&self, report: &Report) -> StatusCode {
        let url = format!("{}/v1/reports", self.process.url);
        let post = self.http.post(url).bearer_auth(&self.keys.publishable).json(report);
        post.send().await.unwrap().status()
    }

    async fn get(&self, path: &str) -> Value {
        let get = self.http.get(format!("{}{path}", self.process.url));
        get.bearer_auth(&self.keys.secret).send().await.unwrap().json().await.unwrap()
    }

    async fn liveness(&self, session_id: &str) -> Value {
        self.get(&format!("/v1/connections/{session_id}")).await["liveness"].clone()
    }

    async fn total(&self, query: &str) -> Value {
        self.get(&format!("/v1/connections?{query}")).await["total"].clone()
    }

    /// Live, ended and stale sessions, and healthy and unhealthy ones, as the health has them.
    async fn figures(&self) -> Value {
        let metrics = &self.get("/v1/health").await["metrics"];
        json!([
            metrics["liveConnections"],
            metrics["endedConnections"],
            metrics["staleConnections"],
            metrics["healthyConnections"],
            metrics["unhealthyConnections"],
        ])
    }

    /// What a scrape counts of sessions with that status.
    async fn scraped(&self, status: &str) -> u64 {
        let get = self.http.get(format!("{}/metrics", self.process.url)).bearer_auth(SCRAPE_KEY);
        let text = get.send().await.unwrap().text().await.unwrap();
        let line = format!("steadfast_sessions{{organization=\"default\",status=\"{status}\"}} ");
        text.lines().find_map(|other| other.strip_prefix(&line)).unwrap().parse().unwrap()
    }
}

/// A report of a session that announces its next report within `interval_millis`.
fn said(session_id: &str, batch_id: &str, interval_millis: u64) -> Report {
    let mut report = report(session_id, batch_id);
    report.interval = Some(Duration::from_millis(interval_millis));
    report.session.connection_quality = Some(Quality::Good);
    report
}

const AN_HOUR: u64 = 3_600_000;

async fn who_is_there(database: &str) {
    let collector = Fixture::start(database).await;
    collector.post(&said("gone", "b1", 100)).await;
    collector.post(&said("there", "b2", AN_HOUR)).await;
    let mut bad = said("bad", "b3", AN_HOUR);
    bad.session.connection_quality = Some(Quality::Critical);
    collector.post(&bad).await;
    let mut unknown = said("unknown", "b4", AN_HOUR);
    unknown.session.connection_quality = None;
    collector.post(&unknown).await;
    let mut ended = said("ended", "b5", 100);
    ended.session.status = Status::Disconnected;
    collector.post(&ended).await;

    eventually("one is stale", async || collector.liveness("gone").await == "STALE").await;
    assert_eq!(collector.figures().await, json!([3, 1, 1, 1, 1]), "live, ended, stale, …");
    let metrics = &collector.get("/v1/health").await["metrics"];
    assert_eq!(metrics["totalConnections"], 5);
    assert_eq!(metrics["statusDistribution"]["CONNECTED"], 3);
    assert_eq!(metrics["qualityDistribution"]["GOOD"], 1);
    assert_eq!(metrics["qualityDistribution"]["UNKNOWN"], 1);
    for (query, total) in [
        ("liveness=LIVE", 3),
        ("liveness=STALE", 1),
        ("liveness=ENDED", 1),
        ("status=CONNECTED", 3),
        ("status=CONNECTED&liveness=STALE", 0),
        ("status=DISCONNECTED", 1),
        ("", 5),
    ] {
        assert_eq!(collector.total(query).await, total, "{query}");
    }
    let stale = collector.get("/v1/connections?liveness=STALE").await["connections"][0].clone();
    assert_eq!((&stale["sessionId"], &stale["status"]), (&json!("gone"), &json!("CONNECTED")));
    assert!(stale["lastHeard"].as_u64().unwrap() > 1_600_000_000_000, "{stale}");
    assert_eq!(collector.liveness("ended").await, "ENDED");
    let scraped = [("connected", 3), ("disconnected", 1), ("stale", 1), ("reconnecting", 0)];
    for (status, sessions) in scraped {
        assert_eq!(collector.scraped(status).await, sessions, "{status}");
    }

    collector.post(&said("gone", "b6", AN_HOUR)).await;
    assert_eq!(collector.liveness("gone").await, "LIVE", "at once");
    assert_eq!(collector.figures().await, json!([4, 1, 0, 2, 1]));
}

#[tokio::test]
async fn a_session_not_heard_of_for_three_intervals_is_stale_and_live_again_once_it_reports() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("a.db");
    who_is_there(path.to_str().unwrap()).await;
    if let Some(database) = TestDatabase::new().await {
        who_is_there(&database.url).await;
    }
}

#[tokio::test]
async fn every_collector_on_a_database_knows_who_is_there() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let one = Fixture::start(&database.url).await;
    let other = one.beside(&database.url).await;
    one.post(&said("gone", "b1", 100)).await;
    other.post(&said("there", "b2", AN_HOUR)).await;
    for collector in [&one, &other] {
        eventually("one of two is stale", async || {
            collector.figures().await == json!([1, 0, 1, 1, 0])
        })
        .await;
    }
    one.post(&said("gone", "b3", AN_HOUR)).await;
    eventually("the other hears that it is back", async || {
        other.figures().await == json!([2, 0, 0, 2, 0])
    })
    .await;
}

#[tokio::test]
async fn a_restart_makes_no_session_stale_and_none_live_that_was_not() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("a.db");
    let path = path.to_str().unwrap();
    let collector = Fixture::start(path).await;
    collector.post(&said("gone", "b1", 100)).await;
    collector.post(&said("there", "b2", AN_HOUR)).await;
    eventually("one is stale", async || collector.liveness("gone").await == "STALE").await;
    // Silent for two of its three times when the collector stops, which is for longer than the third.
    collector.post(&said("patient", "b3", 2000)).await;
    let keys = collector.keys.clone();
    collector.process.terminate().await;
    tokio::time::sleep(Duration::from_secs(7)).await;

    let process = Process::start_with(path, &["--scrape-key", SCRAPE_KEY]).await;
    let collector = Fixture { process, keys, http: reqwest::Client::new() };
    assert_eq!(collector.liveness("patient").await, "LIVE", "it could not be heard of");
    assert_eq!(collector.liveness("there").await, "LIVE");
    eventually("what was stale is again", async || collector.liveness("gone").await == "STALE")
        .await;
    eventually("what does not come back is, too", async || {
        collector.liveness("patient").await == "STALE"
    })
    .await;
}

#[tokio::test]
async fn a_client_that_does_not_say_when_it_reports_again_is_given_a_minute_and_a_half() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("a.db");
    let collector = Fixture::start(path.to_str().unwrap()).await;
    collector.post(&report("older", "b1")).await;
    collector.post(&said("newer", "b2", 100)).await;
    eventually("one is stale", async || collector.liveness("newer").await == "STALE").await;
    assert_eq!(collector.liveness("older").await, "LIVE");
}

#[tokio::test]
async fn fields_of_a_later_version_cost_no_report() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("a.db");
    let collector = Fixture::start(path.to_str().unwrap()).await;
    let mut later = serde_json::to_value(said("s", "b1", AN_HOUR)).unwrap();
    later["later"] = json!({ "than": "this" });
    let url = format!("{}/v1/reports", collector.process.url);
    let post = collector.http.post(url).bearer_auth(&collector.keys.publishable).json(&later);
    assert_eq!(post.send().await.unwrap().status(), StatusCode::OK);
    assert_eq!(collector.liveness("s").await, "LIVE");
}

/// A report of a session of `ada` that has ended.
fn ended(session_id: &str, batch_id: &str) -> Report {
    let mut report = said(session_id, batch_id, AN_HOUR);
    report.session.user_id = Some("ada".to_owned());
    report.session.status = Status::Disconnected;
    report
}

async fn make_room(database: &str) {
    let collector = Fixture::with_room_for("4", database).await;
    for number in 0..10 {
        collector.post(&ended(&format!("ended-{number}"), &format!("e{number}"))).await;
        // The database knows milliseconds.
        tokio::time::sleep(Duration::from_millis(3)).await;
    }
    collector.post(&said("stale", "s1", 100)).await;
    eventually("it is stale", async || collector.liveness("stale").await == "STALE").await;
    for number in 0..4 {
        collector.post(&said(&format!("live-{number}"), &format!("l{number}"), AN_HOUR)).await;
    }
    assert_eq!(collector.figures().await, json!([4, 0, 0, 4, 0]), "the others made room");
    let one_too_many = collector.status_of(&said("live-4", "l4", AN_HOUR)).await;
    assert_eq!(one_too_many, StatusCode::SERVICE_UNAVAILABLE, "live ones do not");
    let found = async |path: &str| collector.get(path).await;
    assert_eq!(collector.liveness("ended-0").await, "ENDED", "it is found all the same");
    assert_eq!(collector.liveness("stale").await, "STALE");
    let events = found("/v1/connections/ended-0/events").await;
    assert_eq!(events["reports"][0]["batchId"], "e0");
    assert_eq!(found("/v1/connections?user=ada").await["total"], 10);
    let one = found("/v1/connections?user=ada&limit=1").await["connections"][0].clone();
    assert_eq!((&one["sessionId"], &one["liveness"]), (&json!("ended-9"), &json!("ENDED")));
    assert_eq!(collector.total("user=ada&liveness=LIVE").await, 0);

    let mut left = said("live-0", "l5", AN_HOUR);
    left.session.status = Status::Disconnected;
    collector.post(&left).await;
    collector.post(&said("stale", "s2", AN_HOUR)).await;
    assert_eq!(collector.liveness("stale").await, "LIVE", "it took the place of one that left");
    assert_eq!(collector.liveness("live-0").await, "ENDED");
    assert_eq!(collector.figures().await, json!([4, 0, 0, 4, 0]));
}

#[tokio::test]
async fn ended_and_stale_sessions_make_room_for_new_ones_and_are_found_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("a.db");
    make_room(path.to_str().unwrap()).await;
    if let Some(database) = TestDatabase::new().await {
        make_room(&database.url).await;
    }
}

#[tokio::test]
async fn collectors_with_less_room_than_sessions_follow_each_other() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let one = Fixture::with_room_for("2", &database.url).await;
    let mut other = one.beside(&database.url).await;
    other.process = Process::start_with(&database.url, &["--max-sessions", "2"]).await;
    for number in 0..5 {
        one.post(&ended(&format!("ended-{number}"), &format!("e{number}"))).await;
    }
    one.post(&said("live", "l1", AN_HOUR)).await;
    eventually("the other has room for it", async || {
        other.figures().await == json!([1, 1, 0, 1, 0])
    })
    .await;
}
