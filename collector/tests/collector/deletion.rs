//! Deleting a session, a user and an organisation, by the API and by the command line.

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};
use steadfast_collector::audit::{Actor, AuditAction, NewAuditEntry};
use steadfast_collector::auth::{Key, KeyKind, KeyPolicy, OrganizationId};
use steadfast_collector::deletion;
use steadfast_collector::store::{Store, TABLES};
use steadfast_core::report::Report;
use steadfast_core::time::Instant;

use crate::postgres::TestDatabase;
use crate::process::{Process, command};
use crate::support::{Keys, accepted, eventually, report};

/// A collector as an organisation sees it.
struct Collector {
    http: Client,
    url: String,
    keys: Keys,
}

impl Collector {
    fn of(process: &Process, keys: &Keys) -> Self {
        Self { http: Client::new(), url: process.url.clone(), keys: keys.clone() }
    }

    /// The same collector with keys of another organisation, which are made beside.
    async fn of_organization(process: &Process, database: &str, organization: &str) -> Self {
        let make = async |kind: &str| {
            let arguments = ["keys", "create", "--organization", organization, "--kind", kind];
            let said = run(database, &arguments).await.unwrap();
            said.lines().next().unwrap().rsplit_once(' ').unwrap().1.to_owned()
        };
        let keys = Keys { publishable: make("publishable").await, secret: make("secret").await };
        Self::of(process, &keys)
    }

    async fn post(&self, report: &Report) -> StatusCode {
        let post = self.http.post(format!("{}/v1/reports", self.url));
        let post = post.bearer_auth(&self.keys.publishable).json(report);
        post.send().await.unwrap().status()
    }

    async fn accept(&self, report: &Report) {
        assert_eq!(self.post(report).await, StatusCode::OK);
    }

    async fn ask(&self, method: Method, path: &str) -> (StatusCode, Value) {
        let request = self.http.request(method, format!("{}{path}", self.url));
        let answer = request.bearer_auth(&self.keys.secret).send().await.unwrap();
        (answer.status(), answer.json().await.unwrap())
    }

    async fn delete(&self, path: &str) -> Value {
        let (status, answer) = self.ask(Method::DELETE, path).await;
        assert_eq!(status, StatusCode::OK, "{path}: {answer}");
        answer
    }

    async fn knows(&self, session_id: &str) -> bool {
        let path = format!("/v1/connections/{session_id}");
        self.ask(Method::GET, &path).await.0 == StatusCode::OK
    }

    async fn time_line(&self, session_id: &str) -> usize {
        let path = format!("/v1/connections/{session_id}/events");
        self.ask(Method::GET, &path).await.1["reports"].as_array().map_or(0, Vec::len)
    }
}

/// A report of a session of a user that is live for an hour.
fn of_user(user: &str, session_id: &str, batch_id: &str) -> Report {
    let mut report = report(session_id, batch_id);
    report.interval = Some(Duration::from_hours(1));
    report.session.user_id = Some(user.to_owned());
    report
}

/// How many rows a query counts.
async fn count(database: &str, query: &str) -> i64 {
    let query = AssertSqlSafe(query.to_owned());
    if database.starts_with("postgres") {
        let mut connection = PgConnection::connect(database).await.unwrap();
        sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
    } else {
        let options = SqliteConnectOptions::new().filename(database);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query_scalar(query).fetch_one(&mut connection).await.unwrap()
    }
}

/// The tables that have rows of organisations.
async fn tables(database: &str) -> BTreeSet<String> {
    let tables: Vec<String> = if database.starts_with("postgres") {
        let mut connection = PgConnection::connect(database).await.unwrap();
        let query = "SELECT table_name::text FROM information_schema.columns
            WHERE column_name = 'organization_id' AND table_schema = 'public'";
        sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
    } else {
        let options = SqliteConnectOptions::new().filename(database);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let query = "SELECT m.name FROM sqlite_master m JOIN pragma_table_info(m.name) c
            WHERE m.type = 'table' AND c.name = 'organization_id'";
        sqlx::query_scalar(query).fetch_all(&mut connection).await.unwrap()
    };
    tables.into_iter().collect()
}

/// Runs a command beside the collector; what it prints.
async fn run(database: &str, arguments: &[&str]) -> Result<String, String> {
    let output = command().args(arguments).args(["--database", database]).output().await.unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    if output.status.success() { Ok(text(output.stdout)) } else { Err(text(output.stderr)) }
}

