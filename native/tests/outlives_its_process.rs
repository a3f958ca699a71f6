//! What is left of a process that was killed.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a helper of a test may fail as the test does"
)]

#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "behaviour/ask.rs"]
mod ask;
#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "behaviour/children.rs"]
mod children;
#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "behaviour/server.rs"]
mod server;
#[allow(dead_code, reason = "shared with tests that need more of it")]
#[path = "behaviour/sessions.rs"]
mod sessions;

use std::env;
use std::path::Path;
use std::sync::{Arc, Mutex};

use futures::StreamExt as _;
use steadfast::core::protocol::SUBPROTOCOL;
use steadfast::core::rng::{Random as _, SeededRandom};
use steadfast::server::{ServerConfig, ServerConnection};
use steadfast::store::{RedbStore, StoreError};
use steadfast::{Builder, Status};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::ask::{becomes, eager, within};
use crate::children::Process;
use crate::server::{Server, collect, echo, free_address, url};
use crate::sessions::{Manners, Session, start_at};

const URL: &str = "STEADFAST_TEST_URL";
const STORE: &str = "STEADFAST_TEST_STORE";

/// A process that connects to this URL and keeps its session in this file.
fn keeping(test: &str, url: &str, store: &Path) -> Process {
    Process::start(&[], test, &[(URL, url), (STORE, store.to_str().unwrap())])
}

fn kept(url: String, store: &RedbStore) -> Builder {
    eager(url).persist(store.session("live")).persist_messages()
}

fn inherited() -> (String, RedbStore) {
    (env::var(URL).unwrap(), RedbStore::open(env::var(STORE).unwrap()).unwrap())
}

#[tokio::test]
#[ignore = "what the process does that another test kills"]
async fn sends_into_the_void() {
    let (url, store) = inherited();
    let connection = kept(url, &store).open().unwrap();
    within(connection.wait_until(|state| state.latency.is_some())).await.unwrap();
    println!("connected: {}", connection.state().session_id);
    becomes(&connection, Status::Reconnecting).await;
    for number in 0..10 {
        connection.try_send(number.to_string()).unwrap();
    }
    connection.saved().await.unwrap();
    println!("saved: all");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn a_killed_process_is_followed_by_one_with_its_session_its_history_and_its_messages() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let server = Server::start(echo).await;
    let mut process = keeping("sends_into_the_void", &server.url(), &path);
    let session_id = process.says("connected: ").await;
    let address = server.stop().await;
    process.says("saved: ").await;
    assert_eq!(RedbStore::open(&path).unwrap_err(), StoreError::InUse);
    process.kill().await;

    let store = RedbStore::open(&path).unwrap();
    let connection = kept(url(address), &store).open().unwrap();
    assert_eq!(connection.restored(), Ok(true));
    let state = connection.state();
    assert_eq!(state.session_id, session_id);
    assert_eq!(state.total_disconnections, 1);
    assert!(state.latency.is_some() && state.connected_at.is_some());

    let (texts, mut arrived) = mpsc::unbounded_channel();
    let _server = Server::start_at(address, collect(texts)).await;
    for number in 0..10 {
        assert_eq!(within(arrived.recv()).await, Some(number.to_string()));
    }
    within(connection.drained()).await.unwrap();
    assert!(arrived.try_recv().is_err(), "something arrived twice");
}

