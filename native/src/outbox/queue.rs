use std::collections::VecDeque;
use std::time::Duration;

use steadfast_core::outbox::{MessageId, OutboxConfig, OutboxError, Overflow};

use crate::connector::Payload;

/// The messages that the machine is not done with, in order, and those it was not told of yet.
///
/// They are numbered from 0 in the order in which they came. Which of them may come is decided here,
/// by the rule of `core`, because a sender has to know at once; the machine learns of each one
/// later, when the driver gets to it, and from then on says itself what is to be dropped.
#[derive(Debug)]
pub(crate) struct Queue<M> {
    messages: VecDeque<Waiting<M>>,
    /// How many, from the front, the machine knows of.
    told: usize,
    bytes: usize,
    told_bytes: usize,
    next: u64,
    overflowed: Option<Overflowed>,
}

#[derive(Debug)]
struct Waiting<M> {
    id: MessageId,
    message: M,
    bytes: usize,
    ttl: Option<Duration>,
}

/// What the machine is to be told of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Offered {
    pub(crate) id: MessageId,
    pub(crate) bytes: usize,
    pub(crate) ttl: Option<Duration>,
}

/// Messages that were dropped for want of room before the machine knew of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overflowed {
    pub(crate) count: u64,
    pub(crate) first: MessageId,
    pub(crate) last: MessageId,
}

impl<M: Payload> Queue<M> {
    pub(crate) fn new() -> Self {
        Self {
            messages: VecDeque::new(),
            told: 0,
            bytes: 0,
            told_bytes: 0,
            next: 0,
            overflowed: None,
        }
    }

    /// Begins with messages that the machine knows already, and numbers others from `next`.
    pub(crate) fn restore(&mut self, messages: Vec<(MessageId, M)>, next: MessageId) {
        for (id, message) in messages {
            let bytes = message.size();
            self.bytes = self.bytes.saturating_add(bytes);
            self.messages.push_back(Waiting { id, message, bytes, ttl: None });
        }
        (self.told, self.told_bytes, self.next) = (self.messages.len(), self.bytes, next.0);
    }

    /// Whether the machine knows of all of them.
    pub(crate) fn all_told(&self) -> bool {
        self.told == self.messages.len()
    }

    /// Takes a message, or makes room for it, or drops it, as is configured; or says why not.
    pub(crate) fn offer(
        &mut self,
        slot: &mut Option<M>,
        ttl: Option<Duration>,
        config: &OutboxConfig,
        link_is_up: bool,
    ) -> Result<(), OutboxError> {
        let Some(bytes) = slot.as_ref().map(Payload::size) else { return Ok(()) };
        if config.overflow == Overflow::Reject || config.never_fits(bytes) {
            config.admit(self.messages.len(), self.bytes, bytes, link_is_up)?;
        } else {
            // The machine drops for those that it knows of. The others are bounded here.
            while !self.has_room_untold(bytes, config) {
                if config.overflow == Overflow::DropNewest {
                    let id = self.number();
                    self.overflowed(id);
                    *slot = None;
                    return Ok(());
                }
                let Some(oldest) = self.remove_at(self.told) else { break };
                self.overflowed(oldest.id);
            }
        }
        if let Some(message) = slot.take() {
            let id = self.number();
            self.bytes = self.bytes.saturating_add(bytes);
            self.messages.push_back(Waiting { id, message, bytes, ttl });
        }
        Ok(())
    }

    /// Whether there is room for a message, if only an empty one.
    pub(crate) fn has_room(
        &self,
        config: &OutboxConfig,
        link_is_up: bool,
    ) -> Result<(), OutboxError> {
        if config.overflow == Overflow::Reject {
            config.admit(self.messages.len(), self.bytes, 0, link_is_up)
        } else {
            Ok(())
        }
    }

    /// The next message that the machine was not told of, if `admits` lets one of this length pass.
    pub(crate) fn tell(&mut self, admits: impl FnOnce(usize) -> bool) -> Option<Offered> {
        let &Waiting { id, bytes, ttl, .. } = self.messages.get(self.told)?;
        if !admits(bytes) {
            return None;
        }
        self.told += 1;
        self.told_bytes = self.told_bytes.saturating_add(bytes);
        Some(Offered { id, bytes, ttl })
    }

    /// The message of this number, if it is here.
    pub(crate) fn message(&self, id: MessageId) -> Option<M> {
        let index = self.index(id)?;
        Some(self.messages.get(index)?.message.clone())
    }

