use std::time::{Duration, SystemTime};

use futures::{SinkExt as _, StreamExt as _};
use steadfast::{EventKind, Events, Heartbeat, Intervals, Status};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::ask::{becomes, eager, next_event, next_text, within};
use crate::server::{Peer, Server, free_address};

async fn wait_before_the_next_attempt(events: &mut Events) -> Duration {
    let attempt = |kind| match kind {
        EventKind::RetryAttempt { delay, .. } => Some(delay),
        _ => None,
    };
    next_event(events, attempt).await
}

#[tokio::test]
async fn a_retry_after_that_is_a_date_is_a_floor_under_the_wait() {
    let server = Server::start_raw(free_address().await, |mut stream| async move {
        let _ = stream.read(&mut [0; 1024]).await;
        let date = httpdate::fmt_http_date(SystemTime::now() + Duration::from_hours(1));
        let answer = format!(
            "HTTP/1.1 503 Service Unavailable\r\nretry-after: {date}\r\ncontent-length: 0\r\n\r\n"
        );
        let _ = stream.write_all(answer.as_bytes()).await;
    })
    .await;
    let connection = eager(server.url()).open().unwrap();
    let wait = wait_before_the_next_attempt(&mut connection.events()).await;
    // The date has whole seconds, and some time has passed since.
    assert!(wait > Duration::from_mins(59), "{wait:?}");
}

#[tokio::test]
async fn a_retry_after_with_a_spread_of_0_is_a_slot_and_with_another_a_window() {
    for (spread, range) in [("0", 30.0..=30.0), ("3600", 30.0..=3630.0), ("soon", 30.0..=45.0)] {
        let server = Server::start_raw(free_address().await, move |mut stream| async move {
            let _ = stream.read(&mut [0; 1024]).await;
            let answer = format!(
                "HTTP/1.1 503 Service Unavailable\r\nretry-after: 30\r\nsteadfast-spread: {spread}\r\n\
                content-length: 0\r\n\r\n"
            );
            let _ = stream.write_all(answer.as_bytes()).await;
        })
        .await;
        let connection = eager(server.url()).open().unwrap();
        let wait = wait_before_the_next_attempt(&mut connection.events()).await;
        assert!(range.contains(&wait.as_secs_f64()), "{spread}: {wait:?}");
    }
}

#[tokio::test]
async fn the_reason_of_a_close_says_when_to_come_back() {
    let server = Server::start(|mut peer: Peer| async move {
        let reason = "retry-after=3600;spread=0".into();
        let frame = CloseFrame { code: 1012.into(), reason };
        peer.send(Message::Close(Some(frame))).await.unwrap();
        while let Some(Ok(_)) = peer.next().await {}
    })
    .await;
    let connection = eager(server.url()).open().unwrap();
    let wait = wait_before_the_next_attempt(&mut connection.events()).await;
    assert_eq!(wait, Duration::from_hours(1));
}

#[tokio::test]
async fn a_hint_in_a_message_is_heeded_and_not_given_to_the_user() {
    let (pinged, mut pings) = mpsc::unbounded_channel();
    let server = Server::start(move |mut peer: Peer| {
        let pinged = pinged.clone();
        async move {
            let hint = r#"{"steadfast":"hint","maxIdle":1}"#;
            peer.send(hint.into()).await.unwrap();
            peer.send("a message".into()).await.unwrap();
            while let Some(Ok(message)) = peer.next().await {
                if message.is_ping() {
                    pinged.send(()).unwrap();
                }
            }
        }
    })
    .await;
    // By itself it would ping once an hour.
    let heartbeat =
        Heartbeat { intervals: Intervals::fixed(Duration::from_hours(1)), ..Heartbeat::default() };
    let mut connection = eager(server.url()).heartbeat(heartbeat).open().unwrap();
    assert_eq!(next_text(&mut connection).await.unwrap(), "a message");
    for _ in 0..4 {
        within(pings.recv()).await.unwrap();
    }
    becomes(&connection, Status::Connected).await;
}
