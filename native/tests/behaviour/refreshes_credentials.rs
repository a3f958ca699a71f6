use std::io;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};

use futures::{SinkExt as _, StreamExt as _};
use steadfast::connector::Dial;
use steadfast::{Cause, EventKind, Status};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request};
use tokio_tungstenite::tungstenite::http::StatusCode;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::{accept_async, accept_hdr_async};

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

/// Lets in whoever brings this in the query or in a header, and answers 401 to everybody else.
async fn guarded(token: &'static str) -> Server {
    Server::start_raw(free_address().await, move |stream| async move {
        #[allow(clippy::result_large_err, reason = "its type is the library's")]
        let guard = move |request: &Request, response| {
            let header = request.headers().get("authorization");
            let in_header = header.is_some_and(|value| value == token);
            if request.uri().query() == Some(token) || in_header {
                return Ok(response);
            }
            let mut refusal = ErrorResponse::new(None);
            *refusal.status_mut() = StatusCode::UNAUTHORIZED;
            Err(refusal)
        };
        if let Ok(peer) = accept_hdr_async(stream, guard).await {
            echo(peer).await;
        }
    })
    .await
}

/// A source of tokens that keeps an old one, and whose first answers to a refresh are errors.
#[derive(Clone)]
struct Tokens {
    kept: Arc<Mutex<&'static str>>,
    failures: Arc<AtomicU32>,
    asked: Arc<Mutex<Vec<bool>>>,
}

impl Tokens {
    fn failing(failures: u32) -> Self {
        let failures = Arc::new(AtomicU32::new(failures));
        Self { kept: Arc::new(Mutex::new("old")), failures, asked: <_>::default() }
    }

    fn get(&self, dial: Dial) -> Result<&'static str, io::Error> {
        self.asked.lock().unwrap().push(dial.refresh);
        if dial.refresh {
            if self.failures.load(Ordering::SeqCst) > 0 {
                self.failures.fetch_sub(1, Ordering::SeqCst);
                return Err(io::Error::other("the server of tokens is away"));
            }
            *self.kept.lock().unwrap() = "new";
        }
        Ok(*self.kept.lock().unwrap())
    }
}

#[tokio::test]
async fn a_refresh_that_fails_is_asked_for_again_and_does_not_end_it() {
    let server = guarded("new").await;
    let (tokens, address) = (Tokens::failing(3), server.address);
    let asked = tokens.clone();
    let builder = steadfast::connect_fn(move |dial: Dial| {
        let token = asked.get(dial).map(|token| format!("ws://{address}/?{token}"));
        async move { token }
    });
    let connection = eagerly(builder).open().unwrap();
    becomes(&connection, Status::Connected).await;
    assert_eq!(*tokens.asked.lock().unwrap(), [false, true, true, true, true]);
}

#[tokio::test]
async fn a_function_for_headers_is_asked_for_fresh_ones_until_they_are_taken() {
    let server = guarded("new").await;
    let tokens = Tokens::failing(1);
    let asked = tokens.clone();
    let builder = steadfast::connect(server.url()).headers_fn(move |dial: Dial| {
        let token = asked.get(dial).map(|token| [("authorization", token)]);
        async move { token }
    });
    let connection = eagerly(builder).open().unwrap();
    becomes(&connection, Status::Connected).await;
    assert_eq!(*tokens.asked.lock().unwrap(), [false, true, true]);
}

#[tokio::test]
async fn a_server_that_cuts_off_who_has_an_old_token_is_given_a_fresh_one() {
    let server = Server::start_raw(free_address().await, |mut stream| async move {
        let mut request = [0; 1024];
        let read = stream.peek(&mut request).await.unwrap_or_default();
        if !String::from_utf8_lossy(&request[..read]).starts_with("GET /?new ") {
            let _ = stream.read(&mut request).await;
            return;
        }
        if let Ok(peer) = accept_async(stream).await {
            echo(peer).await;
        }
    })
    .await;
    let (tokens, address) = (Tokens::failing(0), server.address);
    let asked = tokens.clone();
    let builder = steadfast::connect_fn(move |dial: Dial| {
        let token = asked.get(dial).map(|token| format!("ws://{address}/?{token}"));
        async move { token }
    });
    let connection = eagerly(builder).open().unwrap();
    becomes(&connection, Status::Connected).await;
    assert_eq!(*tokens.asked.lock().unwrap(), [false, false, true]);
}

#[tokio::test]
async fn a_close_for_a_policy_ends_it_only_if_the_token_was_fresh() {
    let server = Server::start(|mut peer: crate::server::Peer| async move {
        let frame = CloseFrame { code: 1008.into(), reason: "who are you?".into() };
        peer.send(Message::Close(Some(frame))).await.unwrap();
        while let Some(Ok(_)) = peer.next().await {}
    })
    .await;
    let (dials, builder) = watched(server.url());
    let connection = builder.open().unwrap();
    becomes(&connection, Status::Failed).await;
    assert_eq!(*dials.lock().unwrap(), [false, true]);
}
