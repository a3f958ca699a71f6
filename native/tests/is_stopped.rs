//! A process that is stopped for half a minute, and goes on.

#![cfg(unix)]
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

use std::env;
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use steadfast::{EventKind, Heartbeat, Intervals};
use tokio::sync::watch;

use crate::ask::{eager, next_event, within};
use crate::children::Process;
use crate::server::{Peer, Server};

const URL: &str = "STEADFAST_TEST_URL";

/// Says after every message, once two more heartbeats were answered, what it has come to.
#[tokio::test]
#[ignore = "what the process does that another test stops"]
async fn beats() {
    let heartbeat =
        Heartbeat { intervals: Intervals::fixed(Duration::from_secs(1)), ..Heartbeat::default() };
    let builder = eager(env::var(URL).unwrap()).heartbeat(heartbeat);
    let mut connection = builder.open().unwrap();
    let mut events = connection.events();
    within(connection.wait_until(|state| state.latency.is_some())).await.unwrap();
    println!("connected: ");
    while connection.next().await.is_some() {
        // What happened before does not count.
        events = connection.events();
        for _ in 0..2 {
            let answered =
                |kind| matches!(kind, EventKind::Heartbeat { rtt: Some(_), .. }).then_some(());
            next_event(&mut events, answered).await;
        }
        let state = connection.state();
        println!("lost: {} missed: {}", state.total_disconnections, state.missed_heartbeats);
    }
    drop(events);
}

#[tokio::test]
async fn a_process_that_was_stopped_for_half_a_minute_does_not_declare_its_peer_dead() {
    let (wake, waking) = watch::channel(0);
    let server = Server::start(move |mut peer: Peer| {
        let mut waking = waking.clone();
        async move {
            loop {
                let message = tokio::select! {
                    message = peer.next() => message.map(|_| None),
                    changed = waking.changed() => changed.ok().map(|()| Some("wake up")),
                };
                match message {
                    Some(Some(message)) => peer.send(message.into()).await.unwrap(),
                    Some(None) => {}
                    None => return,
                }
            }
        }
    })
    .await;
    let mut process = Process::start(&[], "beats", &[(URL, &server.url())]);
    process.says("connected: ").await;
    process.signal("STOP").await;
    tokio::time::sleep(Duration::from_secs(30)).await;
    process.signal("CONT").await;
    wake.send_replace(1);
    assert_eq!(process.says("lost: ").await, "0 missed: 0");
    wake.send_replace(2);
    assert_eq!(process.says("lost: ").await, "0 missed: 0");
}
