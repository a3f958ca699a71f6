use std::time::Duration;

use futures::StreamExt as _;
use steadfast::StartError;
use steadfast::server::{EndReason, Server, ServerConfig};

use crate::client::{Client, within};
use crate::listener::Listener;

#[tokio::test]
async fn a_session_whose_client_stays_away_ends() {
    let config = ServerConfig { retention: Duration::from_millis(50), ..ServerConfig::default() };
    let mut listener = Listener::start(config).await;
    let (client, welcome) = Client::begin(listener.address).await;
    let mut connection = listener.connection().await;
    client.cut();
    assert!(within(connection.next()).await.is_none());
    assert_eq!(connection.ended(), Some(EndReason::Expired));
    assert_eq!(listener.server.sessions(), 0);
    let (_client, welcome) = Client::hello(listener.address, Some(&welcome.token), 0).await;
    assert!(!welcome.resumed);
}

#[tokio::test]
async fn hundreds_of_sessions_leave_nothing_behind() {
    let config = ServerConfig { retention: Duration::ZERO, ..ServerConfig::default() };
    let mut listener = Listener::start(config).await;
    for round in 0..300 {
        let (mut client, _) = Client::begin(listener.address).await;
        let mut connection = listener.connection().await;
        connection.try_send("kept").unwrap();
        match round % 3 {
            0 => client.cut(),
            1 => client.close(1000).await,
            _ => {
                tokio::join!(connection.close(), async {
                    client.closed().await;
                    client.cut();
                });
            }
        }
        within(async { while connection.next().await.is_some() {} }).await;
    }
    assert_eq!((listener.server.sessions(), listener.server.backlog()), (0, 0));
}

#[tokio::test]
async fn configurations_that_make_no_sense_are_refused() {
    let config = ServerConfig::default();
    let second = Duration::from_secs(1);
    let day = 86_400 * second;
    for (refused, field) in [
        (ServerConfig { handshake_timeout: Duration::ZERO, ..config }, "handshakeTimeout"),
        (ServerConfig { handshake_timeout: 601 * second, ..config }, "handshakeTimeout"),
        (ServerConfig { inbound: 0, ..config }, "inbound"),
        (ServerConfig { max_bytes: 0, ..config }, "maxBytes"),
        (ServerConfig { max_idle: Some(second / 2), ..config }, "maxIdle"),
        (ServerConfig { max_idle: Some(day + second), ..config }, "maxIdle"),
        (ServerConfig { max_message_size: 0, ..config }, "maxMessageSize"),
        (ServerConfig { max_messages: 0, ..config }, "maxMessages"),
        (ServerConfig { max_sessions: 0, ..config }, "maxSessions"),
        (ServerConfig { retention: day + second, ..config }, "retention"),
    ] {
        let Err(StartError::Config(error)) = Server::new(refused) else { panic!("{field}") };
        assert_eq!((error.code(), error.field()), ("config.out_of_range", field));
    }
}
