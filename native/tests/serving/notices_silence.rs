use std::time::Duration;

use steadfast::server::ServerConfig;
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
