use core::time::Duration;

use crate::error::{ConfigError, ensure};
use crate::protocol::AckConfig;
use crate::time::millis;

/// What is kept of one session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionConfig {
    /// The most messages that are kept for a client that has not acknowledged them. From 1 to
    /// 1,000,000; 1000 by default. When there are as many, the server's senders wait.
    pub max_messages: usize,
    /// The most bytes of them. From 1 to 2^30; 1 MiB by default. A first message always fits.
    pub max_bytes: usize,
    /// When the client's messages are acknowledged.
    pub ack: AckConfig,
}

/// How many sessions there are, and for how long.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RegistryConfig {
    /// The most sessions, with and without a link. From 1 to 10,000,000; 10,000 by default. For a
    /// further one the session goes that has been without a link for longest; if there is none,
    /// the newcomer is refused.
    pub max_sessions: usize,
    /// How long a session waits for its client to come back. At most a day; 2 minutes by default.
    pub retention: Duration,
}

impl Default for SessionConfig {
    fn default() -> Self {
        Self { max_messages: 1000, max_bytes: 1 << 20, ack: AckConfig::default() }
    }
}

impl SessionConfig {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    ///
    /// If a value is out of its range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let (messages, bytes) = (self.max_messages, self.max_bytes);
        ensure((1..=1_000_000).contains(&messages), "maxMessages", messages, "1 to 1000000")?;
        ensure((1..=1 << 30).contains(&bytes), "maxBytes", bytes, "1 to 1073741824")?;
        self.ack.validate()
    }
}

impl Default for RegistryConfig {
    fn default() -> Self {
        Self { max_sessions: 10_000, retention: Duration::from_mins(2) }
    }
}

impl RegistryConfig {
    /// Refuses what makes no sense.
    ///
    /// # Errors
    ///
    /// If a value is out of its range.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let sessions = self.max_sessions;
        ensure((1..=10_000_000).contains(&sessions), "maxSessions", sessions, "1 to 10000000")?;
        let retention = self.retention;
        ensure(
            retention <= Duration::from_hours(24),
            "retention",
            millis(retention),
            "at most 86400000 ms",
        )
    }
}
