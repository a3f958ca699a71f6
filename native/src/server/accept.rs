use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use http::StatusCode;
use http::header::{HeaderMap, HeaderValue, ORIGIN, RETRY_AFTER, SEC_WEBSOCKET_PROTOCOL};
use steadfast_core::protocol::server::Refusal;
use steadfast_core::protocol::{Frame, Hello, Hint, SUBPROTOCOL, close};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::tungstenite::handshake::server::{ErrorResponse, Request, Response};
use tokio_tungstenite::tungstenite::protocol::Role;
use tokio_tungstenite::tungstenite::{self, Message};
use tokio_tungstenite::{WebSocketStream, accept_hdr_async_with_config};

use super::busy::busy;
use super::config::ServerConfig;
use super::connection::{PATIENCE, ServerConnection};
use super::directory::{Attached, Directory, Sweeping, UnderWay};
use super::error::AcceptError;
use super::link::{LinkTask, farewell};
use super::session::CloseWith;
use crate::counted::Counted;
use crate::manager::StartError;
use crate::runtime::{self, Needs};

/// A server's sessions, and how newcomers get to them. Clones share them.
#[derive(Clone, Debug)]
pub struct Server {
    directory: Arc<Directory>,
}

impl Server {
    /// A server without sessions.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense, or this is not called from within a tokio runtime with
    /// timers: it looks after sessions whose clients are away. When that runtime ends, sessions end
    /// with their links.
    pub fn new(config: ServerConfig) -> Result<Self, StartError> {
        let directory = Directory::new(config)?;
        let runtime = runtime::present(Needs::Timers)?;
        runtime.spawn(Directory::sweep(Sweeping(Arc::downgrade(&directory))));
        Ok(Self { directory })
    }

    /// How many sessions there are, with and without a link.
    #[must_use]
    pub fn sessions(&self) -> usize {
        self.directory.len()
    }

    /// How many newcomers are under way, from their first byte to their welcome.
    #[must_use]
    pub fn backlog(&self) -> usize {
        self.directory.backlog()
    }

    /// Takes a newcomer in, from the first byte of its request: over TCP, TLS or anything else.
    ///
    /// Gives its connection, or nothing if it has come back to one that there is.
    ///
    /// # Errors
    ///
    /// If it was not let in.
    pub async fn accept<S>(&self, stream: S) -> Result<Option<ServerConnection>, AcceptError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        self.accept_with(stream, |_| Ok(String::new())).await
    }

    /// The same, after `judge` has looked at the request. It says whom the request is from: the
    /// *owner* of the session, who alone can resume it. An empty name means that it is not known.
    ///
    /// # Errors
    ///
    /// If it was not let in, by `judge` or for another reason.
    #[allow(clippy::result_large_err, reason = "its type is the library's")]
    pub async fn accept_with<S, J>(
        &self,
        stream: S,
        judge: J,
    ) -> Result<Option<ServerConnection>, AcceptError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        J: FnOnce(&Request) -> Result<String, Box<ErrorResponse>> + Unpin,
    {
        let (accepted, took) = busy(self.let_in(stream, judge)).await;
        if let Err(AcceptError::Refused(_)) = accepted {
            self.directory.refused(took);
        }
        accepted
    }

    #[allow(clippy::result_large_err, reason = "its type is the library's")]
    async fn let_in<S, J>(
        &self,
        stream: S,
        judge: J,
    ) -> Result<Option<ServerConnection>, AcceptError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
        J: FnOnce(&Request) -> Result<String, Box<ErrorResponse>> + Unpin,
    {
        let under_way = self.directory.under_way();
        let mut judged = (String::new(), false, Ok(()));
        let callback = |request: &Request, mut response: Response| {
            let (owner, reliable, admitted) = &mut judged;
            *owner = judge(request).map_err(|answer| *answer)?;
            *reliable = offers(request.headers());
            *admitted = self.directory.admit();
            // A page does not get to see an HTTP status, but a close code it does; and a reason
            // can say more than a header to who understands it.
            if let Err(refusal) = admitted
                && !*reliable
                && !request.headers().contains_key(ORIGIN)
            {
                return Err(turn_away(*refusal));
            }
            if *reliable {
                let protocol = HeaderValue::from_static(SUBPROTOCOL);
                response.headers_mut().insert(SEC_WEBSOCKET_PROTOCOL, protocol);
            }
            Ok(response)
        };
        let config = Some(self.directory.config.websocket());
        let handshake = accept_hdr_async_with_config(Counted::new(stream), callback, config);
        let handshake = tokio::time::timeout(self.timeout(), handshake).await;
        let stream = handshake.map_err(|_| AcceptError::TimedOut)?;
        let (owner, reliable, admitted) = judged;
        if let Err(refusal) = admitted {
            if let Ok(stream) = stream {
                refuse(stream, refusal);
            }
            return Err(refusal.into());
        }
        self.take_in(stream?, reliable, &owner, under_way).await
    }

    /// Takes a newcomer in whose request was upgraded elsewhere. `reliable` says whether the
    /// sub-protocol `steadfast.v1` was chosen, and `owner` whom the request was from, as for
    /// [`accept_with`](Self::accept_with).
    ///
    /// # Errors
    ///
    /// If it was not let in.
    pub async fn adopt<S>(
        &self,
        stream: S,
        reliable: bool,
        owner: &str,
    ) -> Result<Option<ServerConnection>, AcceptError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let under_way = self.directory.under_way();
        let config = Some(self.directory.config.websocket());
        let stream = Counted::new(stream);
        let stream = WebSocketStream::from_raw_socket(stream, Role::Server, config).await;
        if let Err(refusal) = self.directory.admit() {
            refuse(stream, refusal);
            return Err(refusal.into());
        }
        self.take_in(stream, reliable, owner, under_way).await
    }

    /// Ends all connections, each with the hint that its client come back at some moment of this
    /// window, and turns newcomers away in the same manner. For before a restart. Waits until all
    /// links are closed, for 3 s at most.
    ///
    /// A window of 1.2 times the number of clients divided by how many a second the server can take
    /// is right, and a longer one better than a shorter.
    pub async fn goodbye(&self, window: Duration) {
        let goodbye = CloseWith { code: close::RESTART, hint: Hint::spread(window) };
        let sessions = self.directory.goodbye(goodbye);
        let all = async {
            for session in sessions {
                session.unlinked().await;
            }
        };
        let _ = tokio::time::timeout(PATIENCE, all).await;
    }

    async fn take_in<S>(
        &self,
        mut stream: WebSocketStream<Counted<S>>,
        reliable: bool,
        owner: &str,
        under_way: UnderWay,
    ) -> Result<Option<ServerConnection>, AcceptError>
    where
        S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
    {
        let taken = if reliable {
            self.welcome(&mut stream, owner).await
        } else {
            self.directory.plain().map(|attached| (attached, String::new()))
        };
        drop(under_way);
        let (attached, name) = match taken {
            Ok(taken) => taken,
            Err(error) => {
                refuse(stream, answer(&error));
                return Err(error);
            }
        };
        let directory = Arc::clone(&self.directory);
        let Attached { place, begun, .. } = attached;
        let session = Arc::clone(&attached.session);
        tokio::spawn(LinkTask::new(stream, Arc::clone(&directory), attached).run());
        Ok(begun.then(|| ServerConnection::new(directory, name, place, session)))
    }

    /// Waits for the hello, and finds its session.
    async fn welcome<S>(
        &self,
        stream: &mut WebSocketStream<S>,
        owner: &str,
    ) -> Result<(Attached, String), AcceptError>
    where
        S: AsyncRead + AsyncWrite + Unpin,
    {
        let hello = tokio::time::timeout(self.timeout(), hello(stream)).await;
        let hello = hello.map_err(|_| AcceptError::TimedOut)??;
        let attached = self.directory.welcome(&hello, owner)?;
        Ok((attached, hello.session))
    }

    fn timeout(&self) -> Duration {
        self.directory.config.handshake_timeout
    }

    /// Whether a newcomer may go on to the upgrade.
    #[cfg(feature = "axum")]
    pub(super) fn admit(&self) -> Result<(), Refusal> {
        self.directory.admit()
    }
}

