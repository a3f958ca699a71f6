//! What is kept, and for how long.

use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use steadfast_collector::Clock;
use steadfast_collector::audit::Actor;
use steadfast_collector::fleet::{AcceptedReport, Fleet, FleetConfig};
use steadfast_collector::retention::{Retention, remove_outdated};
use steadfast_collector::store::{Outcome, Store};
use steadfast_core::connection::Status;
use steadfast_core::report::Report;
use steadfast_core::time::Instant;

use crate::postgres::TestDatabase;
use crate::process::Process;
use crate::support::{Keys, accepted, eventually, report};

const HOUR: Duration = Duration::from_hours(1);

struct Fixture {
    store: Store,
    fleet: Fleet,
    _folder: tempfile::TempDir,
}

impl Fixture {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("a.db").into()).await.unwrap();
        store
            .add_keys(Instant::ORIGIN, &"acme".parse().unwrap(), &[], &Actor::command())
            .await
            .unwrap();
        let fleet = Fleet::new(FleetConfig::default()).unwrap();
        Self { store, fleet, _folder: folder }
    }

    async fn deliver(&self, report: Report, received_at: Instant) -> Outcome {
        let delivery = accepted(report, received_at);
        let outcomes = self.store.store_reports(&[&delivery]).await.unwrap().outcomes;
        let organization = self.fleet.organization(received_at, &delivery.organization).unwrap();
        organization.observe(&delivery).unwrap();
        outcomes[0]
    }

    /// The sessions that are kept.
    async fn stored(&self) -> Vec<String> {
        let stored = self.store.sessions(10).await.unwrap();
        stored.into_iter().map(|known| known.state.session_id).collect()
    }
}

fn ended(session_id: &str, batch_id: &str) -> Report {
    let mut report = report(session_id, batch_id);
    report.session.status = Status::Disconnected;
    report
}

#[tokio::test]
async fn reports_are_forgotten_after_a_week_and_sessions_after_a_month_by_default() {
    let fixture = Fixture::new().await;
    let retention = Retention::default();
    let now = Clock::start().now();
    let moment = Duration::from_secs(1);
    let old = now - retention.ended_sessions - moment;
    fixture.deliver(ended("old", "old"), old).await;
    fixture.deliver(report("known", "forgotten"), now - retention.reports - moment).await;
    fixture.deliver(report("new", "kept"), now - retention.reports + moment).await;

    remove_outdated(&fixture.store, &fixture.fleet, &retention, now).await.unwrap();
    let acme = fixture.fleet.organization(now, &"acme".parse().unwrap()).unwrap();
    assert!(!acme.knows("old") && acme.knows("known") && acme.knows("new"));
    assert_eq!(acme.metrics(now).total_connections, 2);
    assert_eq!(fixture.stored().await, ["known", "new"]);
    assert_eq!(fixture.deliver(report("new", "kept"), now).await, Outcome::Duplicate);
    assert_eq!(fixture.deliver(report("new", "forgotten"), now).await, Outcome::Stored);
}

#[tokio::test]
async fn a_session_that_is_still_within_its_time_is_not_removed_as_stale() {
    let fixture = Fixture::new().await;
    let now = Clock::start().now();
    let retention = Retention { stale_sessions: HOUR, ..Retention::default() };
    let mut patient = report("patient", "b1");
    patient.interval = Some(2 * HOUR);
    fixture.deliver(patient, now - 2 * HOUR).await;
    fixture
        .store
        .expect_later(&[&AcceptedReport {
            next_in: HOUR,
            ..accepted(report("patient", "b1"), now)
        }])
        .await
        .unwrap();
    fixture.deliver(report("gone", "b2"), now - 2 * HOUR).await;
    remove_outdated(&fixture.store, &fixture.fleet, &retention, now).await.unwrap();
    assert_eq!(fixture.stored().await, ["patient"]);
}

