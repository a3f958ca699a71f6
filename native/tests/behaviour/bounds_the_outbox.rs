use std::time::Duration;

use futures::SinkExt;
use steadfast::{Message, Outbox};
use tokio::sync::mpsc;

use crate::ask::{eager, within};
use crate::server::{Server, collect, free_address, url};

const SHORT: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_full_outbox_refuses_at_once_or_makes_the_sender_wait() {
    let address = free_address().await;
    let outbox = Outbox { max_messages: 2, max_bytes: 10, ..Outbox::default() };
    let mut connection = eager(url(address)).outbox(outbox).open().unwrap();
    connection.try_send("1").unwrap();
    let error = connection.try_send("too many bytes").unwrap_err();
    assert_eq!(error.code(), "outbox.full");
    assert_eq!(
        error.to_string(),
        "outbox is full: 1 bytes wait, 14 more would exceed maxBytes = 10"
    );
    connection.try_send("2").unwrap();
    let error = connection.try_send("3").unwrap_err();
    assert_eq!(error.to_string(), "outbox is full: 2 messages wait, which is maxMessages");

    let feed = tokio::time::timeout(SHORT, connection.feed(Message::text("3")));
    assert!(feed.await.is_err(), "the sink took a message that there was no room for");
    let sender = connection.sender();
    let waiting = tokio::spawn(async move { sender.send("4").await });
    tokio::time::sleep(SHORT).await;
    assert!(!waiting.is_finished());

    let (texts, mut arrived) = mpsc::unbounded_channel();
    let _server = Server::start_at(address, collect(texts)).await;
    within(waiting).await.unwrap().unwrap();
    for expected in ["1", "2", "4"] {
        assert_eq!(within(arrived.recv()).await.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn a_sink_keeps_what_is_too_long_for_now_and_sends_it_when_there_is_room() {
    let address = free_address().await;
    let outbox = Outbox { max_messages: 10, max_bytes: 10, ..Outbox::default() };
    let mut connection = eager(url(address)).outbox(outbox).open().unwrap();
    within(connection.feed(Message::text("12345678"))).await.unwrap();
    within(connection.feed(Message::text("abcdefgh"))).await.unwrap();
    let flush = tokio::time::timeout(SHORT, SinkExt::<Message>::flush(&mut connection));
    assert!(flush.await.is_err());
    let (texts, mut arrived) = mpsc::unbounded_channel();
    let _server = Server::start_at(address, collect(texts)).await;
    within(SinkExt::<Message>::close(&mut connection)).await.unwrap();
    for expected in ["12345678", "abcdefgh"] {
        assert_eq!(within(arrived.recv()).await.as_deref(), Some(expected));
    }
}

#[tokio::test]
async fn nothing_waits_where_nothing_may() {
    let outbox = Outbox { max_messages: 0, max_bytes: 0, ..Outbox::default() };
    let connection = eager(url(free_address().await)).outbox(outbox).open().unwrap();
    assert_eq!(connection.try_send("").unwrap_err().code(), "outbox.full");
}

#[tokio::test]
async fn a_message_larger_than_the_outbox_survives_the_link_that_it_was_taken_for() {
    let address = free_address().await;
    let server = Server::start_at(address, crate::server::ignore).await;
    let outbox = Outbox { max_messages: 10, max_bytes: 10, ..Outbox::default() };
    let connection = eager(url(address)).outbox(outbox).open().unwrap();
    crate::ask::becomes(&connection, steadfast::Status::Connected).await;
    // Taken because the link is up, which then dies with most of it unsent.
    connection.try_send("x".repeat(8 << 20)).unwrap();
    server.stop().await;
    assert_eq!(connection.try_send("").unwrap_err().code(), "outbox.full");
    let (texts, mut arrived) = mpsc::unbounded_channel();
    let _server = Server::start_at(address, collect(texts)).await;
    assert_eq!(within(arrived.recv()).await.map(|text| text.len()), Some(8 << 20));
}
