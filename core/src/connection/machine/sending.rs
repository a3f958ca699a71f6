//! What goes out, in order, and what never will.

use core::time::Duration;

use super::{Connection, Phase};
use crate::connection::link::LinkState;
use crate::connection::output::{DropReason, Output, SocketId};
use crate::connection::state::Status;
use crate::event::{DeliveryOutcome, EventKind};
use crate::outbox::{Entry, MessageId, Overflow};
use crate::time::Instant;

/// How many bytes lie in a buffer beyond reach, with 64 KiB: half a second at 1 Mbit/s.
const HIGH_WATER_MARK: usize = 1 << 16;

impl Connection {
    /// Takes note of a message that is handed to the socket right now, where nothing waits before
    /// it and no ping has to go first: true if it may be, and then it has to be. Does what [`Input::Send`], the output
    /// `Transmit` and [`Input::Sent`] do together, without a queue in between. Not where the server
    /// acknowledges messages, whose payloads are kept.
    ///
    /// [`Input::Send`]: crate::connection::Input::Send
    /// [`Input::Sent`]: crate::connection::Input::Sent
    pub fn pass(&mut self, now: Instant, message: MessageId, bytes: usize) -> bool {
        self.advance(now);
        // A listener that sends must not overtake what is to be done next: a ping, say.
        let is_free = self.outbox.len() == 0
            && self.outputs.is_empty()
            && self.state.status == Status::Connected;
        let Phase::Up(link) = &mut self.phase else { return false };
        let beats = self.config.heartbeat.is_some();
        if !is_free || link.reliable || beats && link.asks_before_sending(self.now) {
            return false;
        }
        link.message_sent(message, bytes as u64, self.now, self.config.heartbeat.as_ref());
        self.next_message = self.next_message.max(MessageId(message.0.saturating_add(1)));
        true
    }

    /// The most bytes that a socket which is a buffer may hold, taken and not sent, when it is handed
    /// the next message: 64 KiB where the oldest are dropped, and where messages may expire and are within
    /// the bounds of the outbox; else any number, and also while the connection is closing.
    #[must_use]
    pub fn most_buffered(&self) -> usize {
        let holds_back = self.closing.is_none() && self.outbox.may_hold_back();
        if holds_back { HIGH_WATER_MARK } else { usize::MAX }
    }

    pub(super) fn send(&mut self, message: MessageId, bytes: usize, ttl: Option<Duration>) {
        if self.admit(bytes).is_err() {
            return;
        }
        self.next_message = self.next_message.max(MessageId(message.0.saturating_add(1)));
        let link_is_up = matches!(self.phase, Phase::Up(_));
        if self.outbox.config().overflow == Overflow::DropOldest {
            while self.outbox.is_crowded_for(bytes, link_is_up) {
                // What was handed to a socket cannot be dropped, and the newest is not.
                let Some(oldest) = self.outbox.drop_oldest() else { break };
                self.dropped(oldest, DropReason::Overflow);
            }
        } else if self.outbox.room(bytes, link_is_up).is_err() && !self.is_held_back() {
            return self.dropped(message, DropReason::Overflow);
        }
        let ttl = ttl.or(self.outbox.config().ttl);
        let expires_at = ttl.map(|ttl| self.now + ttl);
        self.outbox.push(Entry { message, bytes, expires_at });
        self.transmit();
    }

    /// The message that a socket was taking waits again: the oldest are dropped, if they are more than
    /// may wait.
    pub(super) fn drop_excess(&mut self) {
        while self.outbox.is_overfull()
            && let Some(oldest) = self.outbox.drop_oldest()
        {
            self.dropped(oldest, DropReason::Overflow);
        }
    }

    /// Announces the next message to the socket that is up, if that has taken the one before. A socket
    /// that holds too much is waited for while the bounds of the outbox hold. An open socket of a
    /// suspended session proves nothing: a message that it took would have to be reported as lost if
    /// it is dead.
    pub(super) fn transmit(&mut self) {
        if self.state.status == Status::Suspended {
            return;
        }
        if let Phase::Up(LinkState { drain_at: Some(at), .. }) = self.phase {
            let waits = self.closing.is_none() && !self.outbox.is_beyond_bounds();
            if waits && at > self.now {
                return;
            }
            self.expire();
        }
        self.ask_before_sending();
        let Phase::Up(link) = &mut self.phase else { return };
        if link.reliable && self.outbox.is_full_of_unacknowledged() {
            return;
        }
        while let Some(message) = self.outbox.announce() {
            link.drain_at = None;
            if link.reliable
                && let Some(delivery) = &mut self.delivery
            {
                delivery.sent();
            }
            if self.sees_uploads {
                link.ask(self.now, self.config.heartbeat.as_ref());
            }
            self.outputs.push_back(Output::Transmit { socket: link.socket, message });
        }
    }

