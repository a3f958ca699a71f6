use core::time::Duration;

use super::strategy::RetryStrategy;
use crate::error::{ConfigError, ensure};
use crate::time::millis;

/// How far an operation is tried.
#[derive(Clone, Debug, PartialEq)]
pub struct RetryPolicy {
    /// The waits between attempts.
    pub strategy: RetryStrategy,
    /// The most attempts, the first included. At least 1; absent for no limit.
    pub max_attempts: Option<u32>,
    /// After so long no further attempt is begun; absent for no limit.
    pub deadline: Option<Duration>,
    /// The longest wait that the other side may ask for (`Retry-After`, a push-back of gRPC); after
    /// a longer one the operation is given up. From 1 ms to 30 days. By default ten times the
    /// strategy's longest delay or 5 minutes, whichever is longer.
    pub max_server_wait: Option<Duration>,
}

/// The least default of [`RetryPolicy::max_server_wait`].
const LEAST_SERVER_WAIT: Duration = Duration::from_mins(5);

/// The most that [`RetryPolicy::max_server_wait`] may be: 30 days.
const MOST_SERVER_WAIT: Duration = Duration::from_hours(30 * 24);

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            strategy: RetryStrategy::default(),
            max_attempts: Some(3),
            deadline: None,
            max_server_wait: None,
        }
    }
}

impl RetryPolicy {
    /// Refuses a policy that makes no sense.
    ///
    /// # Errors
    ///
    /// Names the field, its value and what is allowed.
    #[inline]
    pub fn validate(&self) -> Result<(), ConfigError> {
        self.strategy.validate()?;
        let attempts = self.max_attempts.unwrap_or(1);
        ensure(attempts >= 1, "maxAttempts", attempts, "at least 1")?;
        let Some(wait) = self.max_server_wait else { return Ok(()) };
        let range = Duration::from_millis(1)..=MOST_SERVER_WAIT;
        ensure(range.contains(&wait), "maxServerWait", millis(wait), "1 to 2592000000 ms")
    }

    /// The longest wait that the other side may ask for; see
    /// [`max_server_wait`](Self::max_server_wait).
    #[must_use]
    pub fn longest_server_wait(&self) -> Duration {
        let by_default = || match &self.strategy {
            RetryStrategy::Custom(_) => LEAST_SERVER_WAIT,
            strategy => strategy.longest_delay().saturating_mul(10).max(LEAST_SERVER_WAIT),
        };
        self.max_server_wait.unwrap_or_else(by_default)
    }
}
