//! A program that only writes, and is behind with reading, notices that its peer is dead, or is told
//! that it cannot.

use std::time::Duration;

use futures::SinkExt as _;
use steadfast::{Cause, EventKind, Status};

use crate::ask::{becomes, eager, next_event, quick_heartbeat};
use crate::server::{Peer, Server};

/// Sends so many messages, and then neither reads nor answers anything.
fn falls_silent(
    messages: usize,
) -> impl Fn(Peer) -> futures::future::BoxFuture<'static, ()> + Clone + Send {
    move |mut peer| {
        Box::pin(async move {
            for number in 0..messages {
                peer.send(number.to_string().into()).await.unwrap();
            }
            std::future::pending::<()>().await;
            drop(peer);
        })
    }
}

#[allow(clippy::needless_pass_by_value, reason = "as the other functions that pick")]
fn lost(kind: EventKind) -> Option<Cause> {
    match kind {
        EventKind::Disconnected { cause, .. } => Some(cause),
        _ => None,
    }
}

#[tokio::test]
async fn a_dead_peer_is_noticed_also_when_the_reader_is_as_far_behind_as_it_may_be() {
    // Exactly as many as may wait, and more.
    for messages in [64, 100] {
        let server = Server::start(falls_silent(messages)).await;
        let connection = eager(server.url()).heartbeat(quick_heartbeat()).open().unwrap();
        let mut events = connection.events();
        becomes(&connection, Status::Connected).await;
        connection.send("written").await.unwrap();
        assert_eq!(next_event(&mut events, lost).await, Cause::HeartbeatTimeout, "{messages}");
    }
}

#[tokio::test]
async fn when_nothing_more_can_be_read_an_event_says_so_once_and_the_peer_is_not_judged() {
    let server = Server::start(falls_silent(1000)).await;
    let mut connection = eager(server.url()).heartbeat(quick_heartbeat()).open().unwrap();
    let mut events = connection.events();
    let unread = |kind| matches!(kind, EventKind::Unread).then_some(());
    next_event(&mut events, unread).await;
    // Many times what it takes to find a peer dead.
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(connection.state().total_disconnections, 0);
    // Read at last, it is found dead, and everything it had sent was there.
    for number in 0..1000 {
        let text = crate::ask::next_text(&mut connection).await;
        assert_eq!(text, Some(number.to_string()));
    }
    let mut told = 0;
    let ended = |kind: EventKind| {
        told += usize::from(matches!(kind, EventKind::Unread));
        lost(kind)
    };
    assert_eq!(next_event(&mut events, ended).await, Cause::HeartbeatTimeout);
    assert_eq!(told, 0, "once a link");
}
