use super::backoff::Backoff;
use super::failure::Failure;
use super::manager::{GiveUp, RetryPolicy, Verdict};
use super::throttle::{Throttle, Withdrawal};
use crate::rng::Random;
use crate::time::Instant;

/// The attempts of one operation, and whether there will be another.
///
/// A driver makes an attempt and, when it has failed, asks [`failed`](Self::failed) for the
/// [`Verdict`]; after the wait it says [`resumed`](Self::resumed) and makes the next. A success is
/// told to the throttle by [`succeeded`](Self::succeeded), if there is one.
#[derive(Clone, Debug)]
pub struct Attempts {
    began: Instant,
    number: u32,
    backoff: Backoff,
    withdrawal: Option<Withdrawal>,
}

impl Attempts {
    /// The first attempt is being made.
    #[must_use]
    pub const fn new(now: Instant) -> Self {
        Self { began: now, number: 1, backoff: Backoff::new(), withdrawal: None }
    }

    /// The number of the attempt that is being made, or was made last; from 1.
    #[must_use]
    pub fn number(&self) -> u32 {
        self.number
    }

    /// The attempt has failed; `None` if it would fail again whatever happens.
    ///
    /// A retry that the policy allows is drawn from the throttle, if there is one.
    pub fn failed(
        &mut self,
        now: Instant,
        failure: Option<Failure>,
        policy: &RetryPolicy,
        throttle: Option<&mut Throttle>,
        random: &mut impl Random,
    ) -> Verdict {
        let Some(failure) = failure else { return Verdict::GiveUp(GiveUp::Final) };
        if policy.max_attempts.is_some_and(|max| self.number >= max) {
            return Verdict::GiveUp(GiveUp::MaxAttempts);
        }
        let delay = self.backoff.failed(&policy.strategy, failure, random);
        if policy.deadline.is_some_and(|deadline| now + delay > self.began + deadline) {
            return Verdict::GiveUp(GiveUp::Deadline);
        }
        if let Some(throttle) = throttle {
            let Some(withdrawal) = throttle.failed(now, failure.class) else {
                return Verdict::GiveUp(GiveUp::Throttled);
            };
            self.withdrawal = Some(withdrawal);
        }
        Verdict::RetryIn(delay)
    }

    /// The wait is over, and the next attempt is being made; its number.
    pub fn resumed(&mut self) -> u32 {
        self.number = self.number.saturating_add(1);
        self.number
    }

    /// The attempt has succeeded: what the throttle has to know.
    pub fn succeeded(&self, throttle: &mut Throttle) {
        throttle.succeeded(self.withdrawal);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::time::Duration;

    use crate::retry::{FailureClass, Fixed, ThrottleConfig};
    use crate::rng::SeededRandom;

    const FAILURE: Option<Failure> = Some(Failure::new(FailureClass::Transport));

    fn policy() -> RetryPolicy {
        let second = Duration::from_secs(1);
        RetryPolicy {
            strategy: Fixed { delay: second, ..Fixed::default() }.into(),
            max_attempts: Some(3),
            deadline: Some(2 * second),
        }
    }

    #[test]
    fn it_goes_on_until_attempts_or_time_run_out() {
        let (policy, mut random) = (policy(), SeededRandom::new(1));
        let mut attempts = Attempts::new(Instant::ORIGIN);
        let second = Duration::from_secs(1);
        let judge = |attempts: &mut Attempts, secs: u64, random: &mut SeededRandom| {
            let now = Instant::from_origin(Duration::from_secs(secs));
            attempts.failed(now, FAILURE, &policy, None, random)
        };
        assert_eq!(judge(&mut attempts, 0, &mut random), Verdict::RetryIn(second));
        assert_eq!(attempts.resumed(), 2);
        assert_eq!(judge(&mut attempts, 2, &mut random), Verdict::GiveUp(GiveUp::Deadline));
        assert_eq!(judge(&mut attempts, 1, &mut random), Verdict::RetryIn(second));
        assert_eq!(attempts.resumed(), 3);
        assert_eq!(judge(&mut attempts, 1, &mut random), Verdict::GiveUp(GiveUp::MaxAttempts));
    }

    #[test]
    fn a_success_gives_back_what_its_retry_drew() {
        let (policy, mut random) = (policy(), SeededRandom::new(1));
        let mut throttle = Throttle::new(ThrottleConfig::quota()).unwrap();
        let mut attempts = Attempts::new(Instant::ORIGIN);
        let now = Instant::ORIGIN;
        attempts.failed(now, FAILURE, &policy, Some(&mut throttle), &mut random);
        assert!((throttle.available(now) - 495.0).abs() < 1e-9);
        attempts.succeeded(&mut throttle);
        assert!((throttle.available(now) - 500.0).abs() < 1e-9);
    }
}
