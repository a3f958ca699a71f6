use futures::StreamExt as _;
use steadfast::core::protocol::Frame;
use steadfast::server::ServerConfig;

use crate::client::{Client, within};
use crate::listener::{Listener, until};

#[tokio::test]
async fn a_connection_survives_its_links_and_each_message_arrives_once_and_in_order() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (mut client, welcome) = Client::begin(listener.address).await;
    let mut connection = listener.connection().await;
    assert_eq!((connection.session(), connection.is_reliable()), ("s", true));
    let token = welcome.token;

    // The client has got two of three, and the server two of what the client sent.
    for text in ["a", "b", "c"] {
        connection.send(text).await.unwrap();
    }
    for text in ["a", "b"] {
        assert_eq!(client.text().await, text);
    }
    for text in ["1", "2"] {
        client.send(text).await;
        assert_eq!(within(connection.next()).await.unwrap().as_text(), Some(text));
    }
    client.cut();
    until(|| !connection.has_link()).await;
    connection.send("d").await.unwrap();

    let (mut client, welcome) = Client::hello(listener.address, Some(&token), 2).await;
    assert!(welcome.resumed);
    assert_eq!(welcome.received, 2);
    assert!(listener.accepted().await.unwrap().is_none(), "it is served already");
    assert_eq!([client.text().await, client.text().await], ["c", "d"]);
    client.say(&Frame::Ack { received: 4 }).await;
    within(connection.drained()).await.unwrap();
    client.send("3").await;
    assert_eq!(within(connection.next()).await.unwrap().as_text(), Some("3"));
    assert_eq!(listener.server.sessions(), 1);
}

#[tokio::test]
async fn a_second_link_replaces_the_first() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (mut first, welcome) = Client::begin(listener.address).await;
    let mut connection = listener.connection().await;
    let (mut second, _) = Client::hello(listener.address, Some(&welcome.token), 0).await;
    // The server does not read it any more.
    first.send("from the first").await;
    assert_eq!(first.closed().await, Some((4409, String::new())));
    second.send("from the second").await;
    let message = within(connection.next()).await.unwrap();
    assert_eq!(message.as_text(), Some("from the second"));
    connection.send("for the second").await.unwrap();
    assert_eq!(second.text().await, "for the second");
}

#[tokio::test]
async fn what_comes_is_acknowledged_and_at_once_before_a_pong() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (mut client, _) = Client::begin(listener.address).await;
    let _connection = listener.connection().await;
    client.send("1").await;
    assert_eq!(client.frame().await, Frame::Ack { received: 1 });
    client.send("2").await;
    let id = steadfast::core::heartbeat::PingId(9);
    client.say(&Frame::Ping { id }).await;
    assert_eq!(client.frame().await, Frame::Ack { received: 2 });
    assert_eq!(client.frame().await, Frame::Pong { id });
}

#[tokio::test]
async fn a_client_that_forgot_what_it_had_acknowledged_gets_a_new_session() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (mut client, welcome) = Client::begin(listener.address).await;
    let mut connection = listener.connection().await;
    connection.send("a").await.unwrap();
    assert_eq!(client.text().await, "a");
    client.say(&Frame::Ack { received: 1 }).await;
    within(connection.drained()).await.unwrap();
    let (_client, welcome) = Client::hello(listener.address, Some(&welcome.token), 0).await;
    assert!(!welcome.resumed);
    assert!(within(connection.next()).await.is_none());
    assert_eq!(connection.ended(), Some(steadfast::server::EndReason::Forgotten));
    let another = listener.connection().await;
    assert_eq!(another.ended(), None);
    assert_eq!(listener.server.sessions(), 1);
}

#[tokio::test]
async fn a_text_that_begins_like_a_control_frame_is_not_sent() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (_client, _) = Client::begin(listener.address).await;
    let connection = listener.connection().await;
    let error = connection.try_send(r#"{"steadfast":1}"#).unwrap_err();
    assert_eq!(error.code(), "message.reserved");
}
