use std::time::Duration;

use steadfast::{Heartbeat, Intervals, Outbox};
use tokio::io::AsyncReadExt as _;

use crate::ask::{eager, within};
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

#[tokio::test]
async fn a_slow_link_that_is_busy_with_what_is_sent_is_not_taken_for_dead() {
    let server = Server::start(read_slowly).await;
    let late = Duration::from_millis(150);
    let heartbeat = Heartbeat {
        intervals: Intervals::fixed(Duration::from_millis(50)),
        late_min: late,
        late_max: late,
        max_missed: 2,
        ..Heartbeat::default()
    };
    let outbox =
        Outbox { max_messages: MESSAGES, max_bytes: MESSAGES * MEGABYTE, ..Outbox::default() };
    let connection = eager(server.url()).heartbeat(heartbeat).outbox(outbox).open().unwrap();
    for _ in 0..MESSAGES {
        connection.try_send(vec![0; MEGABYTE]).unwrap();
    }
    within(connection.drained()).await.unwrap();
    assert_eq!(connection.state().total_disconnections, 0);
}
