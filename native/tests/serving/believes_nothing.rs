use std::time::Duration;

use futures::StreamExt as _;
use steadfast::core::protocol::{Frame, Hello, Token};
use steadfast::server::ServerConfig;
use tokio_tungstenite::tungstenite::Message;

use crate::client::{Client, within};
use crate::listener::Listener;

#[tokio::test]
async fn a_first_message_that_is_no_hello_closes_the_link() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    for (first, code) in [
        (Message::text("hello"), "accept.no_hello"),
        (Message::text(Frame::Ack { received: 0 }.to_text()), "accept.no_hello"),
        (Message::text(r#"{"steadfast":"hello"}"#), "frame.missing"),
        (Message::binary("hello"), "accept.no_hello"),
    ] {
        let mut client = Client::silent(listener.address).await;
        client.send(first).await;
        assert_eq!(client.closed().await, Some((1002, String::new())), "{code}");
        assert_eq!(listener.accepted().await.unwrap_err().code(), code);
    }
    assert_eq!(listener.server.sessions(), 0);
}

#[tokio::test]
async fn a_client_that_says_no_hello_is_not_waited_for() {
    let handshake_timeout = Duration::from_millis(50);
    let config = ServerConfig { handshake_timeout, ..ServerConfig::default() };
    let mut listener = Listener::start(config).await;
    let mut client = Client::silent(listener.address).await;
    assert_eq!(client.closed().await, Some((4408, String::new())));
    assert_eq!(listener.accepted().await.unwrap_err().code(), "accept.timed_out");
}

#[tokio::test]
async fn a_token_that_is_not_the_sessions_begins_another() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (mut client, welcome) = Client::begin(listener.address).await;
    let mut connection = listener.connection().await;
    let digits = welcome.token.as_str();
    let last = if digits.ends_with('0') { "1" } else { "0" };
    let forged = Token::new(format!("{}{last}", &digits[..digits.len() - 1])).unwrap();
    let (_forger, welcome) = Client::hello(listener.address, Some(&forged), 0).await;
    assert!(!welcome.resumed);
    listener.connection().await;
    client.send("still here").await;
    assert_eq!(within(connection.next()).await.unwrap().as_text(), Some("still here"));
}

#[tokio::test]
async fn a_session_is_resumed_by_nobody_but_its_owner() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let mut tokens = Vec::<Token>::new();
    for (owner, resumed) in [("u1", false), ("u2", false), ("u1", true)] {
        let headers = [("sec-websocket-protocol", "steadfast.v1"), ("x-owner", owner)];
        let mut client = Client::dial(listener.address, &headers).await.unwrap();
        client.say_hello(tokens.first(), 0).await;
        let Frame::Welcome(welcome) = client.frame().await else { panic!() };
        assert_eq!(welcome.resumed, resumed, "{owner}");
        tokens.push(welcome.token);
        if let Ok(Some(connection)) = listener.accepted().await {
            // Kept open beyond the test.
            tokio::spawn(async move {
                std::future::pending::<()>().await;
                drop(connection);
            });
        }
    }
}

#[tokio::test]
async fn frames_that_break_the_rules_close_the_link() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let hello = Frame::Hello(Hello { session: "s".into(), token: None, received: 0 });
    for text in [
        Frame::Ack { received: 1 }.to_text(),
        hello.to_text(),
        r#"{"steadfast":"ack"}"#.into(),
        r#"{"steadfast":"#.into(),
    ] {
        let (mut client, _) = Client::begin(listener.address).await;
        let _connection = listener.connection().await;
        client.send(text.as_str()).await;
        assert_eq!(client.closed().await, Some((1002, String::new())), "{text}");
    }
}

#[tokio::test]
async fn a_hello_that_claims_more_than_was_sent_is_refused_and_harms_nobody() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (mut client, welcome) = Client::begin(listener.address).await;
    let mut connection = listener.connection().await;
    let mut liar = Client::silent(listener.address).await;
    liar.say_hello(Some(&welcome.token), 1).await;
    assert_eq!(liar.closed().await, Some((1002, String::new())));
    assert_eq!(listener.accepted().await.unwrap_err().code(), "delivery.count");
    client.send("still here").await;
    assert_eq!(within(connection.next()).await.unwrap().as_text(), Some("still here"));
}

#[tokio::test]
async fn frames_of_a_kind_that_is_not_known_are_passed_over() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (mut client, _) = Client::begin(listener.address).await;
    let mut connection = listener.connection().await;
    client.send(r#"{"steadfast":"dance"}"#).await;
    client.send("after it").await;
    assert_eq!(within(connection.next()).await.unwrap().as_text(), Some("after it"));
    assert_eq!(client.frame().await, Frame::Ack { received: 1 });
}

#[tokio::test]
async fn a_message_beyond_the_bound_closes_the_link() {
    let config = ServerConfig { max_message_size: 1000, ..ServerConfig::default() };
    let mut listener = Listener::start(config).await;
    let (mut client, _) = Client::begin(listener.address).await;
    let _connection = listener.connection().await;
    client.send("x".repeat(1001)).await;
    assert_eq!(client.closed().await.map(|(code, _)| code), Some(1009));
}
