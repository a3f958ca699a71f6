use steadfast_core::ConfigError;
use steadfast_core::retry::{Attempts, Failure, Verdict};
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
    fn failed(&mut self, now: Instant, failure: Option<Failure>, options: &RetryOptions)
    -> Verdict;

    /// The wait is over, and the next attempt is being made.
    #[doc(hidden)]
    fn resumed(&mut self);

    /// The attempt has succeeded.
    #[doc(hidden)]
    fn succeeded(&mut self, options: &RetryOptions);
}

/// The operation is on its own: nothing is shared, and nothing locks but a throttle.
#[derive(Debug)]
pub struct Alone {
    began: Instant,
    /// Made at the first failure: most operations have none.
    failing: Option<Box<Failing>>,
}

#[derive(Debug)]
struct Failing {
    attempts: Attempts,
    random: SeededRandom,
}

impl Alone {
    #[inline]
    pub(super) const fn new() -> Self {
        Self { began: Instant::ORIGIN, failing: None }
    }
}

impl Judge for Alone {
    #[inline]
    fn begin(
        &mut self,
        now: Instant,
        options: &RetryOptions,
    ) -> Result<Option<CircuitBreaker>, ConfigError> {
        self.began = now;
        if let Some(throttle) = &options.throttle {
            throttle.lock().began(now);
        }
        options.breaker_or(CircuitBreaker::new)
    }

    fn failed(
        &mut self,
        now: Instant,
        failure: Option<Failure>,
        options: &RetryOptions,
    ) -> Verdict {
        let Failing { attempts, random } = &mut **self.failing.get_or_insert_with(|| {
            let (attempts, random) = (Attempts::new(self.began), SeededRandom::new(seed()));
            Box::new(Failing { attempts, random })
        });
        let mut throttle = options.throttle.as_ref().map(Throttle::lock);
        attempts.failed(now, failure, &options.policy, throttle.as_deref_mut(), random)
    }

    fn resumed(&mut self) {
        if let Some(failing) = &mut self.failing {
            failing.attempts.resumed();
        }
    }

    #[inline]
    fn succeeded(&mut self, options: &RetryOptions) {
        let Some(throttle) = &options.throttle else { return };
        let first = || Attempts::new(self.began).succeeded(&mut throttle.lock());
        self.failing.as_ref().map_or_else(first, |failing| {
            failing.attempts.succeeded(&mut throttle.lock());
        });
    }
}
