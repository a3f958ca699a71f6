//! The sub-protocol `steadfast.v1`, with a server that cuts links whenever it likes.

use std::sync::{Arc, Mutex};

use futures::{SinkExt as _, StreamExt as _};
use steadfast::core::protocol::{Frame, SUBPROTOCOL, Token, Welcome};
use steadfast::{Connection, Delivery, EventKind, MessageId, SendError};
use tokio::net::TcpStream;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{Request, Response};

use crate::ask::{eager, next_event, next_text, within};
use crate::server::{Peer, Server, free_address};

/// What a server remembers of its one session.
#[derive(Default)]
struct Session {
    received: Vec<String>,
    sent: Vec<String>,
    links: usize,
}

/// How it behaves.
#[derive(Clone, Copy)]
struct Manners {
    /// Cuts every link after so many messages, before it has acknowledged or answered the last.
    cut_after: usize,
    /// Whether it knows the session on the next link.
    remembers: bool,
}

async fn accept(stream: TcpStream) -> Peer {
    #[allow(clippy::result_large_err, clippy::unnecessary_wraps, reason = "tungstenite's")]
    fn choose(
        _: &Request,
        mut response: Response,
    ) -> Result<Response, tokio_tungstenite::tungstenite::handshake::server::ErrorResponse> {
        response.headers_mut().insert("sec-websocket-protocol", SUBPROTOCOL.parse().unwrap());
        Ok(response)
    }
    accept_hdr_async(stream, choose).await.unwrap()
}

async fn say(peer: &mut Peer, frame: Frame) -> Option<()> {
    peer.send(Message::text(frame.to_text())).await.ok()
}

/// Gives every message back, until the link is cut.
async fn serve(stream: TcpStream, session: Arc<Mutex<Session>>, manners: Manners) -> Option<()> {
    let mut peer = accept(stream).await;
    let hello = peer.next().await?.ok()?.into_text().ok()?;
    let Ok(Frame::Hello(hello)) = Frame::parse(&hello) else { panic!("{hello} is no hello") };
    let resumed = hello.token.is_some() && manners.remembers;
    let again = {
        let mut session = session.lock().unwrap();
        session.links += 1;
        if resumed {
            session.sent[usize::try_from(hello.received).unwrap()..].to_vec()
        } else {
            vec![]
        }
    };
    let received = if resumed { session.lock().unwrap().received.len() as u64 } else { 0 };
    let token = Token::new("token").unwrap();
    say(&mut peer, Frame::Welcome(Welcome { token, received, resumed, max_idle: None })).await?;
    for text in again {
        peer.send(text.into()).await.ok()?;
    }
    let mut count = 0;
    while let Some(Ok(message)) = peer.next().await {
        let Message::Text(text) = message else { continue };
        if Frame::is_control(&text) {
            continue;
        }
        count += 1;
        let received = {
            let mut session = session.lock().unwrap();
            session.received.push(text.to_string());
            session.sent.push(format!("re: {text}"));
            session.received.len() as u64
        };
        if count == manners.cut_after {
            return None;
        }
        peer.send(format!("re: {text}").into()).await.ok()?;
        say(&mut peer, Frame::Ack { received }).await?;
    }
    None
}

async fn start(manners: Manners) -> (Server, Arc<Mutex<Session>>, Connection) {
    let session = Arc::new(Mutex::new(Session::default()));
    let shared = Arc::clone(&session);
    let server = Server::start_raw(free_address().await, move |stream| {
        let session = Arc::clone(&shared);
        async move {
            serve(stream, session, manners).await;
        }
    })
    .await;
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
        EventKind::Delivery { delivery: Delivery::Unknown, count, first, .. } => {
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
    assert_eq!(connection.try_send(text), Err(SendError::Reserved));
    assert_eq!(connection.send(text).await.unwrap_err().code(), "message.reserved");
    connection.try_send(steadfast::Bytes::from(text)).unwrap();
    let elsewhere = eager("ws://localhost:1/").open().unwrap();
    elsewhere.try_send(text).unwrap();
}
