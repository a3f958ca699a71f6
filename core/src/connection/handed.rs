use crate::heartbeat::Mark;
use crate::outbox::MessageId;

/// The messages handed to a socket, and the part of them that has arrived for certain.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Handed {
    all: Mark,
    /// What has arrived: a pong came of a ping that went out after it.
    arrived: Mark,
    first_unproved: Option<MessageId>,
    last: Option<MessageId>,
}

impl Handed {
    /// A message of this length was handed over.
    pub(super) fn add(&mut self, message: MessageId, bytes: u64) {
        self.all.messages += 1;
        self.all.bytes += bytes;
        self.last = Some(message);
        self.first_unproved.get_or_insert(message);
    }

    /// What has been handed over so far.
    pub(super) fn mark(&self) -> Mark {
        self.all
    }

    /// The messages that may or may not have arrived: how many, the first and the last.
    pub(super) fn unproved(&self) -> Option<(u64, MessageId, MessageId)> {
        let count = self.all.messages - self.arrived.messages;
        Some((count, self.first_unproved?, self.last?)).filter(|_| count > 0)
    }

    /// Whether any message is known to have arrived.
    pub(super) fn has_arrived(&self) -> bool {
        self.arrived.messages > 0
    }

    /// The number of bytes that may or may not have arrived.
    pub(super) fn unproved_bytes(&self) -> u64 {
        self.all.bytes - self.arrived.bytes
    }

    /// The message that was counted last was not handed over after all: true if it is this one.
    pub(super) fn take_back(&mut self, message: MessageId) -> bool {
        if self.last != Some(message) || self.all.messages == self.arrived.messages {
            return false;
        }
        self.all.messages -= 1;
        // Ids follow each other, but for those of messages that were dropped.
        self.last = message
            .0
            .checked_sub(1)
            .map(MessageId)
            .filter(|_| self.all.messages > self.arrived.messages);
        self.first_unproved =
            self.first_unproved.filter(|_| self.all.messages > self.arrived.messages);
        true
    }

    pub(super) fn arrived(&mut self, mark: Mark) {
        if mark.messages > self.arrived.messages {
            self.arrived = mark;
            // Ids follow each other, but for those of messages that were dropped.
            let unproved = self.all.messages - mark.messages;
            self.first_unproved = self
                .last
                .filter(|_| unproved > 0)
                .map(|last| MessageId(last.0.saturating_sub(unproved - 1)));
        }
    }
}
