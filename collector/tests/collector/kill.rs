use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use serde_json::Value;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool};
use steadfast_core::report::Report;

use crate::process::Process;
use crate::support::{Keys, report_of_losses};

/// The reports of one session that were acknowledged, the last of them last.
async fn report_until_refused(
    session: usize,
    url: &str,
    keys: &Keys,
    acknowledged: &AtomicUsize,
) -> Vec<Report> {
    let client = reqwest::Client::new();
    let mut taken = Vec::new();
    for losses in 1.. {
        let report =
            report_of_losses(&format!("s{session}"), &format!("b{session}-{losses}"), losses);
        let request = client.post(format!("{url}/v1/reports")).bearer_auth(&keys.publishable);
        match request.json(&report).send().await {
            Ok(answer) if answer.status() == 200 => {
                taken.push(report);
                acknowledged.fetch_add(1, Ordering::Relaxed);
            }
            _ => break,
        }
    }
    taken
}

async fn stored_batches(database: &Path) -> Vec<String> {
    let options = SqliteConnectOptions::new().filename(database).read_only(true);
    let pool = SqlitePool::connect_with(options).await.unwrap();
    let batches = sqlx::query_scalar("SELECT batch_id FROM reports").fetch_all(&pool).await;
    pool.close().await;
    batches.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn killed_under_load_it_has_all_that_it_acknowledged_each_exactly_once() {
    let folder = tempfile::tempdir().unwrap();
    let database = folder.path().join("steadfast.db");
    let process = Process::start(&database).await;
    let (url, keys) = (process.url.clone(), process.keys.clone().unwrap());

    let acknowledged = AtomicUsize::new(0);
    let clients = (0..16).map(|n| report_until_refused(n, &url, &keys, &acknowledged));
    let kill_in_the_middle = async {
        while acknowledged.load(Ordering::Relaxed) < 400 {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        process.kill().await;
    };
    let (taken, ()) = tokio::join!(join_all(clients), kill_in_the_middle);

    let process = Process::start(&database).await;
    assert!(process.keys.is_none(), "keys are printed once");
    let stored = stored_batches(&database).await;
    let distinct: BTreeSet<&str> = stored.iter().map(String::as_str).collect();
    assert_eq!(distinct.len(), stored.len(), "each exactly once");
    let taken: Vec<Report> = taken.into_iter().flatten().collect();
    assert!(taken.len() >= 400);
    for report in &taken {
        assert!(distinct.contains(report.batch_id.as_str()), "{} is missing", report.batch_id);
    }

    let client = reqwest::Client::new();
    let page = client.get(format!("{}/v1/connections", process.url)).bearer_auth(&keys.secret);
    let page: Value = page.send().await.unwrap().json().await.unwrap();
    assert_eq!(page["total"], 16);
    let last_taken: BTreeMap<&str, u32> = taken
        .iter()
        .map(|report| (report.session.session_id.as_str(), report.session.total_disconnections))
        .collect();
    for state in page["connections"].as_array().unwrap() {
        let session_id = state["sessionId"].as_str().unwrap();
        // One more may have been committed whose answer was lost.
        let known = u32::try_from(state["totalDisconnections"].as_u64().unwrap()).unwrap();
        let last = last_taken.get(session_id).copied().unwrap_or(0);
        assert!((last..=last + 1).contains(&known), "{session_id}: {known}, taken was {last}");
    }

    let last = taken.last().unwrap();
    let again = client.post(format!("{}/v1/reports", process.url)).bearer_auth(&keys.publishable);
    let receipt: Value = again.json(last).send().await.unwrap().json().await.unwrap();
    assert_eq!(receipt["duplicate"], true);
}
