use futures::{SinkExt as _, StreamExt as _};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;

use crate::ask::{eager, within};
use crate::server::{Peer, Server};

#[tokio::test]
async fn pings_carry_four_bytes_and_those_of_the_server_are_answered() {
    let (sender, mut messages) = mpsc::unbounded_channel();
    let server = Server::start(move |mut peer: Peer| {
        let sender = sender.clone();
        async move {
            peer.send(Message::Ping("are you there?".into())).await.unwrap();
            while let Some(Ok(message)) = peer.next().await {
                sender.send(message).unwrap();
            }
        }
    })
    .await;
    let _connection = eager(server.url()).open().unwrap();
    let mut heard =
        [within(messages.recv()).await.unwrap(), within(messages.recv()).await.unwrap()];
    heard.sort_by_key(Message::is_ping);
    assert_eq!(
        heard,
        [
            Message::Pong("are you there?".into()),
            Message::Ping(0_u32.to_be_bytes().to_vec().into()),
        ]
    );
}
