//! A server of `steadfast.v1` that cuts links whenever it likes.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use futures::{SinkExt as _, StreamExt as _};
use steadfast::core::protocol::{Frame, SUBPROTOCOL, Token, Welcome};
use tokio::net::TcpStream;
use tokio_tungstenite::accept_hdr_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};

use crate::server::{Peer, Server};

/// What a server remembers of its one session.
#[derive(Default)]
pub(crate) struct Session {
    pub(crate) received: Vec<String>,
    pub(crate) sent: Vec<String>,
    pub(crate) links: usize,
}

/// How it behaves.
#[derive(Clone, Copy)]
pub(crate) struct Manners {
    /// Cuts every link after so many messages, before it has acknowledged or answered the last.
    pub(crate) cut_after: usize,
    /// Whether it knows the session on the next link.
    pub(crate) remembers: bool,
}

async fn accept(stream: TcpStream) -> Peer {
    #[allow(clippy::result_large_err, clippy::unnecessary_wraps, reason = "tungstenite's")]
    fn choose(_: &Request, mut response: Response) -> Result<Response, ErrorResponse> {
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

/// A server that remembers one session in `session`.
pub(crate) async fn start_at(
    address: SocketAddr,
    session: &Arc<Mutex<Session>>,
    manners: Manners,
) -> Server {
    let session = Arc::clone(session);
    Server::start_raw(address, move |stream| {
        let session = Arc::clone(&session);
        async move {
            serve(stream, session, manners).await;
        }
    })
    .await
}
