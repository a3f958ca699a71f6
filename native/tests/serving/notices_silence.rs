use std::time::Duration;

use steadfast::server::{EndReason, ServerConfig};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;

use crate::client::Client;
use crate::listener::{Listener, until};

fn impatient() -> ServerConfig {
    ServerConfig { max_idle: Some(Duration::from_secs(1)), ..ServerConfig::default() }
}

#[tokio::test]
async fn a_silent_client_is_asked_and_stays_if_it_answers() {
    let mut listener = Listener::start(impatient()).await;
    let (mut client, welcome) = Client::begin(listener.address).await;
    assert_eq!(welcome.max_idle, Some(Duration::from_secs(1)));
    let connection = listener.connection().await;
    // Reading answers each ping.
    for _ in 0..3 {
        assert!(matches!(client.message().await, Message::Ping(_)));
    }
    assert!(connection.has_link());
}

#[tokio::test]
async fn a_dead_client_loses_its_link_and_not_its_session() {
    let mut listener = Listener::start(impatient()).await;
    // It reads nothing, and so answers nothing.
    let (mut client, _) = Client::begin(listener.address).await;
    let connection = listener.connection().await;
    until(|| !connection.has_link()).await;
    assert_eq!(connection.ended(), None);
    assert_eq!(client.closed().await, Some((4408, String::new())));
}

#[tokio::test]
async fn a_client_is_not_called_silent_while_nobody_reads() {
    let config = ServerConfig { inbound: 1, ..impatient() };
    let mut listener = Listener::start(config).await;
    let (mut client, _) = Client::begin(listener.address).await;
    let connection = listener.connection().await;
    client.send("unread").await;
    tokio::time::sleep(Duration::from_millis(2500)).await;
    assert!(connection.has_link());
}

#[tokio::test]
async fn a_client_whose_message_comes_slowly_is_not_silent_until_no_more_of_it_comes() {
    let mut listener = Listener::start(impatient()).await;
    let mut client = Client::plain(listener.address).await;
    let connection = listener.connection().await;
    let stream = client.stream();
    // A final binary frame of 60,000 bytes, masked with zeros (RFC 6455, 5.2).
    stream.write_all(&[0x82, 0xfe, 0xea, 0x60, 0, 0, 0, 0]).await.unwrap();
    for _ in 0..25 {
        tokio::time::sleep(Duration::from_millis(100)).await;
        stream.write_all(&[0; 1000]).await.unwrap();
    }
    assert!(connection.has_link());
    until(|| !connection.has_link()).await;
    assert_eq!(connection.ended(), Some(EndReason::Lost));
}

#[tokio::test]
async fn a_client_that_is_busy_with_a_long_message_is_not_silent() {
    const LENGTH: usize = 8 << 20;
    let config = ServerConfig { max_bytes: LENGTH, ..impatient() };
    let mut listener = Listener::start(config).await;
    let mut client = Client::plain(listener.address).await;
    let connection = listener.connection().await;
    connection.try_send(vec![0; LENGTH]).unwrap();
    // It answers no ping before it has read all that came before.
    let mut buffer = vec![0; LENGTH / 100];
    for _ in 0..100 {
        client.stream().read_exact(&mut buffer).await.unwrap();
        tokio::time::sleep(Duration::from_millis(30)).await;
    }
    assert!(connection.has_link());
}
