use alloc::collections::VecDeque;

use crate::error::{ConfigError, ensure};

/// One message of one connection, numbered by the driver.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct MessageId(pub u64);

/// How much may wait while the link is down.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase", deny_unknown_fields))]
pub struct OutboxConfig {
    /// The most messages. From 0 (nothing waits) to 1,000,000; 1000 by default.
    pub max_messages: usize,
    /// The most bytes. From 0 to 2^30; 1 MiB by default.
    pub max_bytes: usize,
}

/// A message was refused because the outbox is full. Nothing that waits was dropped for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum OutboxError {
    /// Too many bytes wait.
    #[error("outbox is full: {waiting} bytes wait, {bytes} more would exceed maxBytes = {max}")]
    Bytes {
        /// The bytes that wait.
        waiting: usize,
        /// The length of the refused message.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// Too many messages wait.
    #[error("outbox is full: {max} messages wait, which is maxMessages")]
    Messages {
        /// The bound.
        max: usize,
    },
}

impl OutboxError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "outbox.full"
    }
}

impl Default for OutboxConfig {
    fn default() -> Self {
        Self { max_messages: 1000, max_bytes: 1 << 20 }
    }
}

impl OutboxConfig {
    /// Whether a message of `bytes` bytes may join those that wait; if not, why. While the link is
    /// up the bounds hold for what the socket has not taken yet, and a first message always fits.
    ///
    /// [`Connection::admit`](super::Connection::admit) says the same of a connection. This is for
    /// drivers whose senders and whose machine live on different threads.
    ///
    /// # Errors
    ///
    /// If one more would exceed a bound.
    pub fn admit(
        &self,
        waiting_messages: usize,
        waiting_bytes: usize,
        bytes: usize,
        link_is_up: bool,
    ) -> Result<(), OutboxError> {
        if link_is_up && waiting_messages == 0 {
            return Ok(());
        }
        if waiting_messages >= self.max_messages {
            return Err(OutboxError::Messages { max: self.max_messages });
        }
        if waiting_bytes.saturating_add(bytes) > self.max_bytes {
            let (waiting, max) = (waiting_bytes, self.max_bytes);
            return Err(OutboxError::Bytes { waiting, bytes, max });
        }
        Ok(())
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let messages = self.max_messages;
        ensure(messages <= 1_000_000, "outbox.maxMessages", messages, "0 to 1000000")?;
        ensure(self.max_bytes <= 1 << 30, "outbox.maxBytes", self.max_bytes, "0 to 1073741824")
    }
}

/// The messages that no socket has taken yet, in order.
///
/// A message leaves only when the driver says that a socket took it. Those that were announced to
/// a socket that died first are announced again to the next one.
#[derive(Clone, Debug)]
pub(crate) struct Outbox {
    config: OutboxConfig,
    waiting: VecDeque<Waiting>,
    bytes: usize,
    /// How many, from the front, were announced to the present socket.
    announced: usize,
}

#[derive(Clone, Copy, Debug)]
struct Waiting {
    message: MessageId,
    bytes: usize,
}

impl Outbox {
    pub(crate) fn new(config: OutboxConfig) -> Self {
        Self { config, waiting: VecDeque::new(), bytes: 0, announced: 0 }
    }

    /// Whether there is room for a message: see [`OutboxConfig::admit`].
    pub(crate) fn admit(&self, bytes: usize, link_is_up: bool) -> Result<(), OutboxError> {
        self.config.admit(self.waiting.len(), self.bytes, bytes, link_is_up)
    }

    pub(crate) fn push(&mut self, message: MessageId, bytes: usize) {
        self.waiting.push_back(Waiting { message, bytes });
        self.bytes = self.bytes.saturating_add(bytes);
    }

    /// The next message that was not announced to the present socket.
    pub(crate) fn announce(&mut self) -> Option<MessageId> {
        let next = self.waiting.get(self.announced)?;
        self.announced += 1;
        Some(next.message)
    }

    /// The present socket took this message: true if it was the first of those announced.
    pub(crate) fn sent(&mut self, message: MessageId) -> bool {
        let first = self.waiting.front().filter(|first| first.message == message);
        let Some(&Waiting { bytes, .. }) = first.filter(|_| self.announced > 0) else {
            return false;
        };
        self.waiting.pop_front();
        self.bytes -= bytes;
        self.announced -= 1;
        true
    }

    /// The present socket is gone.
    pub(crate) fn socket_lost(&mut self) {
        self.announced = 0;
    }

    pub(crate) fn len(&self) -> usize {
        self.waiting.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outbox(max_messages: usize, max_bytes: usize) -> Outbox {
        Outbox::new(OutboxConfig { max_messages, max_bytes })
    }

    #[test]
    fn a_full_outbox_refuses_and_keeps_what_waits() {
        let mut outbox = outbox(2, 10);
        outbox.push(MessageId(1), 6);
        let error = outbox.admit(5, false).unwrap_err();
        assert_eq!(error, OutboxError::Bytes { waiting: 6, bytes: 5, max: 10 });
        outbox.push(MessageId(2), 1);
        assert_eq!(outbox.admit(0, false), Err(OutboxError::Messages { max: 2 }));
        assert_eq!((outbox.len(), outbox.bytes()), (2, 7));
    }

    #[test]
    fn what_a_dead_socket_did_not_take_is_announced_again_in_order() {
        let mut outbox = outbox(10, 100);
        (1..=3).for_each(|id| outbox.push(MessageId(id), 1));
        assert_eq!(outbox.announce(), Some(MessageId(1)));
        assert_eq!(outbox.announce(), Some(MessageId(2)));
        assert!(outbox.sent(MessageId(1)));
        outbox.socket_lost();
        let again: std::vec::Vec<_> = core::iter::from_fn(|| outbox.announce()).collect();
        assert_eq!(again, [MessageId(2), MessageId(3)]);
    }

    #[test]
    fn a_message_that_was_not_announced_cannot_have_been_sent() {
        let mut outbox = outbox(10, 100);
        outbox.push(MessageId(1), 1);
        assert!(!outbox.sent(MessageId(1)));
        assert_eq!(outbox.len(), 1);
    }

    #[test]
    fn a_first_message_larger_than_the_bound_fits_while_the_link_is_up() {
        let outbox = outbox(0, 0);
        assert!(outbox.admit(1 << 20, true).is_ok());
        assert!(outbox.admit(1, false).is_err());
    }
}
