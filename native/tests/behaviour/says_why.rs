//! Why a dial has failed: each reason has a cause of its own, and an error behind it.

use std::error::Error as _;
use std::io;

use futures::{SinkExt as _, StreamExt as _};
use steadfast::connector::ConnectError;
use steadfast::{Builder, Cause, Connection, EventKind, FailureClass, Status};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;

use crate::ask::{becomes, eager, eagerly, next_event, next_text, within};
use crate::server::{Peer, Server, free_address};
use crate::speaks_tls::{echo as echo_tls, secure};

/// The cause of the first dial, which fails, and the connection.
async fn first_failure(builder: Builder) -> (Cause, FailureClass, Connection) {
    let connection = eagerly(builder).open().unwrap();
    let failed = |kind| match kind {
        EventKind::RetryFailed { cause: Some(cause), class: Some(class), .. } => {
            Some((cause, class))
        }
        _ => None,
    };
    let (cause, class) = next_event(&mut connection.events(), failed).await;
    (cause, class, connection)
}

/// A server that reads a request and answers with these bytes.
async fn answers(bytes: &'static [u8]) -> Server {
    Server::start_raw(free_address().await, move |mut stream: TcpStream| async move {
        let _ = stream.read(&mut [0; 2048]).await;
        let _ = stream.write_all(bytes).await;
        // So that nothing is lost of what was written.
        let _ = stream.shutdown().await;
        while stream.read(&mut [0; 2048]).await.is_ok_and(|read| read > 0) {}
    })
    .await
}

