//! Messages go out in the order of the calls, by whichever handle, also while there is no room.

use std::time::Duration;

use steadfast::{Connection, Message, Outbox, SendError};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::ask::{eager, within};
use crate::server::{Server, collect, free_address, url};

const SHORT: Duration = Duration::from_millis(50);

/// A connection without a server, and where one may be.
async fn full(outbox: Outbox) -> (Connection, std::net::SocketAddr) {
    let address = free_address().await;
    (eager(url(address)).outbox(outbox).open().unwrap(), address)
}

#[tokio::test]
async fn a_thousand_senders_that_wait_are_served_in_the_order_of_their_calls() {
    let outbox = Outbox { max_messages: 3, ..Outbox::default() };
    let (connection, address) = full(outbox).await;
    let mut senders = JoinSet::new();
    for number in 0..1000 {
        let mut sender = connection.sender();
        let text = number.to_string();
        // By turns as a sink and by itself.
        senders.spawn(async move {
            if number % 3 == 0 {
                sink_send(&mut sender, text).await
            } else {
                sender.send(text).await
            }
        });
        // On one thread, the task has run as far as it can.
        tokio::task::yield_now().await;
    }
    let (texts, mut arrived) = mpsc::unbounded_channel();
    let _server = Server::start_at(address, collect(texts)).await;
    for number in 0..1000 {
        assert_eq!(within(arrived.recv()).await, Some(number.to_string()));
    }
    while let Some(sent) = within(senders.join_next()).await {
        sent.unwrap().unwrap();
    }
}

async fn sink_send(sender: &mut steadfast::Sender, text: String) -> Result<(), SendError> {
    futures::SinkExt::send(sender, Message::text(text)).await
}

#[tokio::test]
async fn a_sink_whose_wait_was_cancelled_keeps_nobody_from_sending() {
    let outbox = Outbox { max_messages: 1, ..Outbox::default() };
    let (connection, address) = full(outbox).await;
    connection.try_send("1").unwrap();
    let mut sink = connection.sender();
    let cancelled = tokio::time::timeout(SHORT, sink_send(&mut sink, "never".into()));
    assert!(cancelled.await.is_err());
    let sender = connection.sender();
    let cancelled = tokio::time::timeout(SHORT, sender.send("never, either"));
    assert!(cancelled.await.is_err());
    let younger = connection.sender();
    let younger = tokio::spawn(async move { younger.send("2").await });
    tokio::task::yield_now().await;
    assert!(connection.try_send("overtakes").unwrap_err().is_full());
    let (texts, mut arrived) = mpsc::unbounded_channel();
    let _server = Server::start_at(address, collect(texts)).await;
    for expected in ["1", "2"] {
        assert_eq!(within(arrived.recv()).await.as_deref(), Some(expected));
    }
    within(younger).await.unwrap().unwrap();
    sink_send(&mut sink, "3".into()).await.unwrap();
    assert_eq!(within(arrived.recv()).await.as_deref(), Some("3"));
}

#[tokio::test]
async fn what_a_sink_was_given_keeps_its_place_also_if_nobody_asks_for_it_any_more() {
    let outbox = Outbox { max_bytes: 10, ..Outbox::default() };
    let (connection, address) = full(outbox).await;
    connection.try_send("12345678").unwrap();
    let mut sink = connection.sender();
    // There is room, but not for as much: the sink takes it, and it waits.
    let cancelled = tokio::time::timeout(SHORT, sink_send(&mut sink, "abcdefgh".into()));
    assert!(cancelled.await.is_err());
    assert!(connection.try_send("x").unwrap_err().is_full(), "it would overtake");
    let younger = connection.sender();
    let younger = tokio::spawn(async move { younger.send("x").await });
    tokio::task::yield_now().await;
    drop(sink);
    let (texts, mut arrived) = mpsc::unbounded_channel();
    let _server = Server::start_at(address, collect(texts)).await;
    for expected in ["12345678", "abcdefgh", "x"] {
        assert_eq!(within(arrived.recv()).await.as_deref(), Some(expected));
    }
    within(younger).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_sender_that_gives_up_lets_those_behind_it_in() {
    let outbox = Outbox { max_bytes: 10, ..Outbox::default() };
    let (connection, _) = full(outbox).await;
    connection.try_send("12345678").unwrap();
    let (large, small) = (connection.sender(), connection.sender());
    let large = tokio::spawn(async move { large.send("abcdefgh").await });
    tokio::task::yield_now().await;
    let small = tokio::spawn(async move { small.send("x").await });
    tokio::time::sleep(SHORT).await;
    assert!(!small.is_finished());
    large.abort();
    within(small).await.unwrap().unwrap();
}

#[tokio::test]
async fn a_sender_waits_for_no_longer_than_its_message_is_worth_anything() {
    let hour = Duration::from_hours(1);
    let outbox = Outbox { max_messages: 1, ttl: Some(SHORT), ..Outbox::default() };
    let (connection, _) = full(outbox).await;
    connection.sender().try_send_with_ttl("stays", hour).unwrap();
    let error = within(connection.send("as the outbox says")).await.unwrap_err();
    assert_eq!((error, error.code()), (SendError::Expired, "message.expired"));
    let own = within(connection.send_with_ttl("as it says itself", SHORT)).await;
    assert_eq!(own, Err(SendError::Expired));
    let longer = tokio::time::timeout(SHORT * 4, connection.send_with_ttl("longer", hour));
    assert!(longer.await.is_err(), "its own limit counts");
    assert_eq!(connection.buffered_amount(), 5);
}

#[tokio::test]
async fn a_message_that_was_not_taken_at_once_is_given_back() {
    let outbox = Outbox { max_messages: 1, ..Outbox::default() };
    let (connection, _) = full(outbox).await;
    connection.try_send("1").unwrap();
    let refused = connection.try_send("2").unwrap_err();
    assert!(refused.is_full() && !format!("{refused:?}").contains('2'));
    assert_eq!(refused.to_string(), "outbox is full: 1 messages wait, which is maxMessages");
    assert_eq!(refused.into_inner(), Message::text("2"));
    let refused = connection.sender().try_send_with_ttl("3", SHORT).unwrap_err();
    assert_eq!(refused.message, Message::text("3"));
    connection.close().await;
    let refused = connection.try_send(vec![4]).unwrap_err();
    assert_eq!(
        (refused.reason, refused.into_inner()),
        (SendError::Closed, Message::binary(vec![4]))
    );
}
