use std::time::Duration;

use steadfast_core::ConfigError;
use steadfast_core::breaker::BreakerConfig;
use steadfast_core::retry::{RetryPolicy, RetryStrategy};

use super::throttle::Throttle;
use crate::breaker::CircuitBreaker;

/// How operations are tried: what [`retry`](crate::retry()) and
/// [`RetryLayer`](crate::tower::RetryLayer) have in common.
///
/// By default three attempts with the waits of [`Adaptive`](crate::Adaptive), without limits of
/// time, breaker or throttle. A value that makes no sense is refused when the operation begins.
#[derive(Clone, Debug, Default)]
pub struct RetryOptions {
    pub(super) policy: RetryPolicy,
    pub(super) per_attempt_timeout: Option<Duration>,
    pub(super) breaker: Option<CircuitBreaker>,
    pub(super) throttle: Option<Throttle>,
    refused: Option<Box<ConfigError>>,
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
        let checked = self.policy.strategy.validate();
        self.check(checked)
    }

    /// The most attempts, the first included; `None` for no limit. 3 by default.
    #[must_use]
    pub fn max_attempts(mut self, attempts: impl Into<Option<u32>>) -> Self {
        self.policy.max_attempts = attempts.into();
        let holds = self.policy.max_attempts != Some(0);
        self.check(ensure(holds, "maxAttempts", Duration::ZERO, "at least 1"))
    }

    /// An attempt that takes longer is ended, and counts as a sign of overload.
    #[must_use]
    pub fn per_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.per_attempt_timeout = Some(timeout);
        self.check(ensure(!timeout.is_zero(), "perAttemptTimeout", timeout, "more than 0 ms"))
    }

    /// The time for all attempts and waits together. An attempt under way is ended by it, and a
    /// wait that would reach beyond it is not begun.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.policy.deadline = Some(deadline);
        self.check(ensure(!deadline.is_zero(), "deadline", deadline, "more than 0 ms"))
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

    /// What makes no sense, if anything does.
    pub(super) fn refused(&mut self) -> Result<(), ConfigError> {
        self.refused.take().map_or(Ok(()), |error| Err(*error))
    }

    /// The breaker that was given, or else the one that the strategy asks for.
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

    /// Keeps the first refusal.
    fn check(mut self, checked: Result<(), ConfigError>) -> Self {
        if let Err(error) = checked {
            self.refused.get_or_insert_with(|| Box::new(error));
        }
        self
    }
}

fn ensure(
    holds: bool,
    field: &'static str,
    value: Duration,
    allowed: &'static str,
) -> Result<(), ConfigError> {
    let value = || value.as_millis().to_string();
    if holds { Ok(()) } else { Err(ConfigError::OutOfRange { field, value: value(), allowed }) }
}
