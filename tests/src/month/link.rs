use std::time::Duration;

use steadfast_core::connection::SocketId;
use steadfast_core::heartbeat::PingId;

/// A link of a client, as both ends see it.
#[derive(Debug)]
pub(super) struct Link {
    pub(super) socket: SocketId,
    /// The last arrivals at the server and at the client: TCP delivers in order.
    pub(super) last_arrivals: [Duration; 2],
    pub(super) opened_at: Option<Duration>,
    pub(super) dead_at: Option<Duration>,
    /// When the client sent something on the dead link for the first time.
    pub(super) sent_at: Option<Duration>,
    /// Whether the client slept, was hidden or had news of the network, so that the link's end says nothing of how soon dead links are
    /// noticed.
    pub(super) is_disturbed: bool,
    /// Whether the server has closed it.
    pub(super) is_reset: bool,
}

/// What is on its way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Packet {
    // To the server.
    Dial,
    Message(u64),
    Ping(PingId),
    // To the client.
    Opened,
    Pong(PingId),
    Refused,
    Reset,
}

impl Link {
    pub(super) fn new(socket: SocketId) -> Self {
        Self {
            socket,
            last_arrivals: [Duration::ZERO; 2],
            opened_at: None,
            dead_at: None,
            sent_at: None,
            is_disturbed: false,
            is_reset: false,
        }
    }

    pub(super) fn is_alive(&self, socket: SocketId) -> bool {
        self.socket == socket && self.dead_at.is_none()
    }

    pub(super) fn up(&self, now: Duration) -> Duration {
        self.opened_at.map_or(Duration::ZERO, |at| now.saturating_sub(at))
    }
}
