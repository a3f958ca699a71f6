//! Streams of the user's own below the WebSocket, and functions that use what they have captured.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use futures::{SinkExt as _, StreamExt as _};
use steadfast::connector::Duplex;
use steadfast::{Cause, Connection, EventKind, Status};
use tokio::net::{TcpStream, UnixListener, UnixStream};
use tokio_tungstenite::accept_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_util::codec::{Framed, LinesCodec};

use crate::ask::{becomes, eager, eagerly, next_event, next_text, within};
use crate::server::{Server, echo, free_address};
use crate::speaks_tls::{echo as echo_tls, secure};

/// Where tokens come from.
struct Store {
    asked: AtomicU32,
}

impl Store {
    fn new() -> Arc<Self> {
        Arc::new(Self { asked: AtomicU32::new(0) })
    }

    async fn token(&self) -> io::Result<String> {
        tokio::task::yield_now().await;
        Ok(format!("token-{}", self.asked.fetch_add(1, Ordering::SeqCst)))
    }
}

#[tokio::test]
async fn an_async_closure_uses_what_it_has_captured_anew_for_each_dial() {
    let server = Server::start(|_| async {}).await;
    let store = Store::new();
    let (for_url, for_headers, for_protocols) =
        (Arc::clone(&store), Arc::clone(&store), Arc::clone(&store));
    let url = server.url();
    let builder = steadfast::connect_fn(async move |_| {
        for_url.token().await?;
        Ok::<_, io::Error>(url.clone())
    })
    .headers_fn(async move |_| Ok::<_, io::Error>([("authorization", for_headers.token().await?)]))
    .protocols_fn(async move |_| Ok::<_, io::Error>([for_protocols.token().await?]));
    let connection = eagerly(builder).open().unwrap();
    within(connection.wait_until(|state| state.total_disconnections >= 2)).await.unwrap();
    assert!(store.asked.load(Ordering::SeqCst) >= 6);
}

#[tokio::test]
async fn a_connector_may_be_an_async_closure_that_uses_what_it_has_captured() {
    let server = Server::start_raw(free_address().await, |stream| async move {
        let mut lines = Framed::new(stream, LinesCodec::new());
        let _ = lines.send("hello".to_owned()).await;
        let _ = lines.next().await;
    })
    .await;
    let (store, address) = (Store::new(), server.address);
    let held = Arc::clone(&store);
    let builder = steadfast::connect_with(async move |_| {
        held.token().await?;
        let stream = TcpStream::connect(address).await?;
        Ok(Duplex::new(Framed::new(stream, LinesCodec::new())))
    });
    let mut connection: Connection<String> = eagerly(builder).open().unwrap();
    assert_eq!(within(connection.next()).await.as_deref(), Some("hello"));
    assert_eq!(store.asked.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn each_dial_is_told_its_number() {
    let address = free_address().await;
    let (told, mut numbers) = tokio::sync::mpsc::unbounded_channel();
    let url = format!("ws://{address}/");
    let builder = steadfast::connect_fn(async move |dial: steadfast::connector::Dial| {
        told.send(dial.attempt).unwrap();
        Ok::<_, io::Error>(url.clone())
    });
    let _connection = eagerly(builder).open().unwrap();
    for expected in 0..4 {
        assert_eq!(within(numbers.recv()).await, Some(expected));
    }
}

#[tokio::test]
async fn a_websocket_goes_over_a_unix_socket_with_messages_and_close_codes() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("socket");
    let listener = UnixListener::bind(&path).unwrap();
    let server = tokio::spawn(async move {
        for code in [4401, 0] {
            let (stream, _) = listener.accept().await.unwrap();
            let mut peer = accept_async(stream).await.unwrap();
            if code > 0 {
                let frame = CloseFrame { code: code.into(), reason: "".into() };
                peer.send(Message::Close(Some(frame))).await.unwrap();
                while let Some(Ok(_)) = peer.next().await {}
            } else {
                while let Some(Ok(message)) = peer.next().await {
                    if message.is_text() {
                        peer.send(message).await.unwrap();
                    }
                }
            }
        }
    });
    let builder = eager("ws://service/live").dial_with(async move |host, port| {
        assert_eq!((host.as_str(), port), ("service", 80));
        UnixStream::connect(&path).await
    });
    let mut connection = builder.open().unwrap();
    let lost = |kind| match kind {
        EventKind::Disconnected { cause, .. } => Some(cause),
        _ => None,
    };
    let cause = next_event(&mut connection.events(), lost).await;
    assert_eq!(cause, Cause::ClosedByPeer { code: 4401 });
    connection.send("over it").await.unwrap();
    assert_eq!(next_text(&mut connection).await.as_deref(), Some("over it"));
    drop(connection);
    within(server).await.unwrap();
}

#[tokio::test]
async fn tls_is_done_over_the_given_stream_for_the_name_in_the_url() {
    let (server, config) = secure(echo_tls).await;
    let address = server.address;
    // The name is not resolved: the function knows better.
    let builder = eager("wss://localhost:1/")
        .tls(config)
        .dial_with(async move |_, _| TcpStream::connect(address).await);
    let mut connection = builder.open().unwrap();
    connection.send("secret").await.unwrap();
    assert_eq!(next_text(&mut connection).await.as_deref(), Some("secret"));
}

#[tokio::test]
async fn a_function_that_opens_nothing_is_a_failed_attempt_with_its_error() {
    let server = Server::start(echo).await;
    let (address, calls) = (server.address, Arc::new(AtomicU32::new(0)));
    let builder = eager("ws://service/").dial_with(async move |_, _| {
        if calls.fetch_add(1, Ordering::SeqCst) == 0 {
            return Err(io::Error::other("no way there"));
        }
        TcpStream::connect(address).await
    });
    let connection = builder.open().unwrap();
    becomes(&connection, Status::Connected).await;
    let loss = connection.last_loss().unwrap();
    let error: &dyn std::error::Error = &loss;
    let source = error.source().unwrap();
    assert_eq!(source.source().unwrap().to_string(), "no way there");
}