/// Executes a statement on either database, beside or without a collector.
pub(crate) async fn execute(database: &str, statement: &str) {
    let statement = AssertSqlSafe(statement.to_owned());
    if database.starts_with("postgres") {
        let mut connection = PgConnection::connect(database).await.unwrap();
        sqlx::query(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    } else {
        let options = SqliteConnectOptions::new().filename(database);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query(statement).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }
}

/// The sessions in the database.
async fn stored(database: &str) -> Vec<String> {
    let store = Store::open(&database.parse().unwrap()).await.unwrap();
    let mut stored: Vec<_> = store.sessions(10).await.unwrap();
    store.close().await;
    stored.sort_by(|one, other| one.state.session_id.cmp(&other.state.session_id));
    stored.into_iter().map(|known| known.state.session_id).collect()
}

struct Asked {
    http: Client,
    process: Process,
    keys: Keys,
}

impl Asked {
    async fn get(&self, path: &str) -> (StatusCode, Value) {
        let get = self.http.get(format!("{}{path}", self.process.url));
        let answer = get.bearer_auth(&self.keys.secret).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn post(&self, report: &Report) -> Value {
        let post = self.http.post(format!("{}/v1/reports", self.process.url));
        let answer = post.bearer_auth(&self.keys.publishable).json(report).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.unwrap()
    }

    async fn knows(&self, session_id: &str) -> bool {
        self.get(&format!("/v1/connections/{session_id}")).await.0 == StatusCode::OK
    }

    async fn time_line(&self, session_id: &str) -> usize {
        let (_, told) = self.get(&format!("/v1/connections/{session_id}/events")).await;
        told["reports"].as_array().map_or(0, Vec::len)
    }
}

async fn each_kind_has_a_time_of_its_own(database: &str) {
    let process = Process::start(database).await;
    let keys = process.keys.clone().unwrap();
    let collector = Asked { http: Client::new(), process, keys: keys.clone() };
    collector.post(&ended("ended", "b1")).await;
    let mut stale = report("stale", "b2");
    stale.interval = Some(Duration::from_millis(100));
    collector.post(&stale).await;
    collector.post(&report("new", "b3")).await;
    collector.process.terminate().await;
    // As if it had been two hours ago.
    let hours = 2 * HOUR.as_millis();
    for statement in [
        format!("UPDATE sessions SET heard_at = heard_at - {hours} WHERE session_id <> 'new'"),
        format!("UPDATE reports SET received_at = received_at - {hours} WHERE batch_id <> 'b3'"),
        format!("UPDATE rollups SET minute = minute - {hours}"),
    ] {
        execute(database, &statement).await;
    }

    let events_only = ["--retention-events", "1h", "--retention-stale-sessions", "1h"];
    let process = Process::start_with(database, &events_only).await;
    let collector = Asked { process, ..collector };
    eventually("its events are forgotten", async || collector.time_line("ended").await == 0).await;
    eventually("all is removed", async || stored(database).await == ["ended", "new"]).await;
    collector.process.terminate().await;
    let process = Process::start_with(database, &events_only).await;
    let collector = Asked { process, ..collector };
    assert!(!collector.knows("stale").await);
    assert!(collector.knows("ended").await, "which is kept for longer");
    assert_eq!(collector.time_line("new").await, 1);
    assert_eq!(collector.post(&ended("ended", "b1")).await["duplicate"], true, "the report is not");
    assert_eq!(rollups(&collector).await, 1);
    collector.process.terminate().await;

    let all = [
        "--retention-reports",
        "1h",
        "--retention-events",
        "1h",
        "--retention-ended-sessions",
        "1h",
        "--retention-rollups",
        "1h",
    ];
    let process = Process::start_with(database, &all).await;
    let collector = Asked { process, ..collector };
    eventually("the ended session is forgotten", async || !collector.knows("ended").await).await;
    assert!(collector.knows("new").await);
    eventually("the figures are forgotten", async || rollups(&collector).await == 0).await;
    assert_eq!(collector.post(&ended("ended", "b1")).await["duplicate"], false);
}

/// How many minutes of the last day have figures.
async fn rollups(collector: &Asked) -> usize {
    let now = Clock::start().now();
    let from = (now - 24 * HOUR).as_millis();
    let (_, answer) = collector.get(&format!("/v1/rollups?from={from}&minutes=60")).await;
    answer["rollups"].as_array().unwrap_or_else(|| panic!("{answer}")).len()
}

#[tokio::test]
async fn each_kind_of_data_is_kept_for_as_long_as_its_setting_says() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("a.db");
    each_kind_has_a_time_of_its_own(path.to_str().unwrap()).await;
    if let Some(database) = TestDatabase::new().await {
        each_kind_has_a_time_of_its_own(&database.url).await;
    }
}
