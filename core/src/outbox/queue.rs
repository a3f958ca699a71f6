use alloc::collections::VecDeque;

use super::{MessageId, OutboxConfig, OutboxError, Overflow};
use crate::time::{Instant, earlier};

/// The messages that the connection is not done with, in order.
///
/// From the front: those that were *handed over* to a socket and not acknowledged, if the server
/// acknowledges at all; those that were *announced* to the present socket, whose driver has not
/// said yet that it took them; those that wait. What was announced to a socket that died first is
/// announced again to the next one.
///
/// One message is announced at a time, and the next one when the socket has taken it. So whatever a
/// slow peer holds up can still expire, or be dropped for a younger message.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    config: OutboxConfig,
    queue: VecDeque<Entry>,
    bytes: usize,
    handed_over: usize,
    /// How many, from the front, were announced to the present socket, those handed over included.
    announced: usize,
    /// When the first that waits expires, or earlier.
    next_expiry: Option<Instant>,
}

/// One message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) message: MessageId,
    pub(crate) bytes: usize,
    pub(crate) expires_at: Option<Instant>,
}

impl Outbox {
    pub(crate) fn new(config: OutboxConfig) -> Self {
        let queue = VecDeque::new();
        Self { config, queue, bytes: 0, handed_over: 0, announced: 0, next_expiry: None }
    }

    pub(crate) fn config(&self) -> &OutboxConfig {
        &self.config
    }

    /// Whether a sender may offer a message: there is room, or room will be made, or it will be
    /// dropped.
    pub(crate) fn admit(&self, bytes: usize, link_is_up: bool) -> Result<(), OutboxError> {
        let room = self.room(bytes, link_is_up);
        match self.config.overflow {
            Overflow::DropNewest | Overflow::DropOldest if !self.config.never_fits(bytes) => Ok(()),
            _ => room,
        }
    }

    /// Whether there is room: see [`OutboxConfig::admit`].
    pub(crate) fn room(&self, bytes: usize, link_is_up: bool) -> Result<(), OutboxError> {
        self.config.admit(self.queue.len(), self.bytes, bytes, link_is_up)
    }

    pub(crate) fn push(&mut self, entry: Entry) {
        self.queue.push_back(entry);
        self.bytes = self.bytes.saturating_add(entry.bytes);
        self.next_expiry = earlier(self.next_expiry, entry.expires_at);
    }

    /// Whether a message has to be dropped for one of `bytes` bytes that is preferred to it. What a
    /// socket is taking is as good as gone, and does not count.
    pub(crate) fn is_crowded_for(&self, bytes: usize, link_is_up: bool) -> bool {
        let taking = self.queue.range(self.handed_over..self.announced);
        let taking_bytes = taking.clone().fold(0, |sum, entry| sum + entry.bytes);
        let (messages, waiting) = (self.queue.len() - taking.len(), self.bytes - taking_bytes);
        self.config.admit(messages, waiting, bytes, link_is_up).is_err()
    }

    /// Whether more is kept than may be: messages that a socket was taking count again, now that it
    /// is lost. A single message may be of any length.
    pub(crate) fn is_overfull(&self) -> bool {
        let drops = self.config.overflow == Overflow::DropOldest;
        let waiting = self.queue.len().saturating_sub(self.announced);
        drops && waiting > 1 && self.is_beyond_bounds()
    }

    /// Takes out the message that has waited longest, if one waits.
    pub(crate) fn drop_oldest(&mut self) -> Option<MessageId> {
        let dropped = self.queue.remove(self.announced)?;
        self.bytes -= dropped.bytes;
        Some(dropped.message)
    }