    /// A ping goes ahead of a message that follows a silence. Its pong comes before what the message asks
    /// for, which may take long to arrive and is not seen before it is whole.
    fn ask_before_sending(&mut self) {
        if let Phase::Up(link) = &self.phase
            && self.outbox.is_waiting()
            && link.asks_before_sending(self.now)
        {
            self.ping();
        }
    }

    pub(super) fn sent(&mut self, socket: SocketId, message: MessageId) {
        let bytes = self.outbox.taking();
        let Phase::Up(link) = &mut self.phase else { return };
        if link.socket == socket && self.outbox.sent(message, link.reliable) {
            link.message_sent(message, bytes, self.now, self.config.heartbeat.as_ref());
            if !link.reliable {
                self.outputs.push_back(Output::Release { message });
            }
            self.transmit();
        }
    }

    /// The socket will never take this message.
    pub(super) fn refused(&mut self, socket: SocketId, message: MessageId) {
        let Phase::Up(link) = &mut self.phase else { return };
        if link.socket != socket {
            return;
        }
        if self.outbox.refused(message) {
            if link.reliable
                && let Some(delivery) = &mut self.delivery
            {
                delivery.not_sent();
            }
            self.dropped(message, DropReason::Refused);
            self.transmit();
        } else if link.handed.take_back(message) {
            // The driver keeps no payload of a message that was let through.
            self.not_delivered(message, DeliveryOutcome::Dropped);
        }
    }

    /// The socket holds too much to be handed this message, which waits again.
    pub(super) fn blocked(&mut self, socket: SocketId, message: MessageId) {
        let Phase::Up(link) = &mut self.phase else { return };
        if link.socket == socket && self.outbox.withhold(message) {
            if link.reliable
                && let Some(delivery) = &mut self.delivery
            {
                delivery.not_sent();
            }
            link.wait_for_drain(self.now);
            self.drop_excess();
        }
    }

    /// Announces again the message for which the socket held too much, if it is still worth anything.
    pub(super) fn may_have_drained(&mut self) {
        if let Phase::Up(link) = &mut self.phase {
            link.drain_at = None;
        }
        self.expire();
        self.transmit();
    }

    /// Whether messages wait that a socket would take without sending them. For a message that finds
    /// the outbox full, the one that has waited longest is handed over.
    pub(super) fn is_held_back(&self) -> bool {
        matches!(self.phase, Phase::Up(LinkState { drain_at: Some(_), reliable: false, .. }))
            && !self.outbox.is_beyond_bounds()
    }

    pub(super) fn expire(&mut self) {
        while let Some(message) = self.outbox.take_expired(self.now) {
            self.dropped(message, DropReason::Expired);
        }
    }

    /// Tells of the messages of a link that is gone which may or may not have arrived.
    pub(super) fn tell_unknown(&mut self) {
        if let Phase::Up(link @ LinkState { reliable: false, .. }) = &self.phase
            && let Some((count, first, last)) = link.handed.unproved()
        {
            self.emit(EventKind::Delivery {
                delivery: DeliveryOutcome::Unknown,
                count,
                first,
                last,
            });
        }
    }

    fn dropped(&mut self, message: MessageId, reason: DropReason) {
        let delivery = match reason {
            DropReason::Expired => DeliveryOutcome::Expired,
            DropReason::Overflow | DropReason::Refused => DeliveryOutcome::Dropped,
        };
        self.outputs.push_back(Output::Drop { message, reason });
        self.not_delivered(message, delivery);
    }

    fn not_delivered(&mut self, message: MessageId, delivery: DeliveryOutcome) {
        self.emit(EventKind::Delivery { delivery, count: 1, first: message, last: message });
    }
}
