use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures::StreamExt as _;
use steadfast::connector::Dial;
use steadfast::{Cause, EventKind, Status};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use crate::ask::{becomes, eager, eagerly, next_event};
use crate::server::{Server, echo, free_address, url};

#[allow(clippy::needless_pass_by_value, reason = "what next_event wants")]
fn failed(kind: EventKind) -> Option<Cause> {
    match kind {
        EventKind::RetryFailed { cause, .. } => cause,
        _ => None,
    }
}

/// Counts the dials that asked.
fn counter() -> (Arc<AtomicU32>, impl Fn(Dial) -> u32 + Clone) {
    let count = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&count);
    (count, move |_| counter.fetch_add(1, Ordering::SeqCst))
}

#[tokio::test]
async fn the_url_the_headers_and_the_protocols_are_asked_for_anew_for_every_dial() {
    let seen = Arc::new(Mutex::new(Vec::new()));
    let requests = Arc::clone(&seen);
    // Closes every link at once, so that there is another dial.
    let server = Server::start_raw(free_address().await, move |stream| {
        let requests = Arc::clone(&requests);
        async move {
            #[allow(clippy::result_large_err, reason = "the signature is tungstenite's")]
            let look = |request: &Request, mut response: Response| {
                let header = |name| {
                    request
                        .headers()
                        .get(name)
                        .map_or("", |value| value.to_str().unwrap())
                        .to_owned()
                };
                let protocols = header("sec-websocket-protocol");
                let first = protocols.split(", ").next().unwrap().parse().unwrap();
                response.headers_mut().insert("sec-websocket-protocol", first);
                let uri = request.uri().to_string();
                requests.lock().unwrap().push([uri, header("authorization"), protocols]);
                Ok(response)
            };
            drop(accept_hdr_async(stream, look).await);
        }
    })
    .await;
    let address = server.address;
    let (_, number) = counter();
    let url = move |dial| {
        let number = number(dial);
        async move { Ok::<_, io::Error>(format!("ws://{address}/?dial={number}")) }
    };
    let (_, number) = counter();
    let headers = move |dial| {
        let number = number(dial);
        async move { Ok::<_, io::Error>([("authorization", format!("Bearer {number}"))]) }
    };
    let (_, number) = counter();
    let protocols = move |dial| {
        let number = number(dial);
        async move { Ok::<_, io::Error>(vec![format!("token.{number}")]) }
    };
    let builder = steadfast::connect_fn(url).headers_fn(headers).protocols_fn(protocols);
    let connection = eagerly(builder).protocol("chat").open().unwrap();
    let mut events = connection.events();
    for _ in 0..2 {
        let opened = |kind| matches!(kind, EventKind::Disconnected { .. }).then_some(());
        next_event(&mut events, opened).await;
    }
    let seen = seen.lock().unwrap();
    for dial in 0..2 {
        let expected =
            [format!("/?dial={dial}"), format!("Bearer {dial}"), format!("chat, token.{dial}")];
        assert_eq!(seen[dial], expected);
    }
}

#[tokio::test]
async fn a_function_that_fails_never_ends_reconnecting() {
    let server = Server::start(echo).await;
    let url = server.url();
    let (dials, number) = counter();
    let builder = steadfast::connect_fn(move |dial| {
        let (number, url) = (number(dial), url.clone());
        async move {
            match number {
                0 => Err(io::Error::other("no token today")),
                1 => Ok("no url at all".to_owned()),
                _ => Ok(url),
            }
        }
    });
    let connection = eagerly(builder).open().unwrap();
    let mut events = connection.events();
    assert_eq!(next_event(&mut events, failed).await, Cause::NoAddress);
    assert_eq!(next_event(&mut events, failed).await, Cause::NoAddress);
    becomes(&connection, Status::Connected).await;
    assert_eq!(dials.load(Ordering::SeqCst), 3);
}

#[tokio::test]
async fn headers_that_cannot_be_sent_fail_the_attempt_only() {
    let server = Server::start(echo).await;
    let (_, number) = counter();
    let headers = move |dial| {
        let value = if number(dial) == 0 { "a\nb" } else { "fine" };
        async move { Ok::<_, io::Error>([("authorization", value)]) }
    };
    let connection = eager(server.url()).headers_fn(headers).open().unwrap();
    assert_eq!(next_event(&mut connection.events(), failed).await, Cause::NoAddress);
    becomes(&connection, Status::Connected).await;
}

#[tokio::test]
async fn a_function_that_takes_for_ever_runs_into_the_connect_timeout() {
    let builder = steadfast::connect_fn(|_| std::future::pending::<Result<String, io::Error>>());
    let connection = eagerly(builder).connect_timeout(Duration::from_millis(50)).open().unwrap();
    let mut events = connection.events();
    assert_eq!(next_event(&mut events, failed).await, Cause::ConnectTimeout);
    assert_eq!(next_event(&mut events, failed).await, Cause::ConnectTimeout);
}

#[tokio::test]
async fn what_is_known_before_is_still_checked_when_the_connection_is_opened() {
    let url = |_| async { Ok::<_, io::Error>("ws://localhost/") };
    let error = steadfast::connect_fn(url).header("a b", "c").open().unwrap_err();
    assert_eq!(error.code(), "config.header");
    let headers = |_| async { Ok::<_, io::Error>([("a", "b")]) };
    let error = steadfast::connect("http://localhost/").headers_fn(headers).open().unwrap_err();
    assert_eq!(error.code(), "config.url");
}

#[tokio::test]
async fn a_refusal_is_followed_by_no_attempt_before_its_retry_after() {
    let dials = Arc::new(AtomicU32::new(0));
    let counted = Arc::clone(&dials);
    let server = Server::start_raw(free_address().await, move |mut stream| {
        counted.fetch_add(1, Ordering::SeqCst);
        async move {
            let _ = stream.read(&mut [0; 1024]).await;
            let answer =
                "HTTP/1.1 503 Service Unavailable\r\nretry-after: 3600\r\ncontent-length: 0\r\n\r\n";
            let _ = stream.write_all(answer.as_bytes()).await;
        }
    })
    .await;
    let connection = eager(url(server.address)).open().unwrap();
    let mut events = connection.events();
    let waits = |kind| match kind {
        EventKind::RetryAttempt { delay, .. } => Some(delay),
        _ => None,
    };
    let delay = next_event(&mut events, waits).await;
    assert!(delay >= Duration::from_hours(1), "{delay:?}");
    assert_eq!(dials.load(Ordering::SeqCst), 1);
    drop(connection);
    while events.next().await.is_some() {}
}
