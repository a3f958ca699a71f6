use core::time::Duration;

use super::cause::Cause;
use super::output::SocketId;
use super::suspension::Suspension;
use crate::heartbeat::PingId;
use crate::outbox::MessageId;
use crate::protocol::Frame;
use crate::protocol::Hint;

/// What happened. Whatever carries a [`SocketId`] of a socket that is gone is ignored.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Input {
    /// The peer showed that it lives, by something that is no message of the application.
    Alive {
        /// The socket.
        socket: SocketId,
    },
    /// The driver asks a function of the user where to dial, or has been told: what that takes does
    /// not count against
    /// [`ConnectionConfig::reach_timeout`](super::ConnectionConfig::reach_timeout).
    Asks {
        /// The socket.
        socket: SocketId,
        /// Whether it asks from now on. If not, the reach timeout begins now.
        asks: bool,
    },
    /// The socket was not handed a message of [`Output::Transmit`](super::Output::Transmit), because it
    /// holds more bytes than [`Connection::most_buffered`](super::Connection::most_buffered). The
    /// message waits again, and is announced again soon.
    Blocked {
        /// The socket.
        socket: SocketId,
        /// The message.
        message: MessageId,
    },
    /// The user is done: no link is wanted any more. Messages not handed over yet are kept.
    Close,
    /// The peer has answered the close frame of a socket that was closed
    /// ([`Output::Close`](super::Output::Close)), as far as the driver hears of that. A link that was given up for its
    /// silence was alive then, and the session has more patience with others.
    ClosedCleanly {
        /// The socket.
        socket: SocketId,
    },
    /// The user is done. The connection sends what waits first, and is closed as soon as nothing
    /// waits any more, at the latest after this limit; at once with a limit of zero. Where the
    /// server acknowledges messages, they wait until it has. Without a link, attempts go on within
    /// the limit, and sooner than otherwise. A connection that fails for good meanwhile is closed.
    /// Said again, it can only shorten the limit. [`Input::Open`] and [`Input::Reconnect`] take it
    /// back.
    CloseWithin(Duration),
    /// A control frame came: see [`protocol`](crate::protocol).
    Control {
        /// The socket.
        socket: SocketId,
        /// The frame.
        frame: Frame,
    },
    /// The server sent a hint in a message.
    Hint {
        /// The socket.
        socket: SocketId,
        /// The hint. What it leaves open stays as hinted before.
        hint: Hint,
    },
    /// The socket is gone, or never came up.
    Lost {
        /// The socket.
        socket: SocketId,
        /// Why.
        cause: Cause,
        /// The server's hint, by its close reason or a `Retry-After`.
        hint: Hint,
    },
    /// The wall clock ran ahead by this much: the machine slept, or somebody set the clock. `now` has
    /// not moved by it: see [`Clock`](crate::time::Clock). To be said before anything else that has
    /// happened.
    MayHaveSlept(Duration),
    /// The way to the network became another: another address, another interface. A link is probed, at
    /// most once in 5 s. An attempt that is waited for is made within a second, but at most one in 10 s
    /// and three in a row; after five minutes without one, or a link that has held, a row begins anew.
    NetworkChanged,
    /// The user wants a link. Also the way out of `FAILED`. Does nothing while one is kept up.
    Open,
    /// The socket is open, and what the user does first on each new link, such as a login, is done:
    /// until then it counts as being dialled, and the connect timeout goes on.
    Opened {
        /// The socket.
        socket: SocketId,
        /// Whether the server has chosen the sub-protocol [`SUBPROTOCOL`](crate::protocol::SUBPROTOCOL).
        reliable: bool,
    },
    /// A pong came.
    Pong {
        /// The socket.
        socket: SocketId,
        /// The id of its ping.
        id: PingId,
    },
    /// A message of the application came: proof that the peer lives. Control frames come in as
    /// [`Input::Control`].
    Received {
        /// The socket.
        socket: SocketId,
    },
    /// The peer has promised to be silent for no longer than this at a time, on this link. If
    /// nothing at all comes for longer, it is dead. Counts from now on, in place of
    /// [`ConnectionConfig::max_silence`](super::ConnectionConfig::max_silence) and of what was
    /// promised before. More than a day counts as a day, and nothing as no promise.
    Promise {
        /// The socket.
        socket: SocketId,
        /// The longest silence.
        silence: Duration,
    },
    /// The socket refused a message of [`Output::Transmit`](super::Output::Transmit), or one that
    /// [`Connection::pass`](super::Connection::pass) let through, with an error of its own: it was
    /// not sent, and another socket would refuse it, too. The message is dropped, and an event says
    /// so.
    Refused {
        /// The socket.
        socket: SocketId,
        /// The message.
        message: MessageId,
    },
    /// The server's TCP has answered, through a proxy if there is one: from now on the dial has until
    /// the connect timeout. Only for drivers that set
    /// [`ConnectionConfig::reach_timeout`](super::ConnectionConfig::reach_timeout).
    Reached {
        /// The socket.
        socket: SocketId,
    },
    /// The user wants a fresh link now, whatever the status. An attempt is made at once, however often
    /// that is said; failures stay counted, unless the session had given up.
    Reconnect,
    /// What suspended the session is over. One probe decides whether a link that was kept still
    /// lives; where there is none, an attempt is made within a second, as often as
    /// [`Input::NetworkChanged`] allows. Says nothing if that reason did not hold.
    Resume(Suspension),
    /// What [`Output::Save`](super::Output::Save) asked for was done. Or it failed: a server is not
    /// kept waiting by that.
    Saved,
    /// The user sends a message. The driver keeps its payload until it has said [`Input::Sent`].
    /// One that [`Connection::admit`](super::Connection::admit) refuses is ignored.
    Send {
        /// An id the driver gave, never used before on this connection.
        message: MessageId,
        /// The length of the payload.
        bytes: usize,
        /// How long it is worth anything, if that is another time than
        /// [`OutboxConfig::ttl`](crate::outbox::OutboxConfig::ttl).
        ttl: Option<Duration>,
    },
    /// The machine or the page was paused for this long, and `now` has moved by it: see
    /// [`Clock`](crate::time::Clock). To be said before anything else that has happened.
    Slept(Duration),
    /// A message of [`Output::Transmit`](super::Output::Transmit) was handed to the socket.
    Sent {
        /// The socket.
        socket: SocketId,
        /// The message.
        message: MessageId,
    },
    /// Nothing can be said or done from now on, for this reason. Several may hold at a time.
    /// [`Suspension::Offline`] is a hint only.
    Suspend(Suspension),
    /// Nothing can be read from the socket, because the user does not read what came. The answer
    /// that is waited for may lie there, so the peer is not judged by it; an event says so once. See
    /// [`Connection::awaits_answer`](super::Connection::awaits_answer).
    Unread {
        /// The socket.
        socket: SocketId,
    },
}

impl Input {
    /// Whether it shows that the peer lives.
    pub(super) fn is_of_peer(&self) -> bool {
        matches!(
            self,
            Self::Alive { .. } | Self::Control { .. } | Self::Pong { .. } | Self::Received { .. }
        )
    }
}
