//! Killed again and again at random moments under load: what was acknowledged is there, once.

use std::collections::BTreeSet;
use std::env;
use std::ffi::OsStr;
use std::hash::{BuildHasher as _, RandomState};
use std::time::Duration;

use futures::future::join_all;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};

use crate::postgres::TestDatabase;
use crate::process::Process;
use crate::support::{Keys, report_of_losses};

const CLIENTS: u32 = 8;

/// How often it is killed on each database: `STEADFAST_KILLS`, 100 by default.
fn kills() -> u32 {
    env::var("STEADFAST_KILLS").ok().and_then(|kills| kills.parse().ok()).unwrap_or(100)
}

/// Reports until it is refused; the batches that were acknowledged.
async fn load(url: &str, keys: &Keys, life: u32, client: u32) -> Vec<String> {
    let http = reqwest::Client::new();
    let mut acknowledged = Vec::new();
    for number in 1.. {
        let batch = format!("b{life}-{client}-{number}");
        let report = report_of_losses(&format!("s{client}"), &batch, number);
        let post = http.post(format!("{url}/v1/reports")).bearer_auth(&keys.publishable);
        match post.json(&report).send().await {
            Ok(answer) if answer.status() == 200 => acknowledged.push(batch),
            _ => break,
        }
    }
    acknowledged
}

/// What was acknowledged in all lives.
async fn lives(database: impl AsRef<OsStr>) -> BTreeSet<String> {
    let random = RandomState::new();
    let (mut keys, mut acknowledged) = (None, BTreeSet::new());
    for life in 0..kills() {
        let process = Process::start(&database).await;
        keys = keys.or(process.keys.clone());
        let (url, keys) = (process.url.clone(), keys.clone().unwrap());
        let clients = join_all((0..CLIENTS).map(|client| load(&url, &keys, life, client)));
        let killed = async {
            tokio::time::sleep(Duration::from_millis(random.hash_one(life) % 150)).await;
            process.kill().await;
        };
        let (batches, ()) = tokio::join!(clients, killed);
        acknowledged.extend(batches.into_iter().flatten());
    }
    assert!(!acknowledged.is_empty());
    acknowledged
}

fn each_exactly_once(stored: &[String], acknowledged: &BTreeSet<String>) {
    let distinct: BTreeSet<&String> = stored.iter().collect();
    assert_eq!(distinct.len(), stored.len(), "each at most once");
    let missing: Vec<_> = acknowledged.iter().filter(|batch| !distinct.contains(batch)).collect();
    assert!(missing.is_empty(), "acknowledged and lost: {missing:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_a_file_has_all_that_was_acknowledged_each_exactly_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("steadfast.db");
    let acknowledged = lives(&database).await;
    let options = SqliteConnectOptions::new().filename(&database);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let stored = sqlx::query_scalar("SELECT batch_id FROM reports").fetch_all(&pool).await.unwrap();
    let counted: i64 =
        sqlx::query_scalar("SELECT sum(reports) FROM rollups").fetch_one(&pool).await.unwrap();
    pool.close().await;
    each_exactly_once(&stored, &acknowledged);
    assert_eq!(usize::try_from(counted).unwrap(), stored.len(), "each is counted once");
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_at_random_moments_a_server_has_all_that_was_acknowledged_each_exactly_once() {
    let Some(database) = TestDatabase::new().await else {
        return;
    };
    let acknowledged = lives(&database.url).await;
    let pool = database.pool().await;
    let stored = sqlx::query_scalar("SELECT batch_id FROM reports").fetch_all(&pool).await.unwrap();
    let counted: i64 = sqlx::query_scalar("SELECT sum(reports)::bigint FROM rollups")
        .fetch_one(&pool)
        .await
        .unwrap();
    pool.close().await;
    each_exactly_once(&stored, &acknowledged);
    assert_eq!(usize::try_from(counted).unwrap(), stored.len(), "each is counted once");
}