    /// When [`take_expired`](Self::take_expired) may have something.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.next_expiry
    }

    /// Takes out a message that waits and is worth nothing any more.
    pub(crate) fn take_expired(&mut self, now: Instant) -> Option<MessageId> {
        let waiting = self.queue.range(self.announced..);
        let is_expired = |entry: &Entry| entry.expires_at.is_some_and(|at| at <= now);
        let Some(index) = waiting.clone().position(is_expired) else {
            self.next_expiry = waiting.filter_map(|entry| entry.expires_at).min();
            return None;
        };
        let expired = self.queue.remove(self.announced + index)?;
        self.bytes -= expired.bytes;
        Some(expired.message)
    }

    /// The next message that was not announced to the present socket, once that has taken the one
    /// before.
    pub(crate) fn announce(&mut self) -> Option<MessageId> {
        if self.announced > self.handed_over {
            return None;
        }
        let next = self.queue.get(self.announced)?;
        self.announced += 1;
        Some(next.message)
    }

    /// The length of the message that the present socket is taking; zero if it is taking none.
    pub(crate) fn taking(&self) -> u64 {
        let taking = self.queue.get(self.handed_over).filter(|_| self.announced > self.handed_over);
        taking.map_or(0, |entry| entry.bytes as u64)
    }

    /// Whether the present socket may be given a message now.
    pub(crate) fn is_waiting(&self) -> bool {
        self.announced <= self.handed_over && self.queue.len() > self.announced
    }

    /// The present socket cannot take this message yet: true if it was the one announced last and not
    /// taken. It waits again.
    pub(crate) fn withhold(&mut self, message: MessageId) -> bool {
        let taking = self.queue.get(self.handed_over).map(|entry| entry.message);
        if self.announced != self.handed_over + 1 || taking != Some(message) {
            return false;
        }
        self.announced = self.handed_over;
        self.look_for_expiry();
        true
    }

    /// Whether the next message is better kept than handed to a socket that only buffers it: it may
    /// expire while the bounds hold, or be dropped for a younger one.
    pub(crate) fn may_hold_back(&self) -> bool {
        let next = self.queue.get(self.handed_over);
        if self.config.overflow == Overflow::DropOldest {
            return next.is_none_or(|next| !self.config.never_fits(next.bytes));
        }
        let expires =
            self.config.ttl.is_some() || next.is_some_and(|next| next.expires_at.is_some());
        expires && !self.is_beyond_bounds()
    }

    /// Whether more waits than may.
    pub(crate) fn is_beyond_bounds(&self) -> bool {
        self.queue.len() > self.config.max_messages || self.bytes > self.config.max_bytes
    }

    /// Whether messages that were handed over and not acknowledged leave no room for another one, and
    /// none of them may be dropped for it: the oldest that waits will be.
    pub(crate) fn is_full_of_unacknowledged(&self) -> bool {
        let drops = self.config.overflow == Overflow::DropOldest;
        drops && self.handed_over > 0 && self.is_beyond_bounds()
    }

    /// The present socket took this message: true if it was the first of those announced. It stays
    /// if it has to be acknowledged.
    pub(crate) fn sent(&mut self, message: MessageId, is_acknowledged: bool) -> bool {
        let next = self.queue.get(self.handed_over).map(|entry| entry.message);
        if self.handed_over >= self.announced || next != Some(message) {
            return false;
        }
        if is_acknowledged {
            self.handed_over += 1;
        } else {
            self.pop();
        }
        true
    }

    /// The present socket refused this message: true if it was the first of those announced. It is
    /// taken out.
    pub(crate) fn refused(&mut self, message: MessageId) -> bool {
        let next = self.queue.get(self.handed_over).copied();
        let Some(entry) = next.filter(|entry| entry.message == message) else { return false };
        if self.handed_over >= self.announced {
            return false;
        }
        self.queue.remove(self.handed_over);
        self.bytes -= entry.bytes;
        self.announced -= 1;
        true
    }

    /// Takes out the first message of those announced: it has arrived, although its driver may not
    /// have said yet that a socket took it.
    pub(crate) fn acknowledged(&mut self) -> Option<MessageId> {
        if self.announced == 0 {
            return None;
        }
        self.handed_over = self.handed_over.saturating_sub(1);
        self.pop()
    }

    /// The present socket is gone. What was announced to it and not taken is announced again; if
    /// messages are acknowledged, only once the server has said what of it has arrived.
    pub(crate) fn socket_lost(&mut self, is_acknowledged: bool) {
        if !is_acknowledged {
            self.announced = self.handed_over;
        }
        self.look_for_expiry();
    }

    /// What was handed over and not acknowledged is announced again, too.
    pub(crate) fn hand_over_again(&mut self) {
        self.handed_over = 0;
        self.announced = 0;
        self.look_for_expiry();
    }

    /// The first and the last message that was handed over and not acknowledged.
    pub(crate) fn handed_over_range(&self) -> Option<(MessageId, MessageId)> {
        let last = self.queue.get(self.handed_over.checked_sub(1)?)?;
        Some((self.queue.front()?.message, last.message))
    }

    /// How many messages were handed over and not acknowledged.
    pub(crate) fn handed_over(&self) -> usize {
        self.handed_over
    }

    pub(crate) fn len(&self) -> usize {
        self.queue.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    pub(crate) fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.queue.iter()
    }

    /// In an earlier life this number of them, the first, were handed over, and the others may have been.
    pub(crate) fn was_handed_over(&mut self, count: usize, is_acknowledged: bool) {
        self.handed_over = count.min(self.queue.len());
        // Any of the rest may have been handed over since, if messages are acknowledged at all.
        self.announced = if is_acknowledged { self.queue.len() } else { self.handed_over };
    }

    /// What was announced was not looked at when messages expired.
    fn look_for_expiry(&mut self) {
        let waiting = self.queue.range(self.announced..);
        self.next_expiry = waiting.filter_map(|entry| entry.expires_at).min();
    }

    fn pop(&mut self) -> Option<MessageId> {
        let Entry { message, bytes, .. } = self.queue.pop_front()?;
        self.bytes -= bytes;
        self.announced = self.announced.saturating_sub(1);
        Some(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;
    use std::vec::Vec;

    fn outbox(max_messages: usize, max_bytes: usize) -> Outbox {
        Outbox::new(OutboxConfig { max_messages, max_bytes, ..OutboxConfig::default() })
    }

    fn entry(id: u64, bytes: usize) -> Entry {
        Entry { message: MessageId(id), bytes, expires_at: None }
    }

    /// Announces all, each once the socket has taken the one before.
    fn announced(outbox: &mut Outbox) -> Vec<u64> {
        core::iter::from_fn(|| {
            let message = outbox.announce()?;
            assert_eq!(outbox.announce(), None, "one at a time");
            assert!(outbox.sent(message, true));
            Some(message.0)
        })
        .collect()
    }

    #[test]
    fn a_full_outbox_refuses_and_keeps_what_waits() {
        let mut outbox = outbox(2, 10);
        outbox.push(entry(1, 6));
        let error = outbox.admit(5, false).unwrap_err();
        assert_eq!(error, OutboxError::Bytes { waiting: 6, bytes: 5, max: 10 });
        outbox.push(entry(2, 1));
        assert_eq!(outbox.admit(0, false), Err(OutboxError::Messages { max: 2 }));
        assert_eq!((outbox.len(), outbox.bytes()), (2, 7));
    }

    #[test]
    fn what_a_dead_socket_did_not_take_is_announced_again_in_order() {
        let mut outbox = outbox(10, 100);
        (1..=3).for_each(|id| outbox.push(entry(id, 1)));
        assert_eq!(outbox.announce(), Some(MessageId(1)));
        assert!(outbox.sent(MessageId(1), false));
        assert_eq!(outbox.announce(), Some(MessageId(2)));
        outbox.socket_lost(false);
        assert_eq!(announced(&mut outbox), [2, 3]);
    }

    #[test]
    fn a_message_that_was_not_announced_cannot_have_been_sent() {
        let mut outbox = outbox(10, 100);
        outbox.push(entry(1, 1));
        assert!(!outbox.sent(MessageId(1), false));
        assert_eq!(outbox.len(), 1);
    }

    #[test]
    fn a_first_message_larger_than_the_bound_fits_while_the_link_is_up() {
        let outbox = outbox(0, 0);
        assert!(outbox.admit(1 << 20, true).is_ok());
        assert!(outbox.admit(1, false).is_err());
    }

    #[test]
    fn what_was_handed_over_stays_until_it_is_acknowledged_and_can_be_announced_again() {
        let mut outbox = outbox(10, 100);
        (1..=3).for_each(|id| outbox.push(entry(id, 1)));
        assert_eq!(announced(&mut outbox), [1, 2, 3]);
        assert_eq!(outbox.acknowledged(), Some(MessageId(1)));
        outbox.socket_lost(true);
        assert_eq!(outbox.handed_over(), 2);
        outbox.hand_over_again();
        assert_eq!(announced(&mut outbox), [2, 3]);
        outbox.hand_over_again();
        assert_eq!(outbox.acknowledged(), None, "nothing was announced to this socket");
    }

    #[test]
    fn only_what_waits_expires_and_the_rest_keeps_its_order() {
        let mut outbox = outbox(10, 100);
        let at = |secs| Instant::ORIGIN + Duration::from_secs(secs);
        for (id, expires_at) in [(1, Some(at(1))), (2, None), (3, Some(at(9))), (4, Some(at(1)))] {
            outbox.push(Entry { expires_at, ..entry(id, 1) });
        }
        assert_eq!(outbox.announce(), Some(MessageId(1)));
        assert_eq!(outbox.next_expiry(), Some(at(1)));
        assert_eq!(outbox.take_expired(at(1)), Some(MessageId(4)));
        assert_eq!(outbox.take_expired(at(1)), None);
        assert_eq!(outbox.next_expiry(), Some(at(9)));
        assert!(outbox.sent(MessageId(1), false));
        assert_eq!(announced(&mut outbox), [2, 3]);
        assert_eq!(outbox.bytes(), 2);
    }
}
