use core::time::Duration;

use super::outbox::MessageId;
use crate::event::Event;
use crate::heartbeat::PingId;
use crate::time::Instant;

/// What a driver has to do next, in order.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Output {
    /// Close this socket and forget it: whatever it says from now on is ignored.
    Close {
        /// The socket.
        socket: SocketId,
        /// The WebSocket close code to give, where one can be given.
        code: u16,
    },
    /// Open a socket under this id. One that neither opens nor fails within `timeout` will be
    /// closed by the machine itself.
    Dial {
        /// The id that every input from the new socket carries.
        socket: SocketId,
        /// The connect timeout, for a driver that can hand it on.
        timeout: Duration,
    },
    /// Something happened that others want to know.
    Event(Event),
    /// Send a heartbeat.
    Ping {
        /// The socket.
        socket: SocketId,
        /// What the pong has to carry.
        id: PingId,
    },
    /// Hand this message to the socket and say so with [`Input::Sent`](super::Input::Sent).
    Transmit {
        /// The socket.
        socket: SocketId,
        /// The message.
        message: MessageId,
    },
}

/// One socket of one connection. Ids are never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct SocketId(pub u32);

/// When to call [`handle_timeout`](super::Connection::handle_timeout), and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Deadline {
    /// The time.
    pub at: Instant,
    /// The reason, for logs and tests.
    pub timer: Timer,
}

/// What a [`Deadline`] waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum Timer {
    /// A dial has taken too long.
    ConnectTimeout,
    /// A pong is late.
    LatePong,
    /// The next ping is due.
    Ping,
    /// The next attempt to connect is due.
    Reconnect,
    /// The link has been up for long enough to forget earlier failures.
    Stable,
}
