use alloc::string::String;
use core::fmt;
use core::time::Duration;

use crate::decimal::count;
use crate::error::{ConfigError, ensure};
use crate::time::millis;

/// How much may wait while the link is down, for how long, and what happens to the rest.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase", deny_unknown_fields))]
pub struct OutboxConfig {
    /// The most messages. From 0 (nothing waits) to 1,000,000; 1000 by default.
    pub max_messages: usize,
    /// The most bytes. From 0 to 2^30; 1 MiB by default.
    pub max_bytes: usize,
    /// What happens when there is no room. `Reject` by default.
    pub overflow: Overflow,
    /// A message that waits for longer is worth nothing any more and is dropped, unless it has a
    /// limit of its own. Above zero and at most a day; absent, the default, for no limit.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    pub ttl: Option<Duration>,
}

/// What happens to a message for which the outbox has no room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "kebab-case"))]
pub enum Overflow {
    /// It is dropped, and an event says so.
    DropNewest,
    /// Those that have waited longest are dropped for it, and an event says so. What a socket is
    /// taking cannot be dropped and does not count; the newest is never dropped.
    DropOldest,
    /// It is refused: its sender hears of it.
    #[default]
    Reject,
}

/// A message was refused because the outbox is full. Nothing that waits was dropped for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum OutboxError {
    /// Too many bytes wait.
    Bytes {
        /// The bytes that wait.
        waiting: usize,
        /// The length of the refused message.
        bytes: usize,
        /// The bound.
        max: usize,
    },
    /// Too many messages wait.
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

    /// What the error says, put together without the formatter, which takes much code.
    #[must_use]
    pub fn message(&self) -> String {
        match *self {
            Self::Bytes { waiting, bytes, max } => {
                let (waiting, bytes, max) = (count(waiting), count(bytes), count(max));
                let exceed = " more would exceed maxBytes = ";
                ["outbox is full: ", &waiting, " bytes wait, ", &bytes, exceed, &max].concat()
            }
            Self::Messages { max } => {
                ["outbox is full: ", &count(max), " messages wait, which is maxMessages"].concat()
            }
        }
    }
}

impl fmt::Display for OutboxError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for OutboxError {}

impl Default for OutboxConfig {
    fn default() -> Self {
        Self { max_messages: 1000, max_bytes: 1 << 20, overflow: Overflow::Reject, ttl: None }
    }
}

impl OutboxConfig {
    /// The greatest `max_messages`.
    pub const MAX_MESSAGES: usize = 1_000_000;

    /// The greatest `max_bytes`.
    pub const MAX_BYTES: usize = 1 << 30;

    /// The longest `ttl`, of the outbox or of one message.
    pub const MAX_TTL: Duration = Duration::from_hours(24);

    /// Whether there is room for a message of `bytes` bytes beside those that wait; if not, why.
    /// While the link is up the bounds hold for what the socket has not taken yet, and a first
    /// message always fits.
    ///
    /// [`Connection::admit`](crate::connection::Connection::admit) says the same of a connection,
    /// as far as its sender is concerned. This is for drivers whose senders and whose machine live
    /// on different threads.
    ///
    /// # Errors
    ///
    /// If one more would exceed a bound, whatever happens then.
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

    /// Whether a message of `bytes` bytes could not wait even if nothing else did.
    #[must_use]
    pub fn never_fits(&self, bytes: usize) -> bool {
        self.max_messages == 0 || bytes > self.max_bytes
    }

    pub(crate) fn validate(&self) -> Result<(), ConfigError> {
        let messages = self.max_messages;
        ensure(messages <= Self::MAX_MESSAGES, "outbox.maxMessages", messages, "0 to 1000000")?;
        ensure(
            self.max_bytes <= Self::MAX_BYTES,
            "outbox.maxBytes",
            self.max_bytes,
            "0 to 1073741824",
        )?;
        if let Some(ttl) = self.ttl {
            let holds = !ttl.is_zero() && ttl <= Self::MAX_TTL;
            ensure(holds, "outbox.ttl", millis(ttl), "more than 0 ms and at most a day")?;
        }
        Ok(())
    }
}
