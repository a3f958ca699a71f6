use alloc::sync::Arc;
use core::fmt;
use core::time::Duration;

use super::failure::FailureClass;

/// A retry strategy of your own: a function that says how long to wait after a failed attempt.
///
/// A delay below [`MIN_DELAY`](Self::MIN_DELAY) or above [`MAX_DELAY`](Self::MAX_DELAY) becomes the
/// nearest of the two. What the other side asks for (`Retry-After`) stays a floor under the delay.
/// Two strategies are equal if they are clones of one.
#[derive(Clone)]
pub struct Custom(Arc<Delay>);

type Delay = dyn Fn(&FailedAttempt) -> Option<Duration> + Send + Sync;

/// The argument of a [`Custom`] strategy: the attempt that has just failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct FailedAttempt {
    /// How many attempts have failed in a row, this one included; from 1.
    pub number: u32,
    /// What kind of failure it was.
    pub class: FailureClass,
    /// How long the other side asked to be left alone.
    pub retry_after: Option<Duration>,
}

impl Custom {
    /// The shortest delay: 1 ms.
    pub const MIN_DELAY: Duration = Duration::from_millis(1);
    /// The longest delay: a day.
    pub const MAX_DELAY: Duration = Duration::from_hours(24);

    /// Waits as this function says; where it gives `None`, as the default strategy would.
    ///
    /// The function must not panic: the driver of the machine calls it.
    #[must_use]
    pub fn new(delay: impl Fn(&FailedAttempt) -> Option<Duration> + Send + Sync + 'static) -> Self {
        Self(Arc::new(delay))
    }

    pub(super) fn delay(&self, failed: &FailedAttempt) -> Option<Duration> {
        (self.0)(failed).map(|delay| delay.clamp(Self::MIN_DELAY, Self::MAX_DELAY))
    }
}

impl fmt::Debug for Custom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Custom")
    }
}

impl PartialEq for Custom {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::retry::{Backoff, Failure, RetryStrategy};
    use crate::rng::SeededRandom;

    const FAILURE: Failure = Failure::new(FailureClass::Transport);

    fn second(
        delay: impl Fn(&FailedAttempt) -> Option<Duration> + Send + Sync + 'static,
    ) -> Duration {
        let (strategy, mut backoff) = (RetryStrategy::from(Custom::new(delay)), Backoff::new());
        let mut random = SeededRandom::new(1);
        let _ = backoff.failed(&strategy, FAILURE, &mut random);
        backoff.failed(&strategy, FAILURE, &mut random)
    }

    #[test]
    fn the_function_is_told_how_many_attempts_have_failed() {
        let wait = second(|failed| Some(Duration::from_secs(failed.number.into())));
        assert_eq!(wait, Duration::from_secs(2));
    }

    #[test]
    fn no_delay_is_shorter_than_a_millisecond_or_longer_than_a_day() {
        assert_eq!(second(|_| Some(Duration::ZERO)), Duration::from_millis(1));
        assert_eq!(second(|_| Some(Duration::MAX)), Duration::from_hours(24));
    }

    #[test]
    fn without_an_answer_the_default_strategy_decides() {
        let wait = second(|_| None);
        assert!((375..=750).contains(&wait.as_millis()), "{wait:?}");
    }

    #[test]
    fn a_hint_stays_a_floor() {
        let strategy = RetryStrategy::from(Custom::new(|_| Some(Duration::from_secs(1))));
        let hinted = Failure { retry_after: Some(Duration::from_mins(1)), ..FAILURE };
        let wait = Backoff::new().failed(&strategy, hinted, &mut SeededRandom::new(1));
        assert!(wait >= Duration::from_mins(1), "{wait:?}");
    }
}