async fn sessions_and_users(database: &str, is_shared: bool) {
    let process = Process::start(database).await;
    let keys = process.keys.clone().expect("the first start prints keys");
    let collector = Collector::of(&process, &keys);
    for number in 0..3 {
        collector.accept(&of_user("ada", "s1", &format!("b{number}"))).await;
    }
    collector.accept(&of_user("ada", "s2", "b4")).await;
    collector.accept(&of_user("bob", "s3", "b5")).await;
    let second = if is_shared { Some(Process::start(database).await) } else { None };
    let other = second.as_ref().map(|process| Collector::of(process, &keys));

    let deleted = collector.delete("/v1/connections/s1").await;
    assert_eq!(deleted, json!({ "sessions": 1, "reports": 3, "complete": true }));
    assert!(!collector.knows("s1").await, "at once");
    assert_eq!(collector.time_line("s1").await, 0);
    assert_eq!(collector.ask(Method::GET, "/v1/connections").await.1["total"], 2);
    let again = collector.delete("/v1/connections/s1").await;
    assert_eq!(again, json!({ "sessions": 0, "reports": 0, "complete": true }));
    if let Some(other) = &other {
        eventually("the other forgets it, too", async || !other.knows("s1").await).await;
        let total = async || other.ask(Method::GET, "/v1/connections").await.1["total"].clone();
        eventually("and shows the others", async || total().await == 2).await;
    }

    collector.accept(&of_user("ada", "s1", "b6")).await;
    assert!(collector.knows("s1").await, "it begins anew");
    assert_eq!(collector.time_line("s1").await, 1, "with nothing of what was before");
    if let Some(other) = &other {
        eventually("the other hears of it", async || other.knows("s1").await).await;
    }

    let deleted = collector.delete("/v1/users/ada").await;
    assert_eq!(deleted, json!({ "sessions": 2, "reports": 2, "complete": true }));
    assert!(!collector.knows("s1").await && !collector.knows("s2").await);
    assert!(collector.knows("s3").await, "others stay");
    assert_eq!(count(database, "SELECT count(*) FROM reports").await, 1);

    collector.accept(&of_user("eve", "s4", "b7")).await;
    let of = ["--organization", "default"];
    let said = run(database, &[&["delete", "session", "--session", "s4"], &of[..]].concat()).await;
    assert_eq!(said.unwrap(), "deleted: 1 sessions, 1 reports\n");
    eventually("the collector follows", async || !collector.knows("s4").await).await;
    let said = run(database, &[&["delete", "user", "--user", "bob"], &of[..]].concat()).await;
    assert_eq!(said.unwrap(), "deleted: 1 sessions, 1 reports\n");
    eventually("the collector follows", async || !collector.knows("s3").await).await;
    if let Some(other) = &other {
        eventually("so does the other", async || !other.knows("s3").await).await;
    }

    process.terminate().await;
    let process = Process::start(database).await;
    let collector = Collector::of(&process, &keys);
    assert_eq!(collector.ask(Method::GET, "/v1/connections").await.1["total"], 0);
    let audit = collector.ask(Method::GET, "/v1/audit").await.1;
    let last = &audit["entries"][0];
    assert_eq!((&last["action"], &last["key"]), (&"user.deleted".into(), &"command".into()));
}

#[tokio::test]
async fn a_session_and_a_user_are_deleted_with_what_is_stored_of_them() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("a.db");
    sessions_and_users(path.to_str().unwrap(), false).await;
    if let Some(database) = TestDatabase::new().await {
        sessions_and_users(&database.url, true).await;
    }
}

async fn organizations(database: &str, is_shared: bool) {
    let process = Process::start(database).await;
    let collector = Collector::of(&process, process.keys.as_ref().unwrap());
    let acme = Collector::of_organization(&process, database, "acme").await;
    for number in 0..20 {
        let mut told = of_user("ada", &format!("s{number}"), &format!("b{number}"));
        "acme".clone_into(&mut told.session.organization_id);
        acme.accept(&told).await;
    }
    collector.accept(&of_user("bob", "s1", "b1")).await;
    acme.ask(Method::POST, "/v1/live/ticket").await;
    let second = if is_shared { Some(Process::start(database).await) } else { None };
    let elsewhere = second.as_ref().map(|process| Collector::of(process, &acme.keys));
    if let Some(elsewhere) = &elsewhere {
        assert_eq!(elsewhere.ask(Method::GET, "/v1/connections").await.1["total"], 20);
    }

    let wrong = acme.ask(Method::DELETE, "/v1/organization?confirm=acm").await;
    assert_eq!(wrong.1["error"]["code"], "organization.confirm");
    let deleted = acme.delete("/v1/organization?confirm=acme").await;
    assert_eq!(deleted, json!({ "reports": 20, "complete": true }));
    assert_eq!(acme.ask(Method::GET, "/v1/connections").await.0, StatusCode::UNAUTHORIZED);
    if let Some(elsewhere) = &elsewhere {
        eventually("its keys are good no longer elsewhere", async || {
            elsewhere.ask(Method::GET, "/v1/connections").await.0 == StatusCode::UNAUTHORIZED
        })
        .await;
    }
    let again = of_user("ada", "s1", "b1");
    assert_eq!(acme.post(&again).await, StatusCode::UNAUTHORIZED);
    for table in
        tables(database).await.difference(&["audit", "deletions"].map(str::to_owned).into())
    {
        let query = format!("SELECT count(*) FROM {table} WHERE organization_id = 'acme'");
        assert_eq!(count(database, &query).await, 0, "{table}");
    }
    let query = "SELECT count(*) FROM organizations WHERE id = 'acme'";
    assert_eq!(count(database, query).await, 0);
    assert!(collector.knows("s1").await, "the other organisation stays");

    // Of the same name, it is another.
    let anew = Collector::of_organization(&process, database, "acme").await;
    assert_eq!(anew.ask(Method::GET, "/v1/connections").await.1["total"], 0);
    if let Some(second) = &second {
        let anew = Collector::of(second, &anew.keys);
        assert_eq!(anew.ask(Method::GET, "/v1/connections").await.1["total"], 0);
    }
    let of = ["delete", "organization", "--organization", "acme", "--confirm"];
    let said = run(database, &[&of[..], &["acm"]].concat()).await.unwrap_err();
    assert!(said.contains("--confirm is \"acm\"; allowed is \"acme\""), "{said}");
    run(database, &[&of[..], &["acme"]].concat()).await.unwrap();
    eventually("its key is good no longer", async || {
        anew.ask(Method::GET, "/v1/connections").await.0 == StatusCode::UNAUTHORIZED
    })
    .await;
    let said = run(database, &[&of[..], &["acme"]].concat()).await.unwrap_err();
    assert!(said.contains("there is no organisation acme"), "{said}");
}

