use std::collections::VecDeque;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures::{SinkExt as _, StreamExt as _};
use steadfast_core::connection::{Cause, MessageId};
use steadfast_core::heartbeat::PingId;
use tokio_rustls::client::TlsStream;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::{self, protocol::CloseFrame};
use tokio_util::either::Either;

use crate::counted::Counted;
use crate::message::Message;

/// In the clear, or under TLS. The latter is a kilobyte that the former need not pay for.
pub(crate) type Transport = Either<Counted, Box<TlsStream<Counted>>>;

/// One open WebSocket.
///
/// Messages are handed to the kernel one by one, so that it is known of each whether a peer can
/// have got it: what was cut off by a dying link is sent again, and what went out whole is not.
#[derive(Debug)]
pub(crate) struct Socket {
    stream: WebSocketStream<Transport>,
    /// What is to be sent, in order.
    queue: VecDeque<(MessageId, Message)>,
    /// The next ping to send. A younger one takes its place: the elder would only come later.
    ping: Option<PingId>,
    /// What was handed to `stream`, and not yet to the kernel.
    writing: Option<MessageId>,
    unflushed: bool,
    /// While the kernel has no room: what it had taken then.
    blocked_at: Option<u64>,
    /// Nothing can be written any more. What the peer said before may still be read.
    broken: bool,
    /// Whose turn is next, so that neither direction starves the other.
    read_first: bool,
}

/// What a socket has to say.
#[derive(Debug)]
pub(crate) enum SocketEvent {
    /// It is gone. `reply` is the close code that the peer should be told, if it still listens.
    Lost { cause: Cause, reply: u16 },
    /// A message came.
    Message(Message),
    /// A pong came, of a ping that [`Socket::ping`] sent.
    Pong(PingId),
    /// The peer lives: a ping came, and was answered, or a pong to nothing, or the peer's system
    /// made room for more. While a slow link is busy with a long message, pings are stuck behind.
    Alive,
    /// The kernel has this message.
    Sent(MessageId),
}

/// How long a closed socket may take to say goodbye. Nobody waits for it.
const LINGER: Duration = Duration::from_secs(1);

impl Socket {
    pub(crate) fn new(stream: WebSocketStream<Transport>) -> Self {
        Self {
            stream,
            queue: VecDeque::new(),
            ping: None,
            writing: None,
            unflushed: false,
            blocked_at: None,
            broken: false,
            read_first: true,
        }
    }

    /// Sends a message, after those before it.
    pub(crate) fn transmit(&mut self, id: MessageId, message: Message) {
        self.queue.push_back((id, message));
    }

    /// Sends a ping, ahead of the messages that wait.
    pub(crate) fn ping(&mut self, id: PingId) {
        self.ping = Some(id);
    }

    /// Writes and reads. Messages are read only if `readable`.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>, readable: bool) -> Poll<SocketEvent> {
        self.read_first = !self.read_first;
        for read in [self.read_first, !self.read_first] {
            let event = if read { self.poll_read(cx, readable) } else { self.poll_write(cx) };
            if event.is_ready() {
                return event;
            }
        }
        if self.broken { Poll::Ready(SocketEvent::broken()) } else { Poll::Pending }
    }

    /// Says goodbye, and lets the peer do so too: data that was sent right before would be lost if
    /// the socket were just dropped while something from the peer is unread.
    pub(crate) async fn close(mut self, code: u16) {
        let goodbye = async {
            let frame = CloseFrame { code: code.into(), reason: tungstenite::Utf8Bytes::default() };
            // Fails if the peer closed first. Reading on sends the answer to its close frame.
            let _ = self.stream.close(Some(frame)).await;
            while let Some(Ok(_)) = self.stream.next().await {}
        };
        let _ = tokio::time::timeout(LINGER, goodbye).await;
    }

    fn poll_write(&mut self, cx: &mut Context<'_>) -> Poll<SocketEvent> {
        loop {
            if self.broken {
                return Poll::Pending;
            }
            if self.unflushed {
                match self.stream.poll_flush_unpin(cx) {
                    Poll::Pending => return self.blocked(),
                    Poll::Ready(Ok(())) => {
                        self.unflushed = false;
                        if self.blocked_at.take().is_some() {
                            return Poll::Ready(SocketEvent::Alive);
                        }
                    }
                    Poll::Ready(Err(error)) => self.broke(&error),
                }
                continue;
            }
            if let Some(id) = self.writing.take() {
                return Poll::Ready(SocketEvent::Sent(id));
            }
            if let Some(id) = self.ping.take() {
                let payload = Bytes::copy_from_slice(&id.0.to_be_bytes());
                self.write(tungstenite::Message::Ping(payload));
            } else if let Some((id, message)) = self.queue.pop_front() {
                self.writing = Some(id);
                self.write(message.into());
            } else {
                return Poll::Pending;
            }
        }
    }

    /// The kernel has no room. If it had none before either, and has taken something since, the
    /// peer has acknowledged something.
    fn blocked(&mut self) -> Poll<SocketEvent> {
        let written = match self.stream.get_ref() {
            Either::Left(tcp) => tcp.written(),
            Either::Right(tls) => tls.get_ref().0.written(),
        };
        match self.blocked_at.replace(written) {
            Some(before) if before < written => Poll::Ready(SocketEvent::Alive),
            _ => Poll::Pending,
        }
    }

    fn write(&mut self, message: tungstenite::Message) {
        match self.stream.start_send_unpin(message) {
            Ok(()) => self.unflushed = true,
            Err(error) => self.broke(&error),
        }
    }

    fn broke(&mut self, error: &tungstenite::Error) {
        tracing::debug!(%error, "writing failed");
        self.broken = true;
        self.writing = None;
    }

    fn poll_read(&mut self, cx: &mut Context<'_>, readable: bool) -> Poll<SocketEvent> {
        if !readable {
            return Poll::Pending;
        }
        self.stream.poll_next_unpin(cx).map(|read| match read {
            Some(Ok(message)) => SocketEvent::of(message),
            Some(Err(error)) => {
                tracing::debug!(%error, "reading failed");
                SocketEvent::Lost { cause: Cause::Network, reply: reply(&error) }
            }
            None => SocketEvent::broken(),
        })
    }
}

impl SocketEvent {
    fn broken() -> Self {
        Self::Lost { cause: Cause::Network, reply: 1000 }
    }

    fn of(message: tungstenite::Message) -> Self {
        match message {
            tungstenite::Message::Binary(bytes) => Self::Message(Message::Binary(bytes)),
            tungstenite::Message::Text(text) => Self::Message(Message::Text(text)),
            tungstenite::Message::Pong(payload) => <[u8; 4]>::try_from(payload.as_ref())
                .map_or(Self::Alive, |id| Self::Pong(PingId(u32::from_be_bytes(id)))),
            tungstenite::Message::Ping(_) | tungstenite::Message::Frame(_) => Self::Alive,
            tungstenite::Message::Close(frame) => {
                // 1005: no code was given (RFC 6455, 7.4.1).
                let code = frame.map_or(1005, |frame| frame.code.into());
                Self::Lost { cause: Cause::ClosedByPeer { code }, reply: code }
            }
        }
    }
}

/// The close code for a peer of which something could not be read (RFC 6455, 7.4.1).
fn reply(error: &tungstenite::Error) -> u16 {
    match error {
        tungstenite::Error::Capacity(_) => 1009,
        tungstenite::Error::Protocol(_) => 1002,
        tungstenite::Error::Utf8(_) => 1007,
        _ => 1000,
    }
}