#[tokio::test]
#[ignore = "what the process does that another test kills"]
async fn is_killed_before_it_hears_an_acknowledgement() {
    let (url, store) = inherited();
    let connection = kept(url, &store).protocol(SUBPROTOCOL).open().unwrap();
    becomes(&connection, Status::Connected).await;
    for number in 0..3 {
        connection.try_send(number.to_string()).unwrap();
    }
    connection.saved().await.unwrap();
    println!("saved: all");
    becomes(&connection, Status::Reconnecting).await;
    println!("lost: all");
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn messages_that_a_server_of_the_sub_protocol_has_are_not_sent_again_by_the_next_process() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let session = Arc::new(Mutex::new(Session::default()));
    let address = free_address().await;
    // The third is neither acknowledged nor answered.
    let rude = Manners { cut_after: 3, remembers: true };
    let server = start_at(address, &session, rude).await;
    let mut process = keeping("is_killed_before_it_hears_an_acknowledgement", &url(address), &path);
    process.says("saved: ").await;
    process.says("lost: ").await;
    server.stop().await;
    process.kill().await;

    let store = RedbStore::open(&path).unwrap();
    let polite = Manners { cut_after: usize::MAX, remembers: true };
    let _server = start_at(address, &session, polite).await;
    let connection = kept(url(address), &store).protocol(SUBPROTOCOL).open().unwrap();
    assert_eq!(connection.restored(), Ok(true));
    connection.send("3").await.unwrap();
    within(connection.drained()).await.unwrap();
    assert_eq!(session.lock().unwrap().received, ["0", "1", "2", "3"]);
}

#[tokio::test]
#[ignore = "what the process does that another test kills"]
async fn counts_what_comes() {
    let (url, store) = inherited();
    let mut connection = kept(url, &store).protocol(SUBPROTOCOL).open().unwrap();
    let mut is_known = false;
    while let Some(message) = connection.next().await {
        if !is_known {
            // A process that dies before it has saved anything has acknowledged nothing, and leaves no session.
            connection.saved().await.unwrap();
            is_known = true;
        }
        println!("got: {}", message.as_text().unwrap());
    }
}

/// Sends numbers for as long as there is a session.
async fn count(connection: ServerConnection) {
    for number in 0_u64.. {
        if connection.send(number.to_string()).await.is_err() {
            return;
        }
        tokio::task::yield_now().await;
    }
}

/// The number in a line, if it has one.
fn number(line: &str) -> Option<u64> {
    line.split_once("got: ")?.1.parse().ok()
}

#[tokio::test]
async fn a_process_that_is_killed_at_any_moment_has_acknowledged_nothing_that_the_next_does_not_know()
 {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    let server = steadfast::server::Server::new(ServerConfig::default()).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = url(listener.local_addr().unwrap());
    let (accepting, sessions) = (server.clone(), Arc::new(Mutex::new(0)));
    let begun = Arc::clone(&sessions);
    let serving = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            // One that comes back goes to the connection that is there.
            if let Ok(Some(connection)) = accepting.accept(stream).await {
                *begun.lock().unwrap() += 1;
                tokio::spawn(count(connection));
            }
        }
    });

    let mut random = SeededRandom::new(11);
    let mut next = 0;
    for life in 0..12 {
        let mut process = keeping("counts_what_comes", &url, &path);
        let mut got = vec![];
        // From a few to some hundred, so that it dies between any two steps of saving and telling.
        let enough = 1 + random.next_u32() as usize % if life % 2 == 0 { 600 } else { 20 };
        while got.len() < enough {
            got.extend(number(&process.line().await));
        }
        got.extend(process.kill_and_listen().await.iter().filter_map(|line| number(line)));
        assert!(got[0] <= next, "{next} to {} are lost after life {life}", got[0]);
        let consecutive: Vec<_> = (got[0]..).take(got.len()).collect();
        assert_eq!(got, consecutive, "life {life}");
        next = next.max(got[got.len() - 1] + 1);
        assert_eq!(*sessions.lock().unwrap(), 1, "a new session began in life {life}");
    }
    assert_eq!(server.sessions(), 1);
    serving.abort();
}

#[tokio::test]
async fn a_file_that_is_something_else_is_moved_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("sessions.redb");
    std::fs::write(&path, "no database at all, but long enough to look like one".repeat(100))
        .unwrap();
    let store = RedbStore::open(&path).unwrap();
    let connection = kept(url(free_address().await), &store).open().unwrap();
    assert_eq!(connection.restored(), Ok(false));
    within(connection.saved()).await.unwrap();
    assert!(folder.path().join("sessions.redb.damaged").exists());
}
