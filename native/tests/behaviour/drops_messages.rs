use std::time::Duration;

use steadfast::{DeliveryOutcome, EventKind, Events, MessageId, Outbox, Overflow, SendError};
use tokio::sync::mpsc;

use crate::ask::{eager, next_event, within};
use crate::server::{Server, collect, free_address, ignore, url};

/// What became of messages, of how many, and which the first and the last of them is.
async fn next_delivery(events: &mut Events) -> (DeliveryOutcome, u64, MessageId, MessageId) {
    let delivery = |kind| match kind {
        EventKind::Delivery { delivery, count, first, last } => {
            Some((delivery, count, first, last))
        }
        _ => None,
    };
    next_event(events, delivery).await
}

/// Which of five messages arrive, if there is room for three; and what was said of the others.
async fn arrived_of_five(overflow: Overflow, paced: bool) -> (Vec<String>, u64) {
    let address = free_address().await;
    let outbox = Outbox { max_messages: 3, overflow, ..Outbox::default() };
    let connection = eager(url(address)).outbox(outbox).open().unwrap();
    let mut events = connection.events();
    for number in 1..=5 {
        connection.try_send(number.to_string()).unwrap();
        if paced {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
    let (mut dropped, mut arrived) = (0, Vec::new());
    while dropped < 2 {
        let (delivery, count, ..) = next_delivery(&mut events).await;
        assert_eq!(delivery, DeliveryOutcome::Dropped);
        dropped += count;
    }
    let (texts, mut texts_arrived) = mpsc::unbounded_channel();
    let _server = Server::start_at(address, collect(texts)).await;
    for _ in 0..3 {
        arrived.push(within(texts_arrived.recv()).await.unwrap());
    }
    assert_eq!(connection.buffered_amount(), 0);
    (arrived, dropped)
}

#[tokio::test]
async fn the_oldest_make_room_if_that_is_wished_whether_the_driver_looks_in_between_or_not() {
    for paced in [false, true] {
        let (arrived, dropped) = arrived_of_five(Overflow::DropOldest, paced).await;
        assert_eq!((arrived, dropped), (vec!["3".into(), "4".into(), "5".into()], 2));
    }
}

#[tokio::test]
async fn the_newest_find_no_room_if_that_is_wished_whether_the_driver_looks_in_between_or_not() {
    for paced in [false, true] {
        let (arrived, dropped) = arrived_of_five(Overflow::DropNewest, paced).await;
        assert_eq!((arrived, dropped), (vec!["1".into(), "2".into(), "3".into()], 2));
    }
}

#[tokio::test]
async fn a_message_that_waits_for_longer_than_it_is_worth_is_dropped() {
    let address = free_address().await;
    let connection = eager(url(address)).open().unwrap();
    let mut events = connection.events();
    let ttl = Duration::from_millis(50);
    connection.send("stays").await.unwrap();
    connection.send_with_ttl("goes", ttl).await.unwrap();
    connection.sender().try_send_with_ttl("goes, too", ttl).unwrap();
    assert_eq!(connection.buffered_amount(), 5 + 4 + 9);
    for number in [1, 2] {
        let id = MessageId(number);
        assert_eq!(next_delivery(&mut events).await, (DeliveryOutcome::Expired, 1, id, id));
    }
    let (texts, mut arrived) = mpsc::unbounded_channel();
    let _server = Server::start_at(address, collect(texts)).await;
    assert_eq!(within(arrived.recv()).await.unwrap(), "stays");
    within(connection.drained()).await.unwrap();
    assert!(arrived.try_recv().is_err());
    assert_eq!(connection.buffered_amount(), 0);
}

#[tokio::test]
async fn all_messages_have_the_limit_of_the_outbox_unless_they_have_their_own() {
    let outbox = Outbox { ttl: Some(Duration::from_millis(50)), ..Outbox::default() };
    let connection = eager(url(free_address().await)).outbox(outbox).open().unwrap();
    let mut events = connection.events();
    connection.send_with_ttl("stays", Duration::from_hours(1)).await.unwrap();
    connection.send("goes").await.unwrap();
    let id = MessageId(1);
    assert_eq!(next_delivery(&mut events).await, (DeliveryOutcome::Expired, 1, id, id));
    assert_eq!(connection.buffered_amount(), 5);
}

#[tokio::test]
async fn what_a_lost_link_had_taken_and_nobody_answered_is_said_to_be_unknown() {
    let server = Server::start(ignore).await;
    let connection = eager(server.url()).passive().open().unwrap();
    let mut events = connection.events();
    connection.send("one").await.unwrap();
    connection.send("two").await.unwrap();
    within(connection.drained()).await.unwrap();
    server.stop().await;
    let (first, last) = (MessageId(0), MessageId(1));
    assert_eq!(next_delivery(&mut events).await, (DeliveryOutcome::Unknown, 2, first, last));
}

#[tokio::test]
async fn a_message_worth_nothing_or_something_for_more_than_a_day_is_refused() {
    let connection = eager(url(free_address().await)).open().unwrap();
    let day = Duration::from_hours(24);
    for given in [Duration::ZERO, day + Duration::from_millis(1)] {
        let refused = SendError::Ttl { given };
        assert_eq!(refused.code(), "config.out_of_range");
        assert_eq!(connection.send_with_ttl("x", given).await, Err(refused));
        let tried = connection.sender().try_send_with_ttl("x", given).unwrap_err();
        assert_eq!((tried.reason, tried.message.as_text()), (refused, Some("x")));
    }
    assert_eq!(connection.buffered_amount(), 0);
    connection.send_with_ttl("x", day).await.unwrap();
    assert_eq!(connection.buffered_amount(), 1);
}
