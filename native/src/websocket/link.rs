use std::fmt;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use steadfast_core::connection::Cause;
use steadfast_core::heartbeat::PingId;
use steadfast_core::protocol::{Frame, FrameError, Hint};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite};
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_util::either::Either;

use super::failure::broken;
use super::raw::RawStream;
use super::tcp;
use crate::connector::{Incoming, Link, Lost, Outgoing};
use crate::counted::Counted;
use crate::message::Message;

/// In the clear, or under TLS. The latter is a kilobyte that the former need not pay for.
pub(crate) type Transport = Either<Counted<RawStream>, Box<TlsStream<Counted<RawStream>>>>;

/// One open WebSocket.
pub struct WebSocketLink {
    stream: WebSocketStream<Transport>,
    /// The close code that the peer should be told, if it still listens, whatever else is meant.
    reply: Option<u16>,
    /// Whether the server has chosen `steadfast.v1`.
    reliable: bool,
}

impl WebSocketLink {
    pub(crate) fn new(stream: WebSocketStream<Transport>, reliable: bool) -> Self {
        Self { stream, reply: None, reliable }
    }

    fn failed(error: tungstenite::Error) -> Lost {
        tracing::debug!(%error, "writing failed");
        broken(error)
    }

    fn received(&mut self, message: tungstenite::Message) -> Result<Incoming<Message>, Lost> {
        Ok(match message {
            tungstenite::Message::Binary(bytes) => Incoming::Message(Message::Binary(bytes)),
            tungstenite::Message::Text(text) => match self.control(&text)? {
                Some(control) => control,
                None => Incoming::Message(Message::Text(text)),
            },
            tungstenite::Message::Pong(payload) => <[u8; 4]>::try_from(payload.as_ref())
                .map_or(Incoming::Alive, |id| Incoming::Pong(PingId(u32::from_be_bytes(id)))),
            tungstenite::Message::Ping(_) | tungstenite::Message::Frame(_) => Incoming::Alive,
            tungstenite::Message::Close(Some(frame)) if is_no_goodbye(&frame) => {
                self.reply = Some(1002);
                return Err(Cause::Network.into());
            }
            tungstenite::Message::Close(frame) => {
                // 1005: no code was given (RFC 6455, 7.4.1).
                let (code, hint) = frame.map_or((1005, Hint::NONE), |frame| {
                    (frame.code.into(), Hint::from_close_reason(&frame.reason))
                });
                self.reply = Some(code);
                return Err(Lost::hinted(Cause::of_close_code(code), hint));
            }
        })
    }
}

impl WebSocketLink {
    /// What a text says that is no message for the user. A hint is heard from every server, anything
    /// else from one that has chosen the sub-protocol.
    fn control(&mut self, text: &str) -> Result<Option<Incoming<Message>>, Lost> {
        if !Frame::is_control(text) {
            return Ok(None);
        }
        match Frame::parse(text) {
            Ok(Frame::Hint(hint)) => Ok(Some(Incoming::Hint(hint))),
            Ok(frame) if self.reliable => Ok(Some(Incoming::Control(frame))),
            Err(FrameError::Unknown) if self.reliable => Ok(Some(Incoming::Alive)),
            Err(error) if self.reliable => {
                tracing::debug!(%error, "a control frame makes no sense");
                self.reply = Some(1002);
                Err(Cause::ProtocolViolation.into())
            }
            _ => Ok(None),
        }
    }
}

impl WebSocketLink {
    /// The bytes below TLS: records of a message count before the message is whole.
    fn counted(&self) -> &Counted<RawStream> {
        match self.stream.get_ref() {
            Either::Left(stream) => stream,
            Either::Right(tls) => tls.get_ref().0,
        }
    }
}

impl Link for WebSocketLink {
    type Outgoing = Message;
    type Incoming = Message;

    fn start_send(&mut self, item: Outgoing<Message>) -> Result<(), Lost> {
        let message = match item {
            Outgoing::Control(frame) => tungstenite::Message::text(frame.to_text()),
            Outgoing::Message(message) => message.into(),
            Outgoing::Ping(id) => {
                tungstenite::Message::Ping(Bytes::copy_from_slice(&id.0.to_be_bytes()))
            }
        };
        self.stream.start_send_unpin(message).map_err(Self::failed)
    }

    fn poll_flush(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Lost>> {
        self.stream.poll_flush_unpin(cx).map_err(Self::failed)
    }

    fn poll_receive(&mut self, cx: &mut Context<'_>) -> Poll<Result<Incoming<Message>, Lost>> {
        self.stream.poll_next_unpin(cx).map(|read| match read {
            Some(Ok(message)) => self.received(message),
            Some(Err(error)) => {
                tracing::debug!(%error, "reading failed");
                self.reply = reply(&error);
                Err(broken(error))
            }
            None => Err(Cause::Network.into()),
        })
    }

    async fn close(mut self, code: u16) {
        let code = self.reply.unwrap_or(code).into();
        let frame = CloseFrame { code, reason: tungstenite::Utf8Bytes::default() };
        // Fails if the peer closed first. Reading on sends the answer to its close frame.
        let _ = self.stream.close(Some(frame)).await;
        drain(&mut self.stream).await;
    }

    fn is_reliable(&self) -> bool {
        self.reliable
    }

    fn received(&self) -> u64 {
        self.counted().read()
    }

    fn written(&self) -> u64 {
        self.counted().written()
    }

    fn shows_uploads(&self) -> bool {
        matches!(self.counted().stream(), RawStream::Tcp(stream) if tcp::bounds_unsent(stream))
    }
}

/// Reads to the end, which sends the answer to a close frame.
///
/// After a message that could not be read the WebSocket reads nothing more. But the peer may be writing, as the answer to a
/// ping: a stream that is dropped then is reset, and a reset may reach the peer before it has read the close frame.
pub(crate) async fn drain<S: AsyncRead + AsyncWrite + Unpin>(stream: &mut WebSocketStream<S>) {
    while let Some(Ok(_)) = stream.next().await {}
    let mut unread = [0; 1024];
    while let Ok(1..) = stream.get_mut().read(&mut unread).await {}
}

impl fmt::Debug for WebSocketLink {
    // Not the messages that are being read and written.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocketLink").finish_non_exhaustive()
    }
}

/// Whether the peer closed with a code that no frame may have (RFC 6455, 7.4): then nothing is known
/// of its reason. tungstenite puts 1002 and a text of its own in the place of such a code.
fn is_no_goodbye(frame: &CloseFrame) -> bool {
    frame.code == CloseCode::Protocol && frame.reason == "Protocol violation"
}

/// The close code for a peer of which something could not be read (RFC 6455, 7.4.1).
pub(crate) fn reply(error: &tungstenite::Error) -> Option<u16> {
    match error {
        tungstenite::Error::Capacity(_) => Some(1009),
        tungstenite::Error::Protocol(_) => Some(1002),
        tungstenite::Error::Utf8(_) => Some(1007),
        _ => None,
    }
}
