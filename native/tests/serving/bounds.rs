use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use steadfast::core::protocol::Frame;
use steadfast::server::ServerConfig;

use crate::client::{Client, within};
use crate::listener::{Listener, until};

#[tokio::test]
async fn a_sender_waits_for_a_client_that_does_not_acknowledge() {
    let config = ServerConfig { max_messages: 4, ..ServerConfig::default() };
    let mut listener = Listener::start(config).await;
    let (mut client, _) = Client::begin(listener.address).await;
    let mut connection = listener.connection().await;
    for number in 0..4 {
        connection.try_send(number.to_string()).unwrap();
    }
    assert!(connection.try_send("4").unwrap_err().is_full());
    let sender = connection.sender();
    let fifth = tokio::spawn(async move { sender.send("4").await });
    for number in 0..4 {
        assert_eq!(client.text().await, number.to_string());
    }
    client.say(&Frame::Ack { received: 2 }).await;
    within(fifth).await.unwrap().unwrap();
    assert_eq!(client.text().await, "4");
    client.say(&Frame::Ack { received: 4 }).await;
    // As a sink it waits as well.
    for number in 5..8 {
        within(connection.feed(number.to_string().into())).await.unwrap();
        within(connection.flush()).await.unwrap();
    }
    assert_eq!(connection.kept().0, 4);
    let ninth = connection.feed("8".into());
    assert!(tokio::time::timeout(Duration::from_millis(50), ninth).await.is_err());
}

#[tokio::test]
async fn a_client_waits_while_nobody_reads_and_loses_nothing() {
    let config = ServerConfig { inbound: 2, ..ServerConfig::default() };
    let mut listener = Listener::start(config).await;
    let (mut client, _) = Client::begin(listener.address).await;
    let mut connection = listener.connection().await;
    let sending = tokio::spawn(async move {
        for number in 0..200 {
            client.send(format!("{number} {}", "x".repeat(100_000))).await;
        }
        client
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert!(!sending.is_finished(), "20 MB fit into the kernel's buffers");
    for number in 0..200 {
        let message = within(connection.next()).await.unwrap();
        let text = message.as_text().unwrap();
        assert!(text.starts_with(&format!("{number} ")), "{}", &text[..10]);
    }
    within(sending).await.unwrap();
}

#[tokio::test]
async fn a_session_that_is_full_both_ways_goes_on_over_a_new_link() {
    let config = ServerConfig { inbound: 1, max_messages: 1, ..ServerConfig::default() };
    let mut listener = Listener::start(config).await;
    let (mut client, welcome) = Client::begin(listener.address).await;
    let mut connection = listener.connection().await;
    let echo = tokio::spawn(async move {
        while let Some(message) = connection.next().await {
            connection.feed(message).await.unwrap();
            connection.flush().await.unwrap();
        }
    });
    // The acknowledgement of the first echo is stuck behind the rest.
    for number in 0..10 {
        client.send(number.to_string()).await;
    }
    client.say(&Frame::Ack { received: 1 }).await;
    let (code, reason) = client.closed().await.unwrap();
    assert_eq!((code, reason.as_str()), (1013, "retry-after=0;spread=0"));
    drop(client);
    let (mut client, welcome) = Client::hello(listener.address, Some(&welcome.token), 1).await;
    assert!(welcome.resumed);
    for number in 1..welcome.received {
        assert_eq!(client.text().await, number.to_string());
        client.say(&Frame::Ack { received: number + 1 }).await;
    }
    echo.abort();
}

#[tokio::test]
async fn a_newcomer_takes_the_place_of_who_is_away_and_of_nobody_who_is_there() {
    let config = ServerConfig { max_sessions: 2, ..ServerConfig::default() };
    let mut listener = Listener::start(config).await;
    let (first, _) = Client::begin(listener.address).await;
    let first_connection = listener.connection().await;
    let _second = Client::plain(listener.address).await;
    let _second_connection = listener.connection().await;

    let mut third = Client::silent(listener.address).await;
    third.say_hello(None, 0).await;
    assert_eq!(third.closed().await, Some((1013, "retry-after=10".into())));
    assert_eq!(listener.accepted().await.unwrap_err().code(), "accept.refused");

    first.cut();
    until(|| !first_connection.has_link()).await;
    let (_third, _) = Client::begin(listener.address).await;
    let _third_connection = listener.connection().await;
    assert_eq!(first_connection.ended(), Some(steadfast::server::EndReason::Evicted));
    assert_eq!(listener.server.sessions(), 2);
}

#[tokio::test]
async fn senders_that_wait_are_served_in_the_order_of_their_calls() {
    let config = ServerConfig { max_messages: 2, ..ServerConfig::default() };
    let mut listener = Listener::start(config).await;
    let (mut client, _) = Client::begin(listener.address).await;
    let connection = listener.connection().await;
    let mut sending = tokio::task::JoinSet::new();
    for number in 0..100 {
        let mut sender = connection.sender();
        sending.spawn(async move {
            if number % 3 == 0 {
                futures::SinkExt::send(&mut sender, number.to_string().into()).await
            } else {
                sender.send(number.to_string()).await
            }
        });
        tokio::task::yield_now().await;
    }
    let refused = connection.try_send("overtakes").unwrap_err();
    assert!(refused.is_full());
    assert_eq!(refused.into_inner().as_text(), Some("overtakes"));
    let mut sink = connection.sender();
    let fed = sink.feed("is cancelled".into());
    assert!(tokio::time::timeout(Duration::from_millis(50), fed).await.is_err());
    for number in 0..100 {
        assert_eq!(client.text().await, number.to_string());
        client.say(&Frame::Ack { received: number + 1 }).await;
    }
    while let Some(sent) = within(sending.join_next()).await {
        sent.unwrap().unwrap();
    }
    within(connection.drained()).await.unwrap();
    connection.send("last").await.unwrap();
    assert_eq!(client.text().await, "last");
}
