use futures::StreamExt as _;
use steadfast::{SendError, Status};
use tokio::sync::mpsc;

use crate::ask::{becomes, eager, within};
use crate::server::{Peer, Server};

#[tokio::test]
async fn dropping_a_connection_closes_its_socket_and_its_senders() {
    let (gone, mut goes) = mpsc::unbounded_channel();
    let server = Server::start(move |mut peer: Peer| {
        let gone = gone.clone();
        async move {
            while let Some(Ok(_)) = peer.next().await {}
            gone.send(()).unwrap();
        }
    })
    .await;
    let connection = eager(server.url()).open().unwrap();
    let sender = connection.sender();
    becomes(&connection, Status::Connected).await;
    drop(connection);
    within(goes.recv()).await.unwrap();
    assert_eq!(sender.try_send("too late").unwrap_err().reason, SendError::Closed);
}
