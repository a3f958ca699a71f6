use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use steadfast::Status;

use crate::ask::{becomes, eager, next_text, quick_heartbeat};
use crate::server::{Peer, Server};

const MESSAGES: usize = 50;

async fn flood(peer: Peer) {
    let (mut sink, mut stream) = peer.split();
    for number in 0..MESSAGES {
        sink.send(number.to_string().into()).await.unwrap();
    }
    while let Some(Ok(_)) = stream.next().await {}
}

#[tokio::test]
async fn a_peer_is_not_taken_for_dead_while_its_messages_are_not_read() {
    let server = Server::start(flood).await;
    let mut connection =
        eager(server.url()).inbound(4).heartbeat(quick_heartbeat()).open().unwrap();
    becomes(&connection, Status::Connected).await;
    // Many times what it takes to find a peer dead.
    tokio::time::sleep(Duration::from_secs(1)).await;
    for number in 0..MESSAGES {
        assert_eq!(next_text(&mut connection).await, Some(number.to_string()));
    }
    assert_eq!(connection.state().total_disconnections, 0);

    let latency = crate::ask::within(connection.wait_until(|state| state.latency.is_some())).await;
    assert!(latency.is_ok(), "heartbeats go on");
}
