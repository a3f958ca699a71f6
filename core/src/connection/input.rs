use super::cause::Cause;
use super::hint::Hint;
use super::outbox::MessageId;
use super::output::SocketId;
use crate::heartbeat::PingId;

/// What happened. Whatever carries a [`SocketId`] of a socket that is gone is ignored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// The user is done: no link is wanted any more. Messages not handed over yet are kept.
    Close,
    /// The socket is gone, or never came up.
    Lost {
        /// The socket.
        socket: SocketId,
        /// Why.
        cause: Cause,
        /// What the server wishes, by its close reason or a `Retry-After`.
        hint: Hint,
    },
    /// The user wants a link. Also the way out of `FAILED`. Does nothing while one is kept up.
    Open,
    /// The socket is open.
    Opened {
        /// The socket.
        socket: SocketId,
    },
    /// A pong came.
    Pong {
        /// The socket.
        socket: SocketId,
        /// The id of its ping.
        id: PingId,
    },
    /// A message came: proof that the peer lives.
    Received {
        /// The socket.
        socket: SocketId,
    },
    /// The user sends a message. The driver keeps its payload until it has said [`Input::Sent`].
    /// One that [`Connection::admit`](super::Connection::admit) refuses is ignored.
    Send {
        /// An id the driver gave, never used before on this connection.
        message: MessageId,
        /// The length of the payload.
        bytes: usize,
    },
    /// A message of [`Output::Transmit`](super::Output::Transmit) was handed to the socket.
    Sent {
        /// The socket.
        socket: SocketId,
        /// The message.
        message: MessageId,
    },
}
