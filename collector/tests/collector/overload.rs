use futures::future::join_all;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};

use crate::support::{Running, refusal, report};

#[tokio::test]
async fn when_the_queue_is_full_clients_are_told_to_come_back_and_what_waits_is_kept() {
    let collector = Running::start_with(|config| config.queue = 1).await;
    // Another process writes, so that the collector cannot.
    let options = SqliteConnectOptions::new().filename(collector.database());
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();

    let reports: Vec<_> = (0..8).map(|n| report(&format!("s{n}"), &format!("b{n}"))).collect();
    let release = async {
        tokio::time::sleep(std::time::Duration::from_millis(500)).await;
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
        assert_eq!(answer.headers()["retry-after"], "2");
        assert_eq!(refusal(answer).await, (503, "ingest.full".to_owned()));
    }
    assert!((1..=2).contains(&accepted), "one is being written and one waits: {accepted}");
    assert_eq!(collector.read("/v1/connections").await["total"], accepted);
    assert!(!collector.accept(&report("late", "late")).await, "afterwards all is well");
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
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let release = async {
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        writing.rollback().await.unwrap();
    };
    let (collector, ()) = tokio::join!(collector.restart(), release);
    for answer in posts.await.unwrap() {
        assert_eq!(answer.unwrap().status(), 200);
    }
    assert_eq!(collector.read("/v1/connections").await["total"], 50);
    collector.stop().await;
}