#[tokio::test]
async fn an_answer_that_is_no_upgrade_has_its_cause_and_is_tried_ever_more_slowly() {
    let persistent: [(&'static [u8], Cause); 7] = [
        (b"HTTP/1.1 404 Not Found\r\n\r\n", Cause::Rejected { status: 404 }),
        (b"HTTP/1.1 426 Upgrade Required\r\n\r\n", Cause::Rejected { status: 426 }),
        (b"HTTP/1.0 400 Bad Request\r\n\r\n", Cause::Rejected { status: 400 }),
        (b"HTTP/1.1 200 OK\r\n\r\n<html>", Cause::Rejected { status: 200 }),
        (
            b"HTTP/1.1 101 Yes\r\nupgrade: websocket\r\nconnection: upgrade\r\n\r\n",
            Cause::NotWebSocket,
        ),
        (b"SSH-2.0-OpenSSH_9.2\r\n", Cause::NotWebSocket),
        (b"\x15\x03\x03\x00\x02\x02\x46", Cause::TlsExpected),
    ];
    for (bytes, expected) in persistent {
        let server = answers(bytes).await;
        let (cause, class, connection) = first_failure(eager(server.url())).await;
        assert_eq!((cause, class), (expected, FailureClass::Persistent));
        let loss = connection.last_loss().unwrap();
        assert!(loss.cause == expected && loss.source().is_some(), "{loss:?}");
    }
}

#[tokio::test]
async fn tls_to_a_plain_port_and_plain_text_to_a_tls_port_are_told_as_such() {
    let plain = answers(b"HTTP/1.1 400 Bad Request\r\n\r\n").await;
    let (tls, config) = secure(echo_tls).await;
    let wrong = format!("wss://localhost:{}/", plain.address.port());
    let (cause, ..) = first_failure(eager(wrong).tls(config)).await;
    assert_eq!(cause, Cause::TlsUnsupported);
    let (cause, ..) = first_failure(eager(tls.url())).await;
    assert_eq!(cause, Cause::TlsExpected);
}

#[tokio::test]
async fn tls_to_a_port_that_only_hangs_up_is_a_failure_of_tls() {
    let server = answers(b"").await;
    let (_, config) = secure(echo_tls).await;
    let url = format!("wss://localhost:{}/", server.address.port());
    let (cause, class, _) = first_failure(eager(url).tls(config)).await;
    // A server that restarts does so, too.
    assert_eq!((cause, class), (Cause::Tls, FailureClass::Transport));
}

#[tokio::test]
async fn a_name_that_nobody_knows_has_a_cause_and_an_error_behind_it() {
    let (cause, _, connection) = first_failure(eager("ws://steadfast.invalid/")).await;
    assert_eq!(cause, Cause::Dns);
    let loss = connection.last_loss().unwrap();
    let source = loss.source().unwrap().source().map_or(loss.source(), Some);
    assert!(source.is_some(), "{loss:?}");
    assert!(loss.source().unwrap().to_string().contains("steadfast.invalid"), "{loss:?}");
}

#[tokio::test]
async fn a_refused_connection_names_each_address_in_its_error() {
    let address = free_address().await;
    let (cause, _, connection) = first_failure(eager(format!("ws://{address}/"))).await;
    assert_eq!(cause, Cause::Network);
    let loss = connection.last_loss().unwrap();
    let text = loss.source().unwrap().to_string();
    assert!(text.contains(&address.to_string()), "{text}");
    let mut errors = Vec::new();
    let mut next = loss.source();
    while let Some(error) = next {
        errors.push(error);
        next = error.source();
    }
    let refused = |error: &&(dyn std::error::Error + 'static)| {
        error
            .downcast_ref::<io::Error>()
            .is_some_and(|error| error.kind() == io::ErrorKind::ConnectionRefused)
    };
    assert!(errors.iter().any(refused), "{errors:?}");
    let _: Option<&ConnectError> = errors.iter().find_map(|error| error.downcast_ref());
}

#[tokio::test]
async fn a_message_that_is_too_long_has_a_cause_and_the_peer_is_told() {
    let (told, mut codes) = tokio::sync::mpsc::unbounded_channel();
    let server = Server::start(move |mut peer: Peer| {
        let told = told.clone();
        async move {
            let _ = peer.send(Message::text("x".repeat(2000))).await;
            while let Some(Ok(message)) = peer.next().await {
                if let Message::Close(Some(frame)) = message {
                    let _ = told.send(u16::from(frame.code));
                }
            }
        }
    })
    .await;
    let connection = eager(server.url()).max_message_size(1000).open().unwrap();
    let lost = |kind| match kind {
        EventKind::Disconnected { cause, .. } => Some(cause),
        _ => None,
    };
    let cause = next_event(&mut connection.events(), lost).await;
    assert_eq!(cause, Cause::MessageTooLong);
    assert_eq!(within(codes.recv()).await, Some(1009));
}

#[tokio::test]
async fn a_server_that_takes_no_sub_protocol_is_connected_to_without_one() {
    // This one knows of none.
    let server = Server::start(crate::server::echo).await;
    let builder = eager(server.url()).protocol("steadfast.v1").protocol("chat");
    let mut connection = builder.open().unwrap();
    connection.send("hello").await.unwrap();
    assert_eq!(next_text(&mut connection).await.as_deref(), Some("hello"));
    becomes(&connection, Status::Connected).await;
    // Heartbeats are those of WebSocket.
    let beat = |kind| match kind {
        EventKind::Heartbeat { rtt, .. } => rtt,
        _ => None,
    };
    next_event(&mut connection.events(), beat).await;
}

#[tokio::test]
async fn a_server_that_chooses_what_was_not_offered_is_not_connected_to() {
    use tokio_tungstenite::accept_hdr_async;
    use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
    let server = Server::start_raw(free_address().await, |stream| async move {
        #[allow(clippy::result_large_err, reason = "the signature is tungstenite's")]
        let choose = |_: &Request, mut response: Response| {
            response.headers_mut().insert("sec-websocket-protocol", "other".parse().unwrap());
            Ok(response)
        };
        let _ = accept_hdr_async(stream, choose).await;
    })
    .await;
    for builder in [eager(server.url()), eager(server.url()).protocol("chat")] {
        let (cause, class, _) = first_failure(builder).await;
        assert_eq!((cause, class), (Cause::Subprotocol, FailureClass::Persistent));
    }
}

#[tokio::test]
async fn a_server_that_answers_400_to_steadfast_v1_is_connected_to_without_it() {
    use tokio_tungstenite::accept_hdr_async;
    use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
    let server = Server::start_raw(free_address().await, |stream| async move {
        #[allow(clippy::result_large_err, reason = "the signature is tungstenite's")]
        let strict = |request: &Request, response: Response| {
            if !request.headers().contains_key("sec-websocket-protocol") {
                return Ok(response);
            }
            let mut refusal = ErrorResponse::new(None);
            *refusal.status_mut() = 400.try_into().unwrap();
            Err(refusal)
        };
        if let Ok(peer) = accept_hdr_async(stream, strict).await {
            crate::server::echo(peer).await;
        }
    })
    .await;
    let mut connection = eager(server.url()).protocol("steadfast.v1").open().unwrap();
    connection.send("hello").await.unwrap();
    assert_eq!(next_text(&mut connection).await.as_deref(), Some("hello"));
    assert_eq!(connection.last_loss(), None, "it took one dial");
}
