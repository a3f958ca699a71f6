use steadfast_core::ConfigError;
use steadfast_core::retry::{Attempts, Failure, RetryPolicy, Verdict};
use steadfast_core::rng::SeededRandom;
use steadfast_core::time::Instant;

use super::options::RetryOptions;
use super::throttle::Throttle;
use crate::breaker::CircuitBreaker;
use crate::seed::seed;

/// Who decides about one operation: [`Alone`], or a [`RetryManager`](crate::RetryManager).
pub trait Judge {
    /// The first attempt is about to be made; the breaker to make attempts behind, if any.
    #[doc(hidden)]
    fn begin(
        &mut self,
        now: Instant,
        options: &RetryOptions,
    ) -> Result<Option<CircuitBreaker>, ConfigError>;

    /// The attempt has failed; `None` if it would fail again.
    #[doc(hidden)]
    fn failed(&mut self, now: Instant, failure: Option<Failure>, policy: &RetryPolicy) -> Verdict;

    /// The wait is over, and the next attempt is being made.
    #[doc(hidden)]
    fn resumed(&mut self);

    /// The attempt has succeeded.
    #[doc(hidden)]
    fn succeeded(&mut self);
}

/// The operation is on its own: nothing is shared, and nothing locks but a throttle.
#[derive(Debug)]
pub struct Alone {
    attempts: Attempts,
    throttle: Option<Throttle>,
    /// Made at the first failure.
    random: Option<SeededRandom>,
}

impl Alone {
    pub(super) const fn new() -> Self {
        Self { attempts: Attempts::new(Instant::ORIGIN), throttle: None, random: None }
    }
}

impl Judge for Alone {
    fn begin(
        &mut self,
        now: Instant,
        options: &RetryOptions,
    ) -> Result<Option<CircuitBreaker>, ConfigError> {
        self.attempts = Attempts::new(now);
        if let Some(throttle) = &options.throttle {
            throttle.lock().began(now);
            self.throttle = Some(throttle.clone());
        }
        options.breaker_or(CircuitBreaker::new)
    }

    fn failed(&mut self, now: Instant, failure: Option<Failure>, policy: &RetryPolicy) -> Verdict {
        let random = self.random.get_or_insert_with(|| SeededRandom::new(seed()));
        let mut throttle = self.throttle.as_ref().map(Throttle::lock);
        self.attempts.failed(now, failure, policy, throttle.as_deref_mut(), random)
    }

    fn resumed(&mut self) {
        self.attempts.resumed();
    }

    fn succeeded(&mut self) {
        if let Some(throttle) = &self.throttle {
            self.attempts.succeeded(&mut throttle.lock());
        }
    }
}
