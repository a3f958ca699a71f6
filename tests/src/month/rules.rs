use std::time::Duration;

use steadfast_core::connection::{Connection, SocketId};
use steadfast_core::time::Instant;

/// What holds whatever happens to a client.
#[derive(Debug, Default)]
pub(super) struct Rules {
    /// The socket that the client has.
    pub(super) socket: Option<SocketId>,
    /// The next message that may arrive.
    next: u64,
    /// The wake-ups since this moment.
    wake_ups: (Duration, u32),
}

/// In ten seconds.
const MOST_WAKE_UPS: u32 = 100;
/// `OutboxConfig::max_messages`, and one that a socket is taking.
const MOST_WAITING: usize = 1001;

impl Rules {
    pub(super) fn dialled(&mut self, socket: SocketId) {
        let before = self.socket.replace(socket);
        assert_eq!(before, None, "two sockets");
    }

    pub(super) fn closed(&mut self, socket: SocketId) {
        assert_eq!(self.socket.take(), Some(socket), "another socket is closed");
    }

    pub(super) fn uses(&self, socket: SocketId) {
        assert_eq!(self.socket, Some(socket), "a socket is used that is not there");
    }

    /// Links may lose messages, but none arrives before an older one, or twice.
    pub(super) fn arrived(&mut self, message: u64) {
        assert!(message >= self.next, "{message} arrives after {}", self.next);
        self.next = message + 1;
    }

    pub(super) fn woke_up(&mut self, now: Duration) {
        if now >= self.wake_ups.0 + Duration::from_secs(10) {
            self.wake_ups = (now, 0);
        }
        self.wake_ups.1 += 1;
        assert!(self.wake_ups.1 <= MOST_WAKE_UPS, "a busy loop at {now:?}");
    }

    pub(super) fn check(connection: &Connection, now: Instant) {
        let due = connection.poll_timeout();
        assert!(due.is_none_or(|due| due.at > now), "{due:?} is not after {now:?}");
        assert!(connection.waiting_messages() <= MOST_WAITING);
    }
}
