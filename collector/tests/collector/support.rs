//! A collector that runs within the test, and a client of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::{Method, RequestBuilder, Response, StatusCode};
use serde_json::Value;
use steadfast_collector::audit::Actor;
use steadfast_collector::auth::{Key, KeyDigest, KeyKind, KeyPolicy};
use steadfast_collector::claim::Claim;
use steadfast_collector::config::Database;
use steadfast_collector::fleet::{AcceptedReport, ReportSource};
use steadfast_collector::store::Store;
use steadfast_collector::{Clock, Collector, Config};
use steadfast_core::activity::Activity;
use steadfast_core::connection::{ConnectionState, Registration, Status};
use steadfast_core::report::{Report, ReportWindow};
use steadfast_core::time::Instant;
use tempfile::TempDir;

use crate::documented::assert_documented;
use crate::postgres::TestDatabase;

/// The keys of an organisation.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    pub(crate) publishable: String,
    pub(crate) secret: String,
}

/// A collector on a database of its own.
pub(crate) struct Running {
    pub(crate) keys: Keys,
    config: Config,
    clock: Clock,
    collector: Collector,
    client: reqwest::Client,
    folder: TempDir,
}

impl Running {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(change: impl FnOnce(&mut Config)) -> Self {
        Self::start_with_and_by(change, Clock::start()).await
    }

    /// The same by a clock of the test's own.
    pub(crate) async fn start_by(clock: Clock) -> Self {
        Self::start_with_and_by(|_| {}, clock).await
    }

    pub(crate) async fn start_with_and_by(change: impl FnOnce(&mut Config), clock: Clock) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut config = Config {
            listen: "127.0.0.1:0".parse().unwrap(),
            database: folder.path().join("steadfast.db").into(),
            // The load of this process is that of all tests.
            operator: String::new(),
            ..Config::default()
        };
        change(&mut config);
        let collector = Collector::start_by(config.clone(), clock).await.unwrap();
        let [publishable, secret] = collector.first_keys() else {
            panic!("a first start makes a key of each kind");
        };
        let keys = Keys {
            publishable: publishable.reveal().to_owned(),
            secret: secret.reveal().to_owned(),
        };
        Self { keys, config, clock, collector, client: reqwest::Client::new(), folder }
    }

    /// Ends it in good order, and starts another on the same database.
    pub(crate) async fn restart(self) -> Self {
        let Self { keys, config, clock, collector, folder, .. } = self;
        collector.stop().await;
        let collector = Collector::start_by(config.clone(), clock).await.unwrap();
        assert!(collector.first_keys().is_empty(), "keys are made once");
        Self { keys, config, clock, collector, client: reqwest::Client::new(), folder }
    }

    /// Another collector on the same database.
    pub(crate) async fn beside(&self) -> Self {
        let (keys, config, clock) = (self.keys.clone(), self.config.clone(), self.clock);
        let collector = Collector::start_by(config.clone(), clock).await.unwrap();
        let folder = tempfile::tempdir().unwrap();
        Self { keys, config, clock, collector, client: reqwest::Client::new(), folder }
    }

    pub(crate) async fn stop(self) {
        self.collector.stop().await;
    }

    /// What it counts under that name with these labels, as `/metrics` has it; 0 if nothing.
    pub(crate) async fn count(&self, metric: &str) -> u64 {
        let answer = self.request(Method::GET, "/metrics").send().await.unwrap();
        let text = answer.text().await.unwrap();
        let counted = text.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' '));
        counted.map_or(0, |count| count.parse().unwrap())
    }

    pub(crate) fn database(&self) -> PathBuf {
        self.folder.path().join("steadfast.db")
    }

    pub(crate) fn address(&self) -> String {
        self.collector.address().to_string()
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> RequestBuilder {
        self.client.request(method, format!("http://{}{path}", self.address()))
    }

    pub(crate) async fn post(&self, report: &Report) -> Response {
        self.post_as(&self.keys, report).await
    }

    pub(crate) async fn post_as(&self, keys: &Keys, report: &Report) -> Response {
        let request = self.request(Method::POST, "/v1/reports").bearer_auth(&keys.publishable);
        request.json(report).send().await.unwrap()
    }

    /// Hands in a report that must be accepted; whether it was a duplicate.
    pub(crate) async fn accept(&self, report: &Report) -> bool {
        let response = self.post(report).await;
        assert_eq!(response.status(), StatusCode::OK);
        let receipt: Value = response.json().await.unwrap();
        assert_eq!(receipt["accepted"], true);
        receipt["duplicate"].as_bool().unwrap()
    }

    pub(crate) async fn read(&self, path: &str) -> Value {
        self.read_as(&self.keys, path).await
    }

    pub(crate) async fn read_as(&self, keys: &Keys, path: &str) -> Value {
        let request = self.request(Method::GET, path).bearer_auth(&keys.secret);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), StatusCode::OK, "{path}");
        let body = response.json().await.unwrap();
        assert_documented(Some("get"), path, 200, &body);
        body
    }
}

