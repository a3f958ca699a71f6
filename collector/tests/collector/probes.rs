//! `/healthz` and `/readyz`, and the end.

use std::time::Duration;

use reqwest::Method;
use serde_json::Value;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::support::{Running, eventually};

async fn ready(collector: &Running) -> (u16, Value) {
    let answer = collector.request(Method::GET, "/readyz").send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn assert_alive(collector: &Running) {
    let alive = collector.request(Method::GET, "/healthz").send().await.unwrap();
    assert_eq!((alive.status().as_u16(), alive.text().await.unwrap().as_str()), (200, "ok\n"));
}

#[tokio::test]
async fn a_collector_that_has_begun_is_alive_and_ready() {
    let collector = Running::start().await;
    assert_alive(&collector).await;
    let (status, state) = ready(&collector).await;
    assert_eq!((status, &state["ready"], &state["store"]), (200, &true.into(), &"writable".into()));
}

#[tokio::test]
async fn while_nothing_can_be_written_it_is_alive_and_not_ready_and_then_ready_by_itself() {
    let collector = Running::start().await;
    // Another process writes for longer than the collector waits.
    let options = SqliteConnectOptions::new().filename(collector.database());
    let mut other = SqliteConnection::connect_with(&options).await.unwrap();
    let writing = other.begin_with("BEGIN IMMEDIATE").await.unwrap();
    eventually("it is not ready", async || ready(&collector).await.0 == 503).await;
    assert_eq!(ready(&collector).await.1["store"], "failing");
    assert_alive(&collector).await;
    writing.rollback().await.unwrap();
    eventually("it is ready", async || ready(&collector).await.0 == 200).await;
}

#[tokio::test]
async fn at_its_end_it_waits_for_requests_no_longer_than_its_limit() {
    let limit = Duration::from_millis(100);
    let collector = Running::start_with(|config| config.shutdown_limit = limit).await;
    let mut stream = TcpStream::connect(collector.address()).await.unwrap();
    let head = format!(
        "POST /v1/reports HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {}\r\n\
         content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n",
        collector.keys.publishable
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    // It is under way once something else was answered that came later.
    assert_alive(&collector).await;
    collector.stop().await;
    // A body may take ten seconds, so there is no answer yet.
    let answered = tokio::time::timeout(Duration::ZERO, stream.read_u8()).await;
    assert!(answered.is_err(), "{answered:?}");
}
