use std::error::Error as _;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures::{SinkExt as _, StreamExt as _};
use steadfast::connector::Duplex;
use steadfast::{Cause, Connection, EventKind, HandshakeError, HandshakeLink, Status};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::sync::mpsc;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_util::codec::{Framed, LinesCodec};

use crate::ask::{becomes, eager, eagerly, next_event, next_text, within};
use crate::server::{Peer, Server, free_address, ignore};

/// Tokens, of which the server takes the youngest only.
#[derive(Default)]
struct Tokens(AtomicUsize);

impl Tokens {
    async fn remembered(&self) -> usize {
        tokio::task::yield_now().await;
        self.0.load(Ordering::Relaxed)
    }

    async fn fresh(&self) -> usize {
        tokio::task::yield_now().await;
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

/// The code of a server that refuses a login.
const REFUSED: u16 = 4401;

async fn text(peer: &mut Peer) -> Option<String> {
    loop {
        match peer.next().await?.ok()? {
            Message::Text(text) => return Some(text.to_string()),
            Message::Ping(_) => return Some("a ping".to_owned()),
            Message::Close(_) => return None,
            _ => {}
        }
    }
}

async fn close(peer: &mut Peer, code: u16) {
    let frame = CloseFrame { code: code.into(), reason: "".into() };
    let _ = peer.close(Some(frame)).await;
    while let Some(Ok(_)) = peer.next().await {}
}

/// A server that closes every link whose first message is not a login with a token that `takes`,
/// tells of all that comes, and closes after three messages.
async fn strict(
    takes: impl Fn(&str) -> bool + Clone + Send + Sync + 'static,
) -> (Server, mpsc::UnboundedReceiver<String>) {
    let (sender, heard) = mpsc::unbounded_channel();
    let server = Server::start(move |mut peer: Peer| {
        let (sender, takes) = (sender.clone(), takes.clone());
        async move {
            let first = text(&mut peer).await.unwrap_or_default();
            sender.send(first.clone()).unwrap();
            if !first.strip_prefix("login ").is_some_and(&takes) {
                return close(&mut peer, REFUSED).await;
            }
            // In one piece: what follows the answer belongs to the connection.
            peer.feed("ready".into()).await.unwrap();
            peer.feed("news".into()).await.unwrap();
            peer.flush().await.unwrap();
            let mut said = 0;
            while said < 3 {
                let Some(text) = text(&mut peer).await else { return };
                // After the login heartbeats may come.
                if text != "a ping" {
                    said += 1;
                    sender.send(text).unwrap();
                }
            }
            close(&mut peer, 1012).await;
        }
    })
    .await;
    (server, heard)
}

async fn log_in(link: HandshakeLink, token: usize) -> Result<(), HandshakeError> {
    link.send(format!("login {token}")).await?;
    match link.receive().await?.as_text() {
        Some("ready") => Ok(()),
        other => Err(HandshakeError::new(format!("unexpected: {other:?}"))),
    }
}

#[tokio::test]
async fn the_login_comes_before_what_waits_on_every_link_and_its_token_is_renewed() {
    let valid = Arc::new(Tokens::default());
    let current = Arc::clone(&valid);
    let (server, mut heard) =
        strict(move |token| token == current.0.load(Ordering::Relaxed).to_string()).await;
    let mine = Arc::new(Tokens::default());
    let tokens = Arc::clone(&mine);
    let renewed = Arc::clone(&valid);
    let mut connection = eager(server.url())
        .handshake(async move |link| {
            let token =
                if link.dial().refresh { tokens.fresh().await } else { tokens.remembered().await };
            log_in(link, token).await
        })
        .open()
        .unwrap();
    for link in 0..3 {
        if link > 0 {
            // It is down: what is sent now waits.
            within(connection.wait_until(|state| state.total_disconnections == link))
                .await
                .unwrap();
        }
        for number in 0..3 {
            connection.send(format!("{link} {number}")).await.unwrap();
        }
        if link > 0 {
            // The token has expired meanwhile: refused once, and renewed at once.
            assert_eq!(within(heard.recv()).await, Some(format!("login {}", link - 1)));
        }
        assert_eq!(within(heard.recv()).await, Some(format!("login {link}")));
        renewed.fresh().await;
        for number in 0..3 {
            assert_eq!(within(heard.recv()).await, Some(format!("{link} {number}")));
        }
        assert_eq!(next_text(&mut connection).await.as_deref(), Some("news"), "link {link}");
    }
}

#[tokio::test]
async fn nothing_is_sent_before_a_handshake_has_ended_and_the_status_says_so() {
    let (server, mut heard) = strict(|_| true).await;
    let (go, gone) = mpsc::unbounded_channel::<()>();
    let gone = Arc::new(tokio::sync::Mutex::new(gone));
    let connection = eager(server.url())
        .heartbeat(crate::ask::quick_heartbeat())
        .handshake(async move |link| {
            gone.lock().await.recv().await;
            log_in(link, 7).await
        })
        .open()
        .unwrap();
    connection.send("after").await.unwrap();
    tokio::time::sleep(Duration::from_millis(200)).await;
    assert_eq!(connection.state().status, Status::Reconnecting);
    assert!(heard.try_recv().is_err());
    go.send(()).unwrap();
    becomes(&connection, Status::Connected).await;
    assert_eq!(within(heard.recv()).await.as_deref(), Some("login 7"));
}

#[tokio::test]
async fn a_handshake_that_does_nothing_changes_nothing() {
    let server = Server::start(crate::server::echo).await;
    let mut connection = eager(server.url()).handshake(async |_| Ok(())).open().unwrap();
    connection.send("hello").await.unwrap();
    assert_eq!(next_text(&mut connection).await.as_deref(), Some("hello"));
}

#[tokio::test]
async fn a_handshake_that_fails_is_a_failed_attempt_that_carries_its_reason() {
    let server = Server::start(ignore).await;
    let connection = eager(server.url())
        .handshake(async |_| Err(std::io::Error::other("no token today").into()))
        .open()
        .unwrap();
    let mut events = connection.events();
    for _ in 0..2 {
        let cause = next_event(&mut events, |event| match event {
            EventKind::RetryFailed { cause, .. } => cause,
            _ => None,
        });
        assert_eq!(cause.await, Cause::HandshakeFailed { code: None });
    }
    let loss = connection.last_loss().unwrap();
    assert_eq!(loss.source().unwrap().to_string(), "no token today");
    assert_ne!(connection.state().status, Status::Connected);
}

#[tokio::test]
async fn a_handshake_may_close_with_a_code_which_may_be_final() {
    let (sender, mut codes) = mpsc::unbounded_channel();
    let server = Server::start(move |mut peer: Peer| {
        let sender = sender.clone();
        async move {
            if let Some(Ok(Message::Close(frame))) = peer.next().await {
                sender.send(frame.map(|frame| u16::from(frame.code))).unwrap();
            }
        }
    })
    .await;
    let connection = eager(server.url())
        .fatal_close_codes([4403])
        .handshake(async |_| Err(HandshakeError::new("banned").with_close_code(4403)))
        .open()
        .unwrap();
    becomes(&connection, Status::Failed).await;
    assert_eq!(within(codes.recv()).await, Some(Some(4403)));
    let loss = connection.last_loss().unwrap();
    assert_eq!(loss.cause, Cause::HandshakeFailed { code: Some(4403) });
    assert_eq!(loss.source().unwrap().to_string(), "banned");
}

#[tokio::test]
async fn a_handshake_that_says_that_its_credentials_expired_is_asked_for_fresh_ones_at_once() {
    let server = Server::start(ignore).await;
    let connection =
        steadfast::connect(server.url())
            .handshake(async |link: HandshakeLink| {
                if link.dial().refresh { Ok(()) } else { Err(HandshakeError::close(REFUSED)) }
            })
            .open()
            .unwrap();
    becomes(&connection, Status::Connected).await;
    assert_eq!(connection.state().reconnect_attempts, 0);
}

#[tokio::test]
async fn a_handshake_that_panics_is_a_failed_attempt() {
    let server = Server::start(ignore).await;
    let runs = Arc::new(AtomicUsize::new(0));
    let connection = eager(server.url())
        .handshake(async move |_| {
            assert!(runs.fetch_add(1, Ordering::Relaxed) > 0, "the first one panics");
            Ok(())
        })
        .open()
        .unwrap();
    let mut events = connection.events();
    let cause = next_event(&mut events, |event| match event {
        EventKind::RetryFailed { cause, .. } => cause,
        _ => None,
    });
    assert_eq!(cause.await, Cause::HandshakeFailed { code: None });
    becomes(&connection, Status::Connected).await;
}

#[tokio::test]
async fn a_handshake_that_never_ends_is_ended_by_the_connect_timeout_and_says_goodbye() {
    let (sender, mut codes) = mpsc::unbounded_channel();
    let server = Server::start(move |mut peer: Peer| {
        let sender = sender.clone();
        async move {
            while let Some(Ok(message)) = peer.next().await {
                if let Message::Close(Some(frame)) = message {
                    sender.send(u16::from(frame.code)).unwrap();
                }
            }
        }
    })
    .await;
    let connection = eager(server.url())
        .connect_timeout(Duration::from_millis(100))
        .handshake(async |link: HandshakeLink| {
            link.receive().await?;
            Ok(())
        })
        .open()
        .unwrap();
    let mut events = connection.events();
    let cause = next_event(&mut events, |event| match event {
        EventKind::RetryFailed { cause, .. } => cause,
        _ => None,
    });
    assert_eq!(cause.await, Cause::ConnectTimeout);
    assert_eq!(within(codes.recv()).await, Some(1000));
}

#[tokio::test]
async fn a_link_that_is_lost_ends_a_handshake_and_what_it_receives_with_that() {
    let server = Server::start(|mut peer: Peer| async move {
        let _ = text(&mut peer).await;
        close(&mut peer, 1013).await;
    })
    .await;
    let (sender, mut received) = mpsc::unbounded_channel();
    let connection = steadfast::connect(server.url())
        .handshake(async move |link: HandshakeLink| {
            link.send("hello").await?;
            let lost = link.receive().await.unwrap_err();
            sender.send(lost.cause).unwrap();
            // It goes on with something else.
            std::future::pending::<()>().await;
            Ok(())
        })
        .open()
        .unwrap();
    let by_peer = Cause::ClosedByPeer { code: 1013 };
    let mut events = connection.events();
    let cause = next_event(&mut events, |event| match event {
        EventKind::RetryFailed { cause, .. } => cause,
        _ => None,
    });
    assert_eq!(cause.await, by_peer);
    assert_eq!(within(received.recv()).await, Some(by_peer));
}

/// Tells when it is dropped.
struct Told(mpsc::UnboundedSender<()>);

impl Drop for Told {
    fn drop(&mut self) {
        let _ = self.0.send(());
    }
}

#[tokio::test]
async fn a_handshake_is_dropped_when_no_link_is_wanted_any_more() {
    type End = fn(&Connection);
    let server = Server::start(ignore).await;
    let suspend: End = |connection| connection.control().suspend(steadfast::Suspension::Frozen);
    let ends: [End; 3] =
        [|connection| connection.control().close_within(Duration::ZERO), suspend, |_| ()];
    for (index, end) in ends.into_iter().enumerate() {
        let (sender, mut dropped) = mpsc::unbounded_channel();
        let (begun, mut begins) = mpsc::unbounded_channel();
        let connection = eager(server.url())
            .handshake(async move |link: HandshakeLink| {
                let _told = Told(sender.clone());
                begun.send(()).unwrap();
                link.receive().await?;
                Ok(())
            })
            .open()
            .unwrap();
        within(begins.recv()).await.unwrap();
        end(&connection);
        if index == 2 {
            drop(connection);
        }
        within(dropped.recv()).await.unwrap();
    }
}

#[tokio::test]
async fn a_close_does_not_wait_for_a_handshake_that_hangs_longer_than_its_limit() {
    let server = Server::start(ignore).await;
    let connection =
        eager(server.url()).handshake(async |_| std::future::pending().await).open().unwrap();
    connection.send("never").await.unwrap();
    let closed = within(connection.close_within(Duration::from_millis(200))).await;
    assert_eq!(closed.unsent, 1);
}

#[tokio::test]
async fn under_the_sub_protocol_the_hello_comes_after_the_handshake() {
    use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};
    let (sender, mut texts) = mpsc::unbounded_channel();
    let server = Server::start_raw(free_address().await, move |stream| {
        let sender = sender.clone();
        async move {
            #[allow(clippy::result_large_err, reason = "its type is the library's")]
            let callback = |_: &Request, mut response: Response| {
                let protocol = "steadfast.v1".parse().unwrap();
                response.headers_mut().insert("sec-websocket-protocol", protocol);
                Ok(response)
            };
            let accepted = tokio_tungstenite::accept_hdr_async(stream, callback).await;
            let mut peer = accepted.unwrap();
            for _ in 0..2 {
                sender.send(text(&mut peer).await.unwrap_or_default()).unwrap();
            }
        }
    })
    .await;
    let _connection = eager(server.url())
        .protocol("steadfast.v1")
        .handshake(async |link: HandshakeLink| Ok(link.send("login 1").await?))
        .open()
        .unwrap();
    assert_eq!(within(texts.recv()).await.as_deref(), Some("login 1"));
    let hello = within(texts.recv()).await.unwrap();
    assert!(hello.starts_with(r#"{"steadfast":"hello""#), "{hello}");
}

#[tokio::test]
async fn any_transport_may_have_a_handshake() {
    let server = Server::start_raw(free_address().await, |stream: TcpStream| async move {
        let mut stream = BufReader::new(stream);
        let mut line = String::new();
        stream.read_line(&mut line).await.unwrap();
        let answer: &[u8] = if line == "USER me\n" { b"+OK\nfirst\n" } else { b"-ERR\n" };
        stream.write_all(answer).await.unwrap();
        line.clear();
        stream.read_line(&mut line).await.unwrap();
        stream.write_all(line.as_bytes()).await.unwrap();
        std::future::pending::<()>().await;
    })
    .await;
    let address = server.address;
    let builder = steadfast::connect_with(async move |_| {
        let stream = TcpStream::connect(address).await?;
        Ok(Duplex::<_, String, String>::new(Framed::new(stream, LinesCodec::new())))
    });
    let mut connection = eagerly(builder)
        .handshake(async |link| {
            link.send("USER me").await?;
            let answer: String = link.receive().await?;
            if answer == "+OK" { Ok(()) } else { Err(HandshakeError::new(answer)) }
        })
        .open()
        .unwrap();
    connection.send("second").await.unwrap();
    assert_eq!(within(connection.next()).await.as_deref(), Some("first"));
    assert_eq!(within(connection.next()).await.as_deref(), Some("second"));
}
