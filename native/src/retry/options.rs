use std::time::Duration;

use steadfast_core::ConfigError;
use steadfast_core::breaker::BreakerConfig;
use steadfast_core::retry::{RetryPolicy, RetryStrategy};

use super::throttle::Throttle;
use crate::breaker::CircuitBreaker;

/// How operations are tried: what [`retry`](crate::retry()) and
/// `tower::RetryLayer` have in common.
///
/// By default three attempts with the waits of [`Adaptive`](crate::Adaptive), without limits of
/// time, breaker or throttle. A value that makes no sense is refused when the operation begins.
#[derive(Clone, Debug, Default)]
pub struct RetryOptions {
    pub(super) policy: RetryPolicy,
    pub(super) per_attempt_timeout: Option<Duration>,
    pub(super) breaker: Option<CircuitBreaker>,
    pub(super) throttle: Option<Throttle>,
}

impl RetryOptions {
    /// The defaults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The waits between attempts.
    ///
    /// [`Guarded`](crate::Guarded) brings a breaker of its own, unless one is
    /// [given](Self::breaker): for one run of the operation, or under a
    /// [`RetryManager`](crate::RetryManager) for all runs of that id.
    #[must_use]
    pub fn strategy(mut self, strategy: impl Into<RetryStrategy>) -> Self {
        self.policy.strategy = strategy.into();
        self
    }

    /// The most attempts, the first included; `None` for no limit. 3 by default.
    #[must_use]
    pub fn max_attempts(mut self, attempts: impl Into<Option<u32>>) -> Self {
        self.policy.max_attempts = attempts.into();
        self
    }

    /// The longest wait that the other side may ask for (`Retry-After`, a push-back of gRPC). After a
    /// longer one the operation fails with [`RetryError::ServerWait`](crate::RetryError::ServerWait).
    /// From 1 ms to 30 days; by default ten times the strategy's longest delay or 5 minutes,
    /// whichever is longer.
    #[must_use]
    pub fn max_server_wait(mut self, wait: Duration) -> Self {
        self.policy.max_server_wait = Some(wait);
        self
    }

    /// An attempt that takes longer is ended, and counts as a sign of overload.
    #[must_use]
    pub fn per_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.per_attempt_timeout = Some(timeout);
        self
    }

    /// The time for all attempts and waits together. An attempt under way is ended by it, and a
    /// wait that would reach beyond it is not begun.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.policy.deadline = Some(deadline);
        self
    }

    /// Makes every attempt behind this breaker.
    #[must_use]
    pub fn breaker(mut self, breaker: &CircuitBreaker) -> Self {
        self.breaker = Some(breaker.clone());
        self
    }

    /// Holds retries back by this throttle: one for each endpoint.
    #[must_use]
    pub fn throttle(mut self, throttle: &Throttle) -> Self {
        self.throttle = Some(throttle.clone());
        self
    }

    /// Refuses what makes no sense.
    #[inline]
    pub(super) fn validate(&self) -> Result<(), ConfigError> {
        self.policy.validate()?;
        not_zero("perAttemptTimeout", self.per_attempt_timeout)?;
        not_zero("deadline", self.policy.deadline)
    }

    /// The breaker that was given, or else the one that the strategy asks for.
    #[inline]
    pub(super) fn breaker_or(
        &self,
        make: impl FnOnce(BreakerConfig) -> Result<CircuitBreaker, ConfigError>,
    ) -> Result<Option<CircuitBreaker>, ConfigError> {
        match (&self.breaker, &self.policy.strategy) {
            (Some(breaker), _) => Ok(Some(breaker.clone())),
            (None, RetryStrategy::CircuitBreaker(guarded)) => make(guarded.breaker()).map(Some),
            (None, _) => Ok(None),
        }
    }
}

#[inline]
fn not_zero(field: &'static str, time: Option<Duration>) -> Result<(), ConfigError> {
    if time != Some(Duration::ZERO) {
        return Ok(());
    }
    Err(ConfigError::out_of_range(field, "0", "more than 0 ms"))
}
