use core::time::Duration;

use super::frame::Frame;
use crate::error::{ConfigError, ensure};
use crate::time::{Instant, millis};

/// When what was received is acknowledged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AckConfig {
    /// The number of messages that wait for it at most. From 1 (each by itself) to 1000; 16 by
    /// default.
    pub messages: u32,
    /// At the latest so long after the first of them came. At most 10 s; 200 ms by default, the
    /// longest that most systems delay the acknowledgements of TCP.
    pub delay: Duration,
}

/// The end of one direction: what came, and what of it was acknowledged.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Incoming {
    config: AckConfig,
    received: u64,
    acknowledged: u64,
    due: Option<Instant>,
    /// How many are saved, where only what is saved is acknowledged.
    saved: Option<u64>,
}

/// The beginning of one direction: what was sent, and what of it the other side acknowledged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outgoing {
    sent: u64,
    acknowledged: u64,
}

/// The other side has counted what cannot be: less than before, or more than was sent. Nothing has
/// changed. The link is to be closed with code 1002.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{received} messages are acknowledged; {acknowledged} were before, and {sent} were sent")]
pub struct CountError {
    /// What it says.
    pub received: u64,
    /// What it said before.
    pub acknowledged: u64,
    /// What was sent.
    pub sent: u64,
}

impl Default for AckConfig {
    fn default() -> Self {
        Self { messages: 16, delay: Duration::from_millis(200) }
    }
}

impl AckConfig {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    ///
    /// If a value is out of its range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let messages = self.messages;
        ensure((1..=1000).contains(&messages), "ack.messages", messages, "1 to 1000")?;
        let delay = self.delay;
        ensure(delay <= Duration::from_secs(10), "ack.delay", millis(delay), "at most 10000 ms")
    }
}

impl Incoming {
    /// Nothing has come yet.
    #[must_use]
    pub fn new(config: AckConfig) -> Self {
        Self { config, ..Self::default() }
    }

    /// This number of messages has come, in an earlier life, and the other side knows that or will learn it
    /// by a [`Hello`](super::Hello) or [`Welcome`](super::Welcome).
    #[must_use]
    pub fn resumed(config: AckConfig, received: u64) -> Self {
        Self { config, received, acknowledged: received, due: None, saved: None }
    }

    /// How many messages have come.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.received
    }

    /// How many messages have come, but are not acknowledged.
    #[must_use]
    pub fn unacknowledged(&self) -> u64 {
        self.received - self.acknowledged
    }

    /// A message has come.
    pub fn received(&mut self, now: Instant) {
        self.received += 1;
        if self.unacknowledged() >= u64::from(self.config.messages) {
            self.due = Some(now);
        } else if self.due.is_none() {
            self.due = Some(now + self.config.delay);
        }
    }

    /// When to call [`poll`](Self::poll); nothing while all is acknowledged.
    #[must_use]
    pub fn due(&self) -> Option<Instant> {
        self.due
    }

    /// The acknowledgement that is due by now.
    pub fn poll(&mut self, now: Instant) -> Option<Frame> {
        self.due.take_if(|due| *due <= now)?;
        self.flush()
    }

    /// From now on only what is saved is acknowledged. All that has come until now is.
    pub(super) fn save_first(&mut self) {
        self.saved = Some(self.received);
    }

    /// This number of messages is saved.
    pub(super) fn saved(&mut self, count: u64) {
        self.saved = self.saved.map(|saved| saved.max(count).min(self.received));
    }

    /// How many messages have come and have to be saved before they are acknowledged.
    pub(super) fn unsaved(&self) -> u64 {
        self.saved.map_or(0, |saved| self.received - saved)
    }

    /// An acknowledgement of all that is not acknowledged, due or not: before a pong, so that the
    /// other side can ask for it, and before a goodbye.
    pub fn flush(&mut self) -> Option<Frame> {
        let received = self.received - self.unsaved();
        let behind = received > self.acknowledged;
        self.acknowledged = self.acknowledged.max(received);
        if self.unacknowledged() == 0 {
            self.due = None;
        }
        behind.then_some(Frame::Ack { received })
    }

    /// A new session: the count begins at 0.
    pub(super) fn restart(&mut self) {
        self.received = 0;
        self.saved = self.saved.map(|_| 0);
        self.told();
    }

    /// The other side knows the count, by a [`Hello`](super::Hello) or a
    /// [`Welcome`](super::Welcome); or the link is gone and one of these will tell.
    pub fn told(&mut self) {
        self.acknowledged = self.received;
        self.due = None;
    }
}

impl Outgoing {
    /// `sent` messages were sent in an earlier life, and `acknowledged` of them acknowledged.
    pub(super) fn restored(sent: u64, acknowledged: u64) -> Option<Self> {
        (acknowledged <= sent && sent <= Frame::MAX_COUNT).then_some(Self { sent, acknowledged })
    }

    /// How many messages were sent.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.sent
    }

    /// How many of them were acknowledged.
    #[must_use]
    pub fn acknowledged_count(&self) -> u64 {
        self.acknowledged
    }

    /// How many of them were not acknowledged.
    #[must_use]
    pub fn unacknowledged(&self) -> u64 {
        self.sent - self.acknowledged
    }

    /// In an earlier life at least this number was sent.
    pub(super) fn catch_up(&mut self, received: u64) {
        self.sent = self.sent.max(received.min(Frame::MAX_COUNT));
    }

    /// A message is being sent.
    pub fn sent(&mut self) {
        self.sent += 1;
    }

    /// A message that was counted as sent was not: it will never be.
    pub(super) fn not_sent(&mut self) {
        self.sent = self.sent.saturating_sub(1).max(self.acknowledged);
    }

    /// The other side has received this number: returns how many more than it had acknowledged before. That number of the
    /// oldest kept ones can go.
    ///
    /// # Errors
    ///
    /// If that cannot be.
    pub fn acknowledged(&mut self, received: u64) -> Result<u64, CountError> {
        let Self { sent, acknowledged } = *self;
        if !(acknowledged..=sent).contains(&received) {
            return Err(CountError { received, acknowledged, sent });
        }
        self.acknowledged = received;
        Ok(received - acknowledged)
    }

    /// The link is gone: what was not acknowledged will be sent, and counted, again.
    pub fn again(&mut self) {
        self.sent = self.acknowledged;
    }
}

impl CountError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "delivery.count"
    }
}
