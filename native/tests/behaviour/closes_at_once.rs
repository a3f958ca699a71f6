use std::time::{Duration, Instant};

use futures::StreamExt as _;
use steadfast::{SendError, Status};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use crate::ask::{becomes, eager, next_text, within};
use crate::server::{Server, free_address, ignore, url};

const AT_ONCE: Duration = Duration::from_millis(500);

#[tokio::test]
async fn closing_at_once_does_not_wait_for_a_peer_that_is_dead() {
    let server = Server::start(ignore).await;
    let mut connection = eager(server.url()).open().unwrap();
    becomes(&connection, Status::Connected).await;
    // More than the kernel's buffers hold, so that the goodbye cannot even be sent.
    connection.try_send(vec![0; 16 << 20]).unwrap();
    let begin = Instant::now();
    connection.close_within(Duration::ZERO).await;
    assert!(begin.elapsed() < AT_ONCE, "{:?}", begin.elapsed());
    assert_eq!(connection.state().status, Status::Disconnected);
    assert_eq!(next_text(&mut connection).await, None);
    assert_eq!(connection.try_send("too late").unwrap_err().reason, SendError::Closed);
    assert_eq!(connection.drained().await, Err(SendError::Closed));
    connection.close().await;
}

#[tokio::test]
async fn closing_does_not_wait_for_a_dial_or_a_pause() {
    for pause in [Duration::from_millis(20), Duration::ZERO] {
        let connection = eager(url(free_address().await)).open().unwrap();
        tokio::time::sleep(pause).await;
        let begin = Instant::now();
        connection.close().await;
        assert!(begin.elapsed() < AT_ONCE, "{:?}", begin.elapsed());
        assert_eq!(connection.state().status, Status::Disconnected);
    }
}

#[tokio::test]
async fn the_peer_is_told_goodbye_after_everything_that_was_handed_over() {
    let (sender, mut messages) = mpsc::unbounded_channel();
    let server = Server::start(move |mut peer: crate::server::Peer| {
        let sender = sender.clone();
        async move {
            while let Some(Ok(message)) = peer.next().await {
                if !message.is_ping() {
                    sender.send(message).unwrap();
                }
            }
        }
    })
    .await;
    let connection = eager(server.url()).open().unwrap();
    connection.send("last words").await.unwrap();
    within(connection.drained()).await.unwrap();
    connection.close().await;
    assert_eq!(within(messages.recv()).await, Some(Message::text("last words")));
    let Some(Message::Close(Some(frame))) = within(messages.recv()).await else {
        panic!("no close frame came");
    };
    assert_eq!(u16::from(frame.code), 1000);
}
