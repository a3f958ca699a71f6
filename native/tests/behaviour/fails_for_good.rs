use futures::{SinkExt as _, StreamExt as _};
use steadfast::{Cause, EventKind, SendError, Status};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::ask::{becomes, eager, next_event, next_text, within};
use crate::server::{Peer, Server, free_address, url};

async fn forbid(mut peer: Peer) {
    peer.send("last words".into()).await.unwrap();
    let frame = CloseFrame { code: 1008.into(), reason: "no".into() };
    peer.send(Message::Close(Some(frame))).await.unwrap();
    while let Some(Ok(_)) = peer.next().await {}
}

#[tokio::test]
async fn a_fatal_close_code_ends_it_and_what_came_before_is_still_read() {
    let server = Server::start(forbid).await;
    let mut connection = eager(server.url()).open().unwrap();
    let mut events = connection.events();
    assert_eq!(next_text(&mut connection).await.unwrap(), "last words");
    assert_eq!(next_text(&mut connection).await, None);
    assert_eq!(connection.state().status, Status::Failed);
    let lost = |kind| match kind {
        EventKind::Disconnected { cause, .. } => Some(cause),
        _ => None,
    };
    assert_eq!(next_event(&mut events, lost).await, Cause::ClosedByPeer { code: 1008 });
    assert_eq!(connection.try_send("too late").unwrap_err().reason, SendError::Closed);
    assert_eq!(connection.send("too late").await.unwrap_err().code(), "connection.closed");
}

#[tokio::test]
async fn attempts_that_run_out_end_it() {
    let url = url(free_address().await);
    let mut connection = eager(url).max_reconnect_attempts(2).open().unwrap();
    let mut events = connection.events();
    let exhausted = |kind| match kind {
        EventKind::RetryExhausted { attempts } => Some(attempts),
        _ => None,
    };
    assert_eq!(next_event(&mut events, exhausted).await, 2);
    assert_eq!(next_text(&mut connection).await, None);
    assert_eq!(connection.state().status, Status::Failed);
    drop(connection);
    while within(events.next()).await.is_some() {}
}

#[tokio::test]
async fn waiting_for_a_status_that_never_comes_ends_with_the_connection() {
    let url = url(free_address().await);
    let connection = eager(url).max_reconnect_attempts(1).open().unwrap();
    let connected = connection.wait_until(|state| state.status == Status::Connected);
    let ended = within(connected).await.unwrap_err();
    assert_eq!((ended.code(), ended.state.status), ("connection.closed", Status::Failed));
    assert_eq!(ended.to_string(), "the connection has ended with the status FAILED");
}

#[tokio::test]
async fn a_refused_upgrade_tells_the_http_status_and_is_tried_again() {
    let server = Server::start_raw(free_address().await, |mut stream| async move {
        let mut request = [0; 1024];
        let _ = stream.read(&mut request).await;
        let answer = "HTTP/1.1 503 Service Unavailable\r\ncontent-length: 0\r\n\r\n";
        stream.write_all(answer.as_bytes()).await.unwrap();
    })
    .await;
    let connection = eager(server.url()).open().unwrap();
    let mut events = connection.events();
    for attempt in 0..2 {
        let failed = |kind| match kind {
            EventKind::RetryFailed { attempt, cause, .. } => Some((attempt, cause)),
            _ => None,
        };
        let expected = (attempt, Some(Cause::Rejected { status: 503 }));
        assert_eq!(next_event(&mut events, failed).await, expected);
    }
    becomes(&connection, Status::Reconnecting).await;
}
