use std::time::Duration;

use futures::StreamExt as _;
use steadfast::core::heartbeat::PingId;
use steadfast::core::protocol::Frame;
use steadfast::server::{Hint, ServerConfig, SlotConfig};
use tokio_tungstenite::tungstenite::Error;

use crate::client::{Client, within};
use crate::listener::{Listener, until};

#[tokio::test]
async fn a_hint_reaches_who_understands_it() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let hint = Hint::spread(Duration::from_secs(30));
    let (mut client, _) = Client::begin(listener.address).await;
    listener.connection().await.hint(hint);
    assert_eq!(client.frame().await, Frame::Hint(hint));

    let mut plain = Client::plain(listener.address).await;
    let connection = listener.connection().await;
    connection.hint(hint);
    assert!(plain.hears_nothing().await);
    let id = PingId(1);
    plain.say(&Frame::Ping { id }).await;
    assert_eq!(plain.frame().await, Frame::Pong { id });
    assert_eq!(plain.frame().await, Frame::Hint(hint));
}

#[tokio::test]
async fn a_goodbye_says_when_to_come_back() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (mut client, _) = Client::begin(listener.address).await;
    let connection = listener.connection().await;
    let goodbye = async { connection.goodbye(Hint::spread(Duration::from_secs(30))).await };
    let (closed, ()) = tokio::join!(client.closed(), goodbye);
    assert_eq!(closed, Some((1012, "spread=30".into())));
}

#[tokio::test]
async fn a_server_that_ends_says_goodbye_to_all_and_turns_newcomers_away() {
    let mut listener = Listener::start(ServerConfig::default()).await;
    let (mut reliable, _) = Client::begin(listener.address).await;
    let mut connections = vec![listener.connection().await];
    let mut plain = Client::plain(listener.address).await;
    connections.push(listener.connection().await);
    reliable.send("before").await;
    until(|| connections[0].has_link()).await;
    assert_eq!(within(connections[0].next()).await.unwrap().as_text(), Some("before"));

    let window = Duration::from_secs(30);
    let server = listener.server.clone();
    let goodbye = tokio::spawn(async move { server.goodbye(window).await });
    // What came is acknowledged, so that the client does not have to wonder.
    let mut last = reliable.frame().await;
    if last == Frame::Hint(Hint::spread(window)) {
        last = reliable.frame().await;
    }
    assert_eq!(last, Frame::Ack { received: 1 });
    let told = Some((1012, "spread=30".into()));
    assert_eq!(reliable.closed().await, told);
    assert_eq!(plain.closed().await, told);
    drop((reliable, plain));
    within(goodbye).await.unwrap();
    for connection in &mut connections {
        assert!(within(connection.next()).await.is_none());
    }

    let mut newcomer = Client::silent(listener.address).await;
    assert_eq!(newcomer.closed().await, told);
    match Client::dial(listener.address, &[]).await.map(drop) {
        Err(Error::Http(answer)) => {
            assert_eq!(answer.status(), 503);
            assert_eq!(answer.headers()["retry-after"], "30");
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_crowd_is_given_slots_and_let_in_at_them() {
    let slots = Some(SlotConfig { per_second: 100.0, queue: 2 });
    let listener = Listener::start(ServerConfig { slots, ..ServerConfig::default() }).await;
    // They say nothing, and so are under way.
    let mut slow = Vec::new();
    for _ in 0..2 {
        slow.push(Client::silent(listener.address).await);
        let expected = slow.len().min(2);
        until(|| listener.server.backlog() >= expected.min(1)).await;
    }
    let mut crowd = Client::silent(listener.address).await;
    let (code, reason) = crowd.closed().await.unwrap();
    assert_eq!((code, reason.as_str()), (1013, "retry-after=1;spread=0"));
    // A page learns it as well, and others by the status.
    let mut page =
        Client::dial(listener.address, &[("origin", "https://a.example")]).await.unwrap();
    assert_eq!(page.closed().await.map(|(code, _)| code), Some(1013));
    match Client::dial(listener.address, &[]).await.map(drop) {
        Err(Error::Http(answer)) => {
            let headers = answer.headers();
            let named = |name: &str| headers[name].to_str().unwrap().to_owned();
            assert_eq!(named("retry-after"), "1");
            assert_eq!(named("steadfast-spread"), "0", "exactly then");
        }
        other => panic!("{other:?}"),
    }
    tokio::time::sleep(Duration::from_secs(1)).await;
    let (_client, welcome) = Client::hello(listener.address, None, 0).await;
    assert!(!welcome.resumed);
}