#[tokio::test]
async fn an_organisation_is_deleted_with_everything_that_is_stored_of_it() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("a.db");
    organizations(path.to_str().unwrap(), false).await;
    if let Some(database) = TestDatabase::new().await {
        organizations(&database.url, true).await;
    }
}

/// A database with an organisation and a key, and no collector: what was begun is interrupted.
async fn interrupted() -> (tempfile::TempDir, Store, OrganizationId, Key) {
    let folder = tempfile::tempdir().unwrap();
    let store = Store::open(&folder.path().join("a.db").into()).await.unwrap();
    let (acme, key): (OrganizationId, _) =
        ("acme".parse().unwrap(), Key::generate(KeyKind::Secret).unwrap());
    let terms = KeyPolicy::of(KeyKind::Secret);
    let actor = Actor::command();
    store.add_keys(Instant::ORIGIN, &acme, &[(&key, &terms)], &actor).await.unwrap();
    (folder, store, acme, key)
}

#[tokio::test]
async fn an_organisation_that_is_being_deleted_has_no_key_and_takes_none() {
    let (_folder, store, acme, key) = interrupted().await;
    let (at, by) = (Instant::ORIGIN, &Actor::command());
    let action = AuditAction::OrganizationDeleted;
    let entry = NewAuditEntry { at, organization: &acme, by, action, subject: "acme" };
    assert!(store.key(&key.digest()).await.unwrap().is_some());
    assert!(store.delete_organization(at, &acme, &entry).await.unwrap());
    assert!(store.key(&key.digest()).await.unwrap().is_none(), "before its rows are removed");
    let (other, terms) = (Key::generate(KeyKind::Secret).unwrap(), KeyPolicy::of(KeyKind::Secret));
    let refused = store.add_keys(at, &acme, &[(&other, &terms)], by).await;
    assert_eq!(refused.unwrap_err().code(), "organization.being_deleted");
    deletion::finish(&store, None).await.unwrap();
    store.add_keys(at, &acme, &[(&other, &terms)], by).await.unwrap();
}

#[tokio::test]
async fn a_session_that_began_anew_keeps_its_reports_when_an_interrupted_deletion_goes_on() {
    let (_folder, store, acme, _) = interrupted().await;
    let take = async |batch_id: &str| {
        let report = of_user("ada", "s1", batch_id);
        let accepted = accepted(report, Instant::from_millis(1000));
        store.store_reports(&[&accepted]).await.unwrap();
    };
    take("b1").await;
    store.delete_sessions(Instant::ORIGIN, &acme, &["s1".to_owned()]).await.unwrap();
    take("b2").await;
    assert_eq!(deletion::finish(&store, None).await.unwrap(), 1);
    assert_eq!(store.sessions(10).await.unwrap().len(), 1);
}

#[tokio::test]
async fn every_table_with_an_organisation_is_one_that_a_deletion_knows() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("a.db");
    let known: BTreeSet<String> = TABLES.iter().map(|(table, _)| (*table).to_owned()).collect();
    let server = TestDatabase::new().await;
    let urls = server.as_ref().map(|database| database.url.clone());
    for database in [path.to_str().unwrap().to_owned()].into_iter().chain(urls) {
        Process::start(&database).await.terminate().await;
        let mut there = tables(&database).await;
        for outlives in ["audit", "deletions"] {
            assert!(there.remove(outlives), "{outlives}");
        }
        assert_eq!(there, known);
    }
}
