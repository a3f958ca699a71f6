//! What a slow peer holds up can still be dropped, and expires.

use std::sync::Arc;
use std::time::Duration;

use steadfast::{Connection, DeliveryOutcome, EventKind, MessageId, Outbox, Overflow, Status};
use tokio::sync::{Notify, mpsc};

use crate::ask::{becomes, eager, next_event, within};
use crate::server::{Server, collect};

/// More than kernels keep for a peer that does not read.
const MUCH: usize = 64;
const MEGABYTE: usize = 1 << 20;

/// A peer that reads once it is told to, and the texts that it gets.
async fn slow() -> (Server, Arc<Notify>, mpsc::UnboundedReceiver<String>) {
    let reads = Arc::new(Notify::new());
    let (texts, arrived) = mpsc::unbounded_channel();
    let waits = Arc::clone(&reads);
    let server = Server::start(move |peer| {
        let (waits, serve) = (Arc::clone(&waits), collect(texts.clone()));
        async move {
            waits.notified().await;
            serve(peer).await;
        }
    })
    .await;
    (server, reads, arrived)
}

async fn send_much(connection: &Connection) {
    becomes(connection, Status::Connected).await;
    for number in 0..MUCH {
        connection.send(format!("{number} {}", "x".repeat(MEGABYTE))).await.unwrap();
        // As they come over time.
        for _ in 0..100 {
            tokio::task::yield_now().await;
        }
    }
}

fn number(text: &str) -> usize {
    text.split(' ').next().unwrap().parse().unwrap()
}

#[tokio::test]
async fn the_oldest_are_dropped_while_the_link_is_up_and_the_peer_is_slow() {
    let (server, reads, mut arrived) = slow().await;
    for max_messages in [1, 10] {
        let outbox = Outbox {
            max_messages,
            max_bytes: 100 * MEGABYTE,
            overflow: Overflow::DropOldest,
            ..Outbox::default()
        };
        let connection = eager(server.url()).outbox(outbox).passive().open().unwrap();
        send_much(&connection).await;
        reads.notify_one();
        let mut got = vec![];
        while got.last() != Some(&(MUCH - 1)) {
            got.push(number(&within(arrived.recv()).await.expect("the newest has come")));
        }
        assert!(got.is_sorted() && got.len() < MUCH, "some were dropped: {got:?}");
        let newest: Vec<_> = (MUCH - max_messages..MUCH).collect();
        assert!(got.ends_with(&newest), "{got:?}");
        // Those that were dropped lie between those that the kernel took, and the newest.
        let gaps = got.windows(2).filter(|pair| pair[0] + 1 < pair[1]).count();
        assert!(gaps <= 2, "{got:?}");
    }
}

#[tokio::test]
async fn a_message_expires_behind_a_peer_that_does_not_read() {
    let (server, reads, mut arrived) = slow().await;
    let outbox = Outbox { max_bytes: 100 * MEGABYTE, ..Outbox::default() };
    let connection = eager(server.url()).outbox(outbox).passive().open().unwrap();
    let mut events = connection.events();
    send_much(&connection).await;
    connection.send_with_ttl("stale", Duration::from_millis(100)).await.unwrap();
    connection.send("fresh").await.unwrap();
    let expired = |kind| match kind {
        EventKind::Delivery { delivery: DeliveryOutcome::Expired, first, .. } => Some(first),
        _ => None,
    };
    assert_eq!(next_event(&mut events, expired).await, MessageId(MUCH as u64));
    reads.notify_one();
    for expected in 0..MUCH {
        assert_eq!(number(&within(arrived.recv()).await.unwrap()), expected);
    }
    assert_eq!(within(arrived.recv()).await.as_deref(), Some("fresh"));
}
