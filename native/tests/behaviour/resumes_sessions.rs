//! The sub-protocol `steadfast.v1`.

use std::sync::{Arc, Mutex};

use steadfast::core::protocol::SUBPROTOCOL;
use steadfast::{Connection, DeliveryOutcome, EventKind, MessageId, SendError};

use crate::ask::{eager, next_event, next_text, within};
use crate::server::{Server, free_address};
use crate::sessions::{Manners, Session, start_at};

async fn start(manners: Manners) -> (Server, Arc<Mutex<Session>>, Connection) {
    let session = Arc::default();
    let server = start_at(free_address().await, &session, manners).await;
    let connection = eager(server.url()).protocol(SUBPROTOCOL).open().unwrap();
    (server, session, connection)
}

#[tokio::test]
async fn messages_arrive_once_and_in_order_both_ways_over_links_that_are_cut() {
    const MESSAGES: usize = 100;
    let (_server, session, mut connection) = start(Manners { cut_after: 7, remembers: true }).await;
    let sent: Vec<_> = (0..MESSAGES).map(|number| format!("message {number}")).collect();
    let sender = connection.sender();
    let sending = sent.clone();
    let sending = tokio::spawn(async move {
        for message in sending {
            sender.send(message).await.unwrap();
        }
        sender.drained().await.unwrap();
    });
    for message in &sent {
        assert_eq!(next_text(&mut connection).await, Some(format!("re: {message}")));
    }
    within(sending).await.unwrap();
    assert_eq!(connection.buffered_amount(), 0, "all of it was acknowledged");
    let session = session.lock().unwrap();
    assert_eq!(session.received, sent);
    assert!(session.links > MESSAGES / 7, "{} links", session.links);
}

#[tokio::test]
async fn what_a_server_that_has_forgotten_the_session_may_have_got_is_said_to_be_unknown() {
    let (_server, session, connection) = start(Manners { cut_after: 3, remembers: false }).await;
    let mut events = connection.events();
    for number in 0..4 {
        connection.send(number.to_string()).await.unwrap();
    }
    let unknown = |kind| match kind {
        EventKind::Delivery { delivery: DeliveryOutcome::Unknown, count, first, .. } => {
            Some((count, first))
        }
        _ => None,
    };
    let (count, first) = next_event(&mut events, unknown).await;
    // The first two were acknowledged, perhaps too late to be heard.
    assert!(count >= 1 && first <= MessageId(2), "{count} from {first:?}");
    within(connection.drained()).await.unwrap();
    let received = &session.lock().unwrap().received;
    assert_eq!(received.iter().collect::<std::collections::BTreeSet<_>>().len(), received.len());
}

#[tokio::test]
async fn a_text_that_would_be_taken_for_a_control_frame_is_refused() {
    let text = r#"{"steadfast":"mine"}"#;
    let (_server, _, connection) = start(Manners { cut_after: 9, remembers: true }).await;
    assert_eq!(connection.try_send(text).unwrap_err().reason, SendError::Reserved);
    assert_eq!(connection.send(text).await.unwrap_err().code(), "message.reserved");
    connection.try_send(steadfast::Bytes::from(text)).unwrap();
    let elsewhere = eager("ws://localhost:1/").open().unwrap();
    elsewhere.try_send(text).unwrap();
}
