use futures::{SinkExt as _, StreamExt as _};
use steadfast::core::protocol::Frame;
use steadfast::server::{EndReason, ServerConfig};
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, within};
use crate::listener::Listener;

#[tokio::test]
async fn a_client_without_the_sub_protocol_is_served_until_its_link_ends() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let mut client = Client::plain(listener.address).await;
    let mut connection = listener.connection().await;
    assert_eq!((connection.session(), connection.is_reliable()), ("", false));
    client.send("hello").await;
    client.send(Message::binary(vec![0, 1])).await;
    assert_eq!(within(connection.next()).await.unwrap().as_text(), Some("hello"));
    let message = within(connection.next()).await.unwrap();
    assert_eq!(message.as_bytes(), [0, 1]);
    connection.feed(message).await.unwrap();
    assert_eq!(client.message().await, Message::binary(vec![0, 1]));
    within(connection.drained()).await.unwrap();
    client.cut();
    assert!(within(connection.next()).await.is_none());
    assert_eq!(connection.ended(), Some(EndReason::Lost));
    assert_eq!(listener.server.sessions(), 0);
}

#[tokio::test]
async fn heartbeats_of_any_client_are_answered_and_its_texts_are_its_own() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let mut client = Client::plain(listener.address).await;
    let mut connection = listener.connection().await;
    client.send(r#"{"steadfast":"ping","id":7}"#).await;
    assert_eq!(client.message().await, Message::text(r#"{"steadfast":"pong","id":7}"#));
    client.send(Message::Ping("x".into())).await;
    assert_eq!(client.message().await, Message::Pong("x".into()));
    // It has not agreed to what such a text means.
    let text = Frame::Ack { received: 9 }.to_text();
    client.send(text.as_str()).await;
    assert_eq!(within(connection.next()).await.unwrap().as_text(), Some(text.as_str()));
}

#[tokio::test]
async fn both_halves_of_a_connection_work_apart() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (mut client, _) = Client::begin(listener.address).await;
    let (mut sink, mut stream) = listener.connection().await.split();
    let echo = tokio::spawn(async move {
        while let Some(message) = stream.next().await {
            sink.send(message).await.unwrap();
        }
    });
    for number in 0..100 {
        client.send(number.to_string()).await;
    }
    for number in 0..100 {
        assert_eq!(client.text().await, number.to_string());
    }
    client.close(1000).await;
    within(echo).await.unwrap();
}