    /// The machine is done with this message, if it is here.
    pub(crate) fn remove(&mut self, id: MessageId) -> Option<M> {
        Some(self.remove_at(self.index(id)?)?.message)
    }

    /// The messages that were dropped before the machine knew of them, since the last time.
    pub(crate) fn take_overflowed(&mut self) -> Option<Overflowed> {
        self.overflowed.take()
    }

    /// The number that the next message will have.
    pub(crate) fn next(&self) -> MessageId {
        MessageId(self.next)
    }

    /// Whether no message before this one is here any more.
    pub(crate) fn is_done_before(&self, next: MessageId) -> bool {
        self.messages.front().is_none_or(|first| first.id >= next)
    }

    pub(crate) fn len(&self) -> usize {
        self.messages.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }

    fn number(&mut self) -> MessageId {
        let id = MessageId(self.next);
        self.next += 1;
        id
    }

    fn has_room_untold(&self, bytes: usize, config: &OutboxConfig) -> bool {
        let messages = self.messages.len() - self.told;
        config.admit(messages, self.bytes - self.told_bytes, bytes, false).is_ok()
    }

    fn overflowed(&mut self, id: MessageId) {
        let fresh = Overflowed { count: 0, first: id, last: id };
        let overflowed = self.overflowed.get_or_insert(fresh);
        overflowed.count += 1;
        overflowed.last = id;
    }

    fn index(&self, id: MessageId) -> Option<usize> {
        // Most often it is the first.
        if self.messages.front()?.id == id {
            return Some(0);
        }
        self.messages.binary_search_by_key(&id, |waiting| waiting.id).ok()
    }

    fn remove_at(&mut self, index: usize) -> Option<Waiting<M>> {
        let removed = self.messages.remove(index)?;
        self.bytes -= removed.bytes;
        if index < self.told {
            self.told -= 1;
            self.told_bytes -= removed.bytes;
        }
        Some(removed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(overflow: Overflow) -> OutboxConfig {
        OutboxConfig { max_messages: 3, max_bytes: 100, overflow, ..OutboxConfig::default() }
    }

    fn offer(queue: &mut Queue<String>, text: &str, overflow: Overflow) {
        let slot = &mut Some(text.to_owned());
        queue.offer(slot, None, &config(overflow), false).unwrap();
    }

    fn tell(queue: &mut Queue<String>) -> Vec<u64> {
        std::iter::from_fn(|| queue.tell(|_| true)).map(|offered| offered.id.0).collect()
    }

    #[test]
    fn a_burst_that_the_machine_was_not_told_of_yet_is_bounded_by_what_is_configured() {
        for (overflow, kept, gone) in
            [(Overflow::DropOldest, [7, 8, 9], (0, 6)), (Overflow::DropNewest, [0, 1, 2], (3, 9))]
        {
            let mut queue = Queue::new();
            (0..10).for_each(|number| offer(&mut queue, &number.to_string(), overflow));
            let (first, last) = (MessageId(gone.0), MessageId(gone.1));
            assert_eq!(queue.take_overflowed(), Some(Overflowed { count: 7, first, last }));
            assert_eq!(tell(&mut queue), kept);
            // The machine itself bounds the messages that it knows of.
            offer(&mut queue, "more", overflow);
            assert_eq!((queue.take_overflowed(), tell(&mut queue)), (None, vec![10]));
        }
    }

    #[test]
    fn a_refused_message_stays_with_its_sender() {
        let mut queue = Queue::new();
        (0..3).for_each(|_| offer(&mut queue, "x", Overflow::Reject));
        let mut slot = Some("too much".to_owned());
        let refused = queue.offer(&mut slot, None, &config(Overflow::Reject), false);
        assert_eq!(refused, Err(OutboxError::Messages { max: 3 }));
        assert!(slot.is_some());
    }

    #[test]
    fn messages_leave_in_any_order_and_those_before_one_are_known_to_be_gone() {
        let mut queue = Queue::new();
        (0..3).for_each(|_| offer(&mut queue, "x", Overflow::Reject));
        assert_eq!(tell(&mut queue), [0, 1, 2]);
        assert!(queue.remove(MessageId(1)).is_some() && queue.remove(MessageId(1)).is_none());
        assert!(!queue.is_done_before(MessageId(2)));
        assert!(queue.remove(MessageId(0)).is_some());
        assert!(queue.is_done_before(MessageId(2)) && !queue.is_done_before(queue.next()));
        assert_eq!((queue.bytes(), queue.message(MessageId(2))), (1, Some("x".to_owned())));
    }
}