/// Says so in the background.
fn refuse<S>(stream: WebSocketStream<S>, refusal: Refusal)
where
    S: AsyncRead + AsyncWrite + Send + Unpin + 'static,
{
    let Refusal { code, hint } = refusal;
    tokio::spawn(farewell(stream, CloseWith { code, hint }));
}

async fn hello<S>(stream: &mut WebSocketStream<S>) -> Result<Hello, AcceptError>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    loop {
        match stream.next().await {
            Some(Ok(Message::Text(text))) if Frame::is_control(&text) => {
                return match Frame::parse(&text)? {
                    Frame::Hello(hello) => Ok(hello),
                    _ => Err(AcceptError::NoHello),
                };
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
            Some(Ok(_)) => return Err(AcceptError::NoHello),
            Some(Err(error)) => return Err(error.into()),
            None => return Err(tungstenite::Error::ConnectionClosed.into()),
        }
    }
}

/// Whether a request offers the sub-protocol.
pub(super) fn offers(headers: &HeaderMap) -> bool {
    let offers = headers.get_all(SEC_WEBSOCKET_PROTOCOL).iter();
    let mut offers = offers.filter_map(|value| value.to_str().ok()).flat_map(|all| all.split(','));
    offers.any(|offer| offer.trim() == SUBPROTOCOL)
}

/// The answer to a client that was refused.
fn answer(error: &AcceptError) -> Refusal {
    let code = match error {
        AcceptError::Refused(refusal) => return *refusal,
        AcceptError::Frame(_) | AcceptError::NoHello => close::VIOLATION,
        AcceptError::Handshake(_) | AcceptError::Random(_) => close::TRY_LATER,
        AcceptError::TimedOut => close::TIMED_OUT,
        AcceptError::Violation(violation) => violation.close_code(),
    };
    Refusal { code, hint: Hint::NONE }
}

/// 503 with `Retry-After`, for who can read it.
fn turn_away(refusal: Refusal) -> ErrorResponse {
    let mut response = ErrorResponse::new(None);
    refused(response.headers_mut(), refusal);
    *response.status_mut() = StatusCode::SERVICE_UNAVAILABLE;
    response
}

/// Tells of a refusal in the headers of an answer.
pub(super) fn refused(headers: &mut HeaderMap, refusal: Refusal) {
    let Hint { retry_after, spread, .. } = refusal.hint;
    if let Some(wait) = retry_after.or(spread) {
        headers.insert(RETRY_AFTER, HeaderValue::from(Hint::whole_seconds(wait)));
    }
    if let (Some(_), Some(window)) = (retry_after, spread) {
        headers.insert(Hint::SPREAD_HEADER, HeaderValue::from(Hint::whole_seconds(window)));
    }
}
