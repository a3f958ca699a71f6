use std::time::{Duration, Instant};

use futures::StreamExt as _;
use steadfast::SendError;
use steadfast::server::{EndReason, ServerConfig};

use crate::client::{Client, within};
use crate::listener::{Listener, until};

#[tokio::test]
async fn what_was_sent_before_closing_arrives_and_then_the_link_ends() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (mut client, welcome) = Client::begin(listener.address).await;
    let connection = listener.connection().await;
    for number in 0..100 {
        connection.try_send(number.to_string()).unwrap();
    }
    let closing = tokio::spawn(async move {
        connection.close().await;
        connection
    });
    for number in 0..100 {
        assert_eq!(client.text().await, number.to_string());
    }
    assert_eq!(client.closed().await, Some((1000, String::new())));
    drop(client);
    let connection = within(closing).await.unwrap();
    assert_eq!(connection.ended(), Some(EndReason::Closed));
    assert!(connection.try_send("more").unwrap_err().is_closed());
    assert_eq!(listener.server.sessions(), 0);
    let (_client, welcome) = Client::hello(listener.address, Some(&welcome.token), 0).await;
    assert!(!welcome.resumed);
}

#[tokio::test]
async fn a_dropped_connection_is_closed() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (mut client, _) = Client::begin(listener.address).await;
    drop(listener.connection().await);
    assert_eq!(client.closed().await, Some((1000, String::new())));
    until(|| listener.server.sessions() == 0).await;
}

#[tokio::test]
async fn a_client_that_closes_for_good_ends_the_session_and_what_it_sent_is_read() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (mut client, _) = Client::begin(listener.address).await;
    let mut connection = listener.connection().await;
    for text in ["a", "b"] {
        client.send(text).await;
    }
    client.close(1000).await;
    assert_eq!(within(connection.next()).await.unwrap().as_text(), Some("a"));
    assert_eq!(within(connection.next()).await.unwrap().as_text(), Some("b"));
    assert!(within(connection.next()).await.is_none());
    assert_eq!(connection.ended(), Some(EndReason::Left));
    assert_eq!(listener.server.sessions(), 0);
}

#[tokio::test]
async fn a_client_that_closes_otherwise_may_come_back() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (client, welcome) = Client::begin(listener.address).await;
    let connection = listener.connection().await;
    client.close(1001).await;
    until(|| !connection.has_link()).await;
    let (_client, welcome) = Client::hello(listener.address, Some(&welcome.token), 0).await;
    assert!(welcome.resumed);
    assert_eq!(connection.ended(), None);
}

#[tokio::test]
async fn senders_that_wait_learn_that_it_is_over() {
    let config = ServerConfig { max_messages: 1, ..ServerConfig::default() };
    let mut listener = Listener::start(config).await;
    let (client, _) = Client::begin(listener.address).await;
    let connection = listener.connection().await;
    connection.try_send("1").unwrap();
    let sender = connection.sender();
    let waiting = tokio::spawn(async move { sender.send("2").await });
    let drained = connection.sender();
    let drained = tokio::spawn(async move { drained.drained().await });
    tokio::task::yield_now().await;
    client.close(1000).await;
    assert_eq!(within(waiting).await.unwrap(), Err(SendError::Closed));
    assert_eq!(within(drained).await.unwrap(), Err(SendError::Closed));
}

#[tokio::test]
async fn a_limit_ends_a_close_that_a_client_which_does_not_read_keeps_waiting() {
    for limit in [Duration::ZERO, Duration::from_millis(200)] {
        let mut listener = Listener::start(ServerConfig::default()).await;
        let (_client, _) = Client::begin(listener.address).await;
        let connection = listener.connection().await;
        // More than the kernel's buffers hold.
        while connection.try_send(vec![0; 1 << 18]).is_ok() {
            tokio::task::yield_now().await;
        }
        let begin = Instant::now();
        within(connection.close_within(limit)).await;
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    }
}
