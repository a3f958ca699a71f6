//! What the collector itself has to do: who sees it, and who is alerted of it.

use std::path::Path;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use futures::future::join_all;
use reqwest::Client;
use serde_json::Value;
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{Connection as _, Executor as _};
use steadfast_core::quality::Quality;

use crate::postgres::TestDatabase;
use crate::process::Process;
use crate::support::{Keys, create_keys, eventually, report};

/// Neither processors nor lag are ever too much, as other tests run beside.
const FLAGS: [&str; 12] = [
    "--operator",
    "default",
    "--queue",
    "1",
    "--overload-cpu",
    "1",
    "--overload-lag",
    "1min",
    "--overload-for",
    "1s",
    "--overload-keep",
    "1s",
];

/// A collector with keys of its operator.
struct Watched {
    http: Client,
    url: String,
    keys: Keys,
}

impl Watched {
    fn new(process: &Process, keys: &Keys) -> Self {
        Self { http: Client::new(), url: process.url.clone(), keys: keys.clone() }
    }

    async fn read_as(&self, keys: &Keys, path: &str) -> Value {
        let get = self.http.get(format!("{}{path}", self.url)).bearer_auth(&keys.secret);
        get.send().await.unwrap().error_for_status().unwrap().json().await.unwrap()
    }

    /// The load that it shows to that organisation.
    async fn load(&self, keys: &Keys) -> Value {
        self.read_as(keys, "/v1/health").await["metrics"]["systemLoad"].clone()
    }

    /// How far the alert of its load is, if there is one.
    async fn overload(&self) -> Option<String> {
        let listed = self.read_as(&self.keys, "/v1/alerts").await;
        let alerts = listed["alerts"].as_array().unwrap();
        let overload = alerts.iter().find(|alert| alert["type"] == "SYSTEM_OVERLOAD")?;
        Some(overload["status"].as_str().unwrap().to_owned())
    }

    async fn until(&self, status: &str) {
        let what = format!("the overload is {status}");
        eventually(&what, async || self.overload().await.as_deref() == Some(status)).await;
    }

    /// Hands reports in without a pause, whatever is answered; for ever.
    async fn be_asked_too_much(&self) {
        let number = AtomicU64::new(0);
        let ask = async || loop {
            let batch = number.fetch_add(1, Ordering::Relaxed).to_string();
            let post = self.http.post(format!("{}/v1/reports", self.url));
            let report = report("s1", &format!("batch-{batch}"));
            let _ = post.bearer_auth(&self.keys.publishable).json(&report).send().await;
            tokio::time::sleep(Duration::from_millis(5)).await;
        };
        join_all((0..4).map(|_| ask())).await;
    }
}

/// Writes in place of the collector nearly all of the time; for ever.
async fn hold_up(database: &Path) {
    let options = SqliteConnectOptions::new().filename(database);
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    loop {
        let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
        tokio::time::sleep(Duration::from_millis(900)).await;
        writing.rollback().await.unwrap();
        // In between, the alert gets written.
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queue_that_stays_full_raises_an_overload_which_is_over_when_the_queue_is_empty_again() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("steadfast.db");
    let process = Process::start_with(&database, &FLAGS).await;
    let collector = Watched::new(&process, process.keys.as_ref().unwrap());
    tokio::select! {
        () = collector.be_asked_too_much() => {}
        () = hold_up(&database) => {}
        () = collector.until("FIRING") => {}
    }
    let shown = collector.load(&collector.keys).await;
    assert!(shown["queue"].as_f64().unwrap() > 0.6, "{shown}");
    collector.until("RESOLVED").await;
    let shown = collector.load(&collector.keys).await;
    assert!(shown["queue"].as_f64().unwrap() < 0.6, "{shown}");
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_but_the_operator_sees_what_the_collector_has_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("steadfast.db");
    let process = Process::start_with(&database, &FLAGS).await;
    let collector = Watched::new(&process, process.keys.as_ref().unwrap());
    let acme = create_keys(&database, "acme").await;
    let all = ["cpu", "queue", "loopLagP95", "memoryUsed", "memoryTotal"];
    eventually("the operator sees all of it", async || {
        let shown = collector.load(&collector.keys).await;
        all.iter().all(|measure| shown[measure].is_number())
    })
    .await;
    assert_eq!(collector.load(&acme).await, Value::Null);
    for keys in [&acme, &collector.keys] {
        eventually("both see how long a collection takes", async || {
            collector.read_as(keys, "/v1/health").await["metrics"]["processingTime"].is_number()
        })
        .await;
    }
    let metrics = collector.http.get(format!("{}/metrics", collector.url)).send().await.unwrap();
    let metrics = metrics.text().await.unwrap();
    for name in ["steadfast_cpu_ratio", "steadfast_queue_fill_ratio", "steadfast_loop_lag_seconds"]
    {
        assert!(metrics.lines().any(|line| line.starts_with(name)), "{name}: {metrics}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn of_several_collectors_any_shows_the_load_of_the_busiest_and_one_judges_it() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let first = Process::start_with(&database.url, &FLAGS).await;
    // It judges before there is another.
    let keys = first.keys.clone().unwrap();
    let judge = Watched::new(&first, &keys);
    eventually("the first sees its load", async || judge.load(&keys).await.is_object()).await;
    let second = Process::start_with(&database.url, &FLAGS).await;
    let busy = Watched::new(&second, &keys);

    let mut other = PgConnection::connect(&database.url).await.unwrap();
    let mut writing = other.begin().await.unwrap();
    writing.execute("LOCK TABLE reports IN EXCLUSIVE MODE").await.unwrap();
    tokio::select! {
        () = busy.be_asked_too_much() => {}
        () = async { tokio::join!(judge.until("FIRING"), busy.until("FIRING")); } => {}
    }
    let shown = judge.load(&keys).await;
    assert!(shown["queue"].as_f64().unwrap() > 0.6, "{shown}");
    writing.rollback().await.unwrap();
    tokio::join!(judge.until("RESOLVED"), busy.until("RESOLVED"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_that_there_is_not_keeps_no_alert_from_being_raised() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("steadfast.db");
    let flags = ["--operator", "nobody", "--overload-queue", "0.7", "--overload-for", "0s"];
    let process = Process::start_with(&database, &flags).await;
    let collector = Watched::new(&process, process.keys.as_ref().unwrap());
    let mut bad = report("s1", "b1");
    bad.session.connection_quality = Some(Quality::Critical);
    let post = collector.http.post(format!("{}/v1/reports", collector.url));
    let post = post.bearer_auth(&collector.keys.publishable).json(&bad).send().await.unwrap();
    post.error_for_status().unwrap();
    eventually("an alert is firing", async || {
        let listed = collector.read_as(&collector.keys, "/v1/alerts").await;
        listed["alerts"].as_array().unwrap().iter().any(|alert| alert["status"] == "FIRING")
    })
    .await;
}
