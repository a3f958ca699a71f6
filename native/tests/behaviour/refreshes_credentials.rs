use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use futures::{SinkExt as _, StreamExt as _};
use steadfast::connector::Dial;
use steadfast::{Cause, EventKind, Status};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use crate::ask::{becomes, eager, eagerly, next_event, within};
use crate::server::{Server, echo, free_address};

/// What each dial was told, and a URL function that remembers it.
fn watched(url: String) -> (Arc<Mutex<Vec<bool>>>, steadfast::Builder) {
    let dials = Arc::new(Mutex::new(Vec::new()));
    let told = Arc::clone(&dials);
    let builder = steadfast::connect_fn(move |dial: Dial| {
        told.lock().unwrap().push(dial.refresh);
        let url = url.clone();
        async move { Ok::<_, io::Error>(url) }
    });
    (dials, eagerly(builder))
}

async fn refuse(mut stream: TcpStream) {
    let _ = stream.read(&mut [0; 1024]).await;
    let answer = "HTTP/1.1 401 Unauthorized\r\ncontent-length: 0\r\n\r\n";
    let _ = stream.write_all(answer.as_bytes()).await;
}

/// Refuses so many connections, and serves those after.
async fn strict(refusals: u32) -> Server {
    let count = Arc::new(AtomicU32::new(0));
    Server::start_raw(free_address().await, move |stream| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        async move {
            if number < refusals {
                refuse(stream).await;
            } else if let Ok(peer) = accept_async(stream).await {
                echo(peer).await;
            }
        }
    })
    .await
}

#[tokio::test]
async fn a_refusal_for_expired_credentials_leads_to_one_refresh_at_once() {
    let server = strict(1).await;
    let (dials, builder) = watched(server.url());
    let connection = builder.open().unwrap();
    becomes(&connection, Status::Connected).await;
    assert_eq!(*dials.lock().unwrap(), [false, true]);
    assert_eq!(connection.state().reconnect_attempts, 0, "it did not count as a failure");
}

#[tokio::test]
async fn fresh_credentials_that_are_refused_too_end_it() {
    let server = strict(u32::MAX).await;
    let (dials, builder) = watched(server.url());
    let connection = builder.open().unwrap();
    becomes(&connection, Status::Failed).await;
    assert_eq!(*dials.lock().unwrap(), [false, true]);
}

#[tokio::test]
async fn credentials_that_nobody_can_renew_end_it_at_once() {
    let server = strict(u32::MAX).await;
    let connection = eager(server.url()).open().unwrap();
    let mut events = connection.events();
    becomes(&connection, Status::Failed).await;
    let failed = |kind| match kind {
        EventKind::RetryFailed { attempt, cause, .. } => Some((attempt, cause)),
        _ => None,
    };
    let expected = (0, Some(Cause::Rejected { status: 401 }));
    assert_eq!(next_event(&mut events, failed).await, expected);
}

#[tokio::test]
async fn a_close_that_says_that_they_have_expired_leads_to_a_refresh_too() {
    let count = Arc::new(AtomicU32::new(0));
    let server = Server::start(move |mut peer: crate::server::Peer| {
        let number = count.fetch_add(1, Ordering::SeqCst);
        async move {
            if number > 0 {
                return echo(peer).await;
            }
            let frame = CloseFrame { code: 4401.into(), reason: "expired".into() };
            peer.send(Message::Close(Some(frame))).await.unwrap();
            while let Some(Ok(_)) = peer.next().await {}
        }
    })
    .await;
    let (dials, builder) = watched(server.url());
    let connection = builder.open().unwrap();
    let again = |state: &steadfast::ConnectionState| {
        state.status == Status::Connected && state.total_disconnections == 1
    };
    within(connection.wait_until(again)).await.unwrap();
    assert_eq!(*dials.lock().unwrap(), [false, true]);
}
