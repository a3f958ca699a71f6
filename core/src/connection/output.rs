use core::time::Duration;

use crate::event::Event;
use crate::heartbeat::PingId;
use crate::outbox::MessageId;
use crate::protocol::Frame;
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
    /// Send this control frame, as a text message, after what was given to be sent before.
    Control {
        /// The socket.
        socket: SocketId,
        /// The frame.
        frame: Frame,
    },
    /// Open a socket under this id. One that neither opens nor fails within `timeout` will be
    /// closed by the machine itself.
    Dial {
        /// The id that every input from the new socket carries.
        socket: SocketId,
        /// The connect timeout, for a driver that can hand it on. It covers what the user's
        /// functions take to say where to dial, and with what.
        timeout: Duration,
        /// Whether the server said that the credentials have expired: whatever remembers them has
        /// to be passed over.
        refresh: bool,
        /// Whether to offer the sub-protocol [`SUBPROTOCOL`](crate::protocol::SUBPROTOCOL), if the
        /// user does. Always, unless the driver has told by
        /// [`Connection::set_offers`](super::Connection::set_offers) that the user does.
        offer: bool,
    },
    /// Discard this message, which no socket has taken. An event tells the user.
    Drop {
        /// The message.
        message: MessageId,
        /// Why.
        reason: DropReason,
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
    /// The payload of this message is not needed any more: a socket has taken it, and the server has
    /// acknowledged it if it does so at all.
    Release {
        /// The message.
        message: MessageId,
    },
    /// Save a [`snapshot`](super::Connection::snapshot) made from now on, and say
    /// [`Input::Saved`](super::Input::Saved) when that is done, or has failed. Only with
    /// [`ConnectionConfig::save_before_ack`](super::ConnectionConfig::save_before_ack).
    Save,
    /// Hand this message to the socket and say so with [`Input::Sent`](super::Input::Sent) once the
    /// socket has taken it. The next one follows then: what a slow peer holds up can still expire,
    /// or be dropped for a younger one. If the socket is a buffer that takes every message, hand it none
    /// while it holds more bytes than [`Connection::most_buffered`](super::Connection::most_buffered),
    /// and say [`Input::Blocked`](super::Input::Blocked) instead.
    Transmit {
        /// The socket.
        socket: SocketId,
        /// The message.
        message: MessageId,
    },
}

/// Why a message was dropped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DropReason {
    /// It waited for longer than it is worth anything.
    Expired,
    /// There was no room for it, or others were preferred.
    Overflow,
    /// The socket refused it: see [`Input::Refused`](super::Input::Refused).
    Refused,
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
    /// What has come is to be acknowledged.
    Acknowledge,
    /// The connection is being closed, and nothing waits any more or the limit is over.
    Close,
    /// A dial has taken too long.
    ConnectTimeout,
    /// The socket held too much to take a message, and may have sent enough of it by now.
    Drain,
    /// A message that waits is worth nothing any more.
    Expiry,
    /// A pong is late.
    LatePong,
    /// The next ping is due.
    Ping,
    /// The peer has not shown that it lives, after a pause.
    Proof,
    /// The next attempt to connect is due.
    Reconnect,
    /// The peer has been silent for longer than it had promised.
    Silence,
    /// The link has been up for long enough to forget earlier failures.
    Stable,
    /// The page has been hidden for so long that the link is let go of.
    Suspend,
}
