//! Uploads that take longer than a pong may take.

use std::time::Duration;

use steadfast::{Cause, Connection, EventKind, Heartbeat, Intervals, Outbox};
use tokio::io::AsyncReadExt as _;

use crate::ask::{eager, next_event, within};
use crate::server::{Peer, Server};

const MESSAGES: usize = 24;
const MEGABYTE: usize = 1 << 20;

/// Reads 400 kB every 20 ms, and answers nothing.
async fn read_slowly(mut peer: Peer) {
    let mut buffer = vec![0; 400_000];
    while peer.get_mut().read_exact(&mut buffer).await.is_ok() {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Reads 2 MB, and nothing more.
async fn stop_reading(mut peer: Peer) {
    let _ = peer.get_mut().read_exact(&mut vec![0; 2_000_000]).await;
    std::future::pending::<()>().await;
}

fn impatient(server: &Server) -> Connection {
    let late = Duration::from_millis(500);
    let heartbeat = Heartbeat {
        intervals: Intervals::fixed(Duration::from_millis(50)),
        late_min: late,
        late_max: late,
        max_missed: 2,
        ..Heartbeat::default()
    };
    let outbox =
        Outbox { max_messages: MESSAGES, max_bytes: MESSAGES * MEGABYTE, ..Outbox::default() };
    eager(server.url()).heartbeat(heartbeat).outbox(outbox).open().unwrap()
}

#[tokio::test]
async fn a_slow_link_that_is_busy_with_what_is_sent_is_not_taken_for_dead() {
    let server = Server::start(read_slowly).await;
    let connection = impatient(&server);
    for _ in 0..MESSAGES {
        connection.try_send(vec![0; MEGABYTE]).unwrap();
    }
    within(connection.drained()).await.unwrap();
    assert_eq!(connection.state().total_disconnections, 0);
}

/// At 16 KiB/s the message would take 25 minutes.
#[tokio::test]
#[cfg(any(target_os = "android", target_os = "linux"))]
async fn a_link_that_dies_during_an_upload_is_given_up_although_that_is_large() {
    let server = Server::start(stop_reading).await;
    let connection = impatient(&server);
    let mut events = connection.events();
    connection.try_send(vec![0; MESSAGES * MEGABYTE]).unwrap();
    let lost = |kind| match kind {
        EventKind::Disconnected { cause, .. } => Some(cause),
        _ => None,
    };
    assert_eq!(next_event(&mut events, lost).await, Cause::HeartbeatTimeout);
}
