use futures::{SinkExt as _, StreamExt as _};
use steadfast::{Cause, EventKind};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use crate::ask::{eager, next_event, within};
use crate::server::{Peer, Server};

#[tokio::test]
async fn a_message_longer_than_allowed_ends_the_link_and_the_peer_is_told_why() {
    let (sender, mut messages) = mpsc::unbounded_channel();
    let server = Server::start(move |mut peer: Peer| {
        let sender = sender.clone();
        async move {
            peer.send("0123456789".into()).await.unwrap();
            while let Some(Ok(message)) = peer.next().await {
                sender.send(message).unwrap();
            }
        }
    })
    .await;
    let connection = eager(server.url()).passive().max_message_size(9).open().unwrap();
    let lost = |kind| match kind {
        EventKind::Disconnected { cause, .. } => Some(cause),
        _ => None,
    };
    assert_eq!(next_event(&mut connection.events(), lost).await, Cause::MessageTooLong);
    let Some(Message::Close(Some(frame))) = within(messages.recv()).await else {
        panic!("no close frame came");
    };
    assert_eq!(u16::from(frame.code), 1009);
}
