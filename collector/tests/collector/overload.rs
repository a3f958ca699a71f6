use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::future::join_all;
use reqwest::Response;
use serde_json::{Value, json};
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::support::{Running, eventually, refusal, report};

#[tokio::test]
async fn when_the_queue_is_full_clients_are_told_to_come_back_and_what_waits_is_kept() {
    let collector = Running::start_with(|config| config.queue = 1).await;
    // Another process writes, so that the collector cannot.
    let options = SqliteConnectOptions::new().filename(collector.database());
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();

    let reports: Vec<_> = (0..8).map(|n| report(&format!("s{n}"), &format!("b{n}"))).collect();
    let release = async {
        tokio::time::sleep(Duration::from_millis(500)).await;
        writing.rollback().await.unwrap();
    };
    let posts = join_all(reports.iter().map(|report| collector.post(report)));
    let (answers, ()) = tokio::join!(posts, release);

    let mut accepted = 0;
    for answer in answers {
        if answer.status().is_success() {
            accepted += 1;
            continue;
        }
        assert!(wait(&answer) >= 1);
        assert_eq!(refusal(answer).await, (503, "ingest.full".to_owned()));
    }
    assert!((1..=2).contains(&accepted), "one is being written and one waits: {accepted}");
    assert_eq!(collector.read("/v1/connections").await["total"], accepted);
    assert!(!collector.accept(&report("late", "late")).await, "afterwards all is well");
}

/// The `Retry-After` of an answer.
fn wait(answer: &Response) -> u64 {
    answer.headers()["retry-after"].to_str().unwrap().parse().unwrap()
}

#[tokio::test]
async fn who_is_taken_while_the_queue_is_full_is_asked_to_report_less_often() {
    let collector = Running::start_with(|config| config.queue = 2).await;
    let calm: Value = collector.post(&report("calm", "calm")).await.json().await.unwrap();
    assert_eq!((&calm["interval"], &calm["sampling"]), (&json!(0.0), &json!(1.0)));
    let options = SqliteConnectOptions::new().filename(collector.database());
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    // Some are being written and two wait, the others are refused. The average of the queue's fill
    // rises within a second.
    let refused = AtomicUsize::new(0);
    let post = async |n: u32| {
        tokio::time::sleep(n * Duration::from_millis(40)).await;
        let answer = collector.post(&report(&format!("s{n}"), &format!("b{n}"))).await;
        if answer.status() == 503 {
            assert!((1..=300).contains(&wait(&answer)));
            refused.fetch_add(1, Ordering::Relaxed);
            return None;
        }
        Some(answer.json::<Value>().await.unwrap())
    };
    let release = async {
        eventually("many were refused", async || refused.load(Ordering::Relaxed) >= 50).await;
        writing.rollback().await.unwrap();
    };
    let (receipts, ()) = tokio::join!(join_all((0..60).map(post)), release);
    let first = receipts.into_iter().flatten().next().unwrap();
    assert!(first["interval"].as_f64().unwrap() >= 30_000.0, "{first}");
    assert!(first["sampling"].as_f64().unwrap() <= 1.0, "{first}");
}

#[tokio::test]
async fn at_its_end_the_collector_writes_what_it_has_taken() {
    let collector = Running::start().await;
    let reports: Vec<_> = (0..50).map(|n| report(&format!("s{n}"), &format!("b{n}"))).collect();
    let database = collector.database();
    let options = SqliteConnectOptions::new().filename(&database);
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    let address = collector.address();
    let key = collector.keys.publishable.clone();
    let client = reqwest::Client::new();
    let posts = tokio::spawn(join_all(reports.into_iter().map(move |report| {
        let request = client.post(format!("http://{address}/v1/reports")).bearer_auth(&key);
        request.json(&report).send()
    })));
    tokio::time::sleep(Duration::from_millis(300)).await;
    let release = async {
        tokio::time::sleep(Duration::from_millis(300)).await;
        writing.rollback().await.unwrap();
    };
    let (collector, ()) = tokio::join!(collector.restart(), release);
    for answer in posts.await.unwrap() {
        assert_eq!(answer.unwrap().status(), 200);
    }
    assert_eq!(collector.read("/v1/connections").await["total"], 50);
    collector.stop().await;
}