impl TestDatabase {
    /// The same, as a collector learns of it.
    pub(crate) fn database(&self) -> Database {
        self.url.parse().unwrap()
    }
}

/// A key of each kind for an organisation, made beside the collector that is running.
pub(crate) async fn create_keys(database: &Path, organization: &str) -> Keys {
    create_keys_in(&database.to_path_buf().into(), organization).await
}

/// The same in any database.
pub(crate) async fn create_keys_in(database: &Database, organization: &str) -> Keys {
    let store = Store::open(database).await.unwrap();
    let keys = [KeyKind::Publishable, KeyKind::Secret].map(|kind| Key::generate(kind).unwrap());
    let organization = organization.parse().unwrap();
    let terms = keys.each_ref().map(|key| KeyPolicy::of(key.kind()));
    let with_terms: Vec<_> = keys.iter().zip(&terms).collect();
    store
        .add_keys(Clock::start().now(), &organization, &with_terms, &Actor::command())
        .await
        .unwrap();
    store.close().await;
    let [publishable, secret] = keys.map(|key| key.reveal().to_owned());
    Keys { publishable, secret }
}

/// What a refusal says: its status and its code, which stand in the `OpenAPI` document.
pub(crate) async fn refusal(response: Response) -> (u16, String) {
    let (status, path) = (response.status().as_u16(), response.url().path().to_owned());
    let body: Value = response.json().await.unwrap();
    assert!(!body["error"]["message"].as_str().unwrap().is_empty());
    assert_documented(None, &path, status, &body);
    (status, body["error"]["code"].as_str().unwrap().to_owned())
}

/// A report of a connected session of the organisation `default`, whose window ended just now.
pub(crate) fn report(session_id: &str, batch_id: &str) -> Report {
    let now = Clock::start().now();
    let mut session = ConnectionState::new(Registration::new(session_id, "test"));
    session.status = Status::Connected;
    session.connected_at = Some(now);
    Report {
        version: Report::VERSION,
        batch_id: batch_id.to_owned(),
        sdk: "test/1".to_owned(),
        session,
        window: ReportWindow { start: now - Duration::from_secs(1), end: now },
        activity: Activity::default(),
        events: Vec::new(),
        events_dropped: 0,
        sampling: 1.0,
        interval: None,
        sent_at: None,
        token: None,
    }
}

/// What a report shows of its client, with some key.
pub(crate) fn claim(report: &Report) -> Claim {
    Claim::new(report.token.as_ref(), KeyDigest::of("pk_test"))
}

/// The report as the collector accepts it at that time, of the organisation `acme`.
pub(crate) fn accepted(report: Report, received_at: Instant) -> AcceptedReport {
    AcceptedReport {
        organization: "acme".parse().unwrap(),
        claim: claim(&report),
        report,
        received_at,
        clock_skew: None,
        next_in: Duration::from_secs(30),
        source: ReportSource::default(),
        share: 1.0,
    }
}

/// A report with that many disconnections within the window, which is as long as those take.
pub(crate) fn report_of_losses(session_id: &str, batch_id: &str, losses: u32) -> Report {
    let mut report = report(session_id, batch_id);
    report.window.start = report.window.start - Duration::from_secs(u64::from(losses) / 5);
    report.activity.disconnections = losses.into();
    report.activity.unplanned_disconnections = losses.into();
    report.session.total_disconnections = losses;
    report
}

/// The record within a session as it is shown: without what the collector knows besides.
pub(crate) fn record(mut session: Value) -> Value {
    let shown = session.as_object_mut().unwrap();
    for besides in ["liveness", "firstHeard", "lastHeard", "sdk", "lastLoss", "clockSkew"] {
        shown.remove(besides);
    }
    session
}

/// Moves a report's window, so that it ends that much earlier.
pub(crate) fn earlier(mut report: Report, by: Duration) -> Report {
    let shift = |at: Instant| at - by;
    report.window =
        ReportWindow { start: shift(report.window.start), end: shift(report.window.end) };
    report
}

/// Asks again and again until it is so.
pub(crate) async fn eventually(what: &str, ask: impl AsyncFn() -> bool) {
    for _ in 0..6000 {
        if ask().await {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("waited in vain until {what}");
}
