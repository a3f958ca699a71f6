//! What waits: it is given to each socket in order, let go of as configured, and bounded.

use steadfast_core::connection::{SocketId, Status};
use steadfast_core::outbox::{MessageId, Overflow};

use super::{Kept, Socket, Watched};

impl Watched {
    /// Each socket is given all messages that are kept, in order, without leaving one out.
    pub(super) fn announce(&mut self, to: SocketId, message: MessageId) {
        assert_eq!(self.status, Status::Connected);
        let socket = self.speak(to);
        socket.is_blocked = false;
        let last = socket.announced.replace(message);
        assert_eq!(socket.taking.replace(message), None, "the socket has not taken that one");
        let next = self.kept.iter_mut().find(|kept| Some(kept.message) > last);
        let next = next.unwrap_or_else(|| panic!("{message:?} is not kept"));
        assert_eq!(next.message, message, "one was left out, or comes twice");
        next.was_announced = true;
    }

    pub(super) fn let_go(&mut self, message: MessageId) -> Kept {
        let index = self.kept.iter().position(|kept| kept.message == message);
        let kept = index.and_then(|index| self.kept.remove(index));
        self.taken(message);
        kept.unwrap_or_else(|| panic!("{message:?} is not kept"))
    }

    /// The socket cannot be handed this message yet: true if it was announced to it. It waits again.
    pub(super) fn withheld(&mut self, message: MessageId) -> bool {
        let Some(socket) = self.socket.as_mut().filter(|open| open.taking == Some(message)) else {
            return false;
        };
        socket.taking = None;
        socket.is_blocked = true;
        socket.announced = message.0.checked_sub(1).map(MessageId);
        let kept = self.kept.iter_mut().filter(|kept| kept.message == message);
        kept.for_each(|kept| kept.was_announced = false);
        true
    }

    /// The socket has taken this message, or never will.
    pub(super) fn taken(&mut self, message: MessageId) {
        if let Some(socket) = self.socket.as_mut().filter(|open| open.taking == Some(message)) {
            socket.taking = None;
        }
    }

    /// Of those that no socket is taking the oldest goes, or the newest, as is configured. What was
    /// announced to a socket that is gone may go, or be kept for the server to say.
    pub(super) fn overflowed(&self, dropped: MessageId) {
        let taking = self.socket.and_then(|socket| socket.taking);
        assert_ne!(taking, Some(dropped), "the socket is taking it");
        let newest = self.kept.back().map(|kept| kept.message);
        match self.overflow {
            Overflow::DropNewest => assert_eq!(newest, Some(dropped)),
            Overflow::DropOldest => {
                assert_ne!(newest, Some(dropped), "the newest is never dropped");
                let older = self.kept.iter().take_while(|kept| kept.message != dropped);
                let older = older.filter(|kept| !kept.was_announced).count();
                assert_eq!(older, 0, "older ones than {dropped:?} wait");
            }
            Overflow::Reject => panic!("{dropped:?} was admitted"),
        }
    }

    /// A socket that is taking nothing, and whose buffer is not full, has been given all that waits.
    /// Where the oldest is dropped, messages also wait while as many as the bounds allow are not
    /// acknowledged.
    pub(super) fn sends_on(&self) {
        let is_free = |socket: &Socket| socket.taking.is_none() && !socket.is_blocked;
        let Some(socket) = self.socket.filter(is_free) else { return };
        let unacknowledged = self.kept.iter().filter(|kept| kept.was_announced);
        let (count, bytes) = unacknowledged.fold((0, 0_usize), |(count, bytes), kept| {
            (count + 1, bytes.saturating_add(kept.bytes))
        });
        let is_full = count >= self.bounds.0 || bytes >= self.bounds.1;
        if self.overflow == Overflow::DropOldest && count > 0 && is_full {
            return;
        }
        if self.status == Status::Connected {
            let stuck = self.kept.back().filter(|kept| Some(kept.message) > socket.announced);
            assert!(stuck.is_none(), "{stuck:?} waits for nothing");
        }
    }

    /// What waits for a link is bounded. A first message always fits while there is one. Where the
    /// oldest is dropped, the one that a socket is taking and the newest come on top; elsewhere one
    /// that is handed over at once, since others are held back.
    pub(super) fn bounded(&self) {
        let (messages, bytes) = self.bounds;
        let on_top = if self.overflow == Overflow::DropOldest { 2 } else { 1 };
        let least = self.kept.len().saturating_sub(1 + on_top);
        let but_the_first = self.kept.iter().skip(1).take(least).map(|kept| kept.bytes);
        let but_the_first = but_the_first.fold(0_usize, usize::saturating_add);
        let restored = self.kept.iter().any(|kept| kept.bytes > usize::from(u16::MAX));
        assert!(
            self.kept.len() <= messages.max(1) + on_top || restored,
            "{} wait",
            self.kept.len()
        );
        assert!(but_the_first <= bytes || restored, "{but_the_first} bytes wait");
    }
}
