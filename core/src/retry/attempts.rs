use super::backoff::Backoff;
use super::failure::Failure;
use super::policy::RetryPolicy;
use super::throttle::{Throttle, Withdrawal};
use super::verdict::{GiveUp, Verdict};
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
    /// The throttle counts the failure before the policy is asked (gRPC, proposal A6), so that
    /// operations of one attempt are counted, too. A retry that the policy allows is then drawn from
    /// the throttle.
    pub fn failed(
        &mut self,
        now: Instant,
        failure: Option<Failure>,
        policy: &RetryPolicy,
        mut throttle: Option<&mut Throttle>,
        random: &mut impl Random,
    ) -> Verdict {
        let Some(failure) = failure else { return Verdict::GiveUp(GiveUp::Final) };
        if let Some(throttle) = &mut throttle {
            throttle.count();
        }
        if !failure.repeatable {
            return Verdict::GiveUp(GiveUp::Final);
        }
        if policy.max_attempts.is_some_and(|max| self.number >= max) {
            return Verdict::GiveUp(GiveUp::MaxAttempts);
        }
        if failure.retry_after.is_some_and(|asked| asked > policy.longest_server_wait()) {
            return Verdict::GiveUp(GiveUp::ServerWait);
        }
        let delay = self.backoff.failed(&policy.strategy, failure, random);
        if policy.deadline.is_some_and(|deadline| now + delay > self.began + deadline) {
            return Verdict::GiveUp(GiveUp::Deadline);
        }
        if let Some(throttle) = throttle {
            let Some(withdrawal) = throttle.withdraw(now, failure.class) else {
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
            max_server_wait: None,
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

    /// gRPC, proposal A6: a failure counts whether or not a retry would have been allowed.
    #[test]
    fn every_failure_is_counted_before_anything_else_is_asked() {
        let bucket = ThrottleConfig::default();
        let no_time = Some(Duration::from_millis(1));
        let hinted =
            Failure { retry_after: Some(Duration::MAX), ..Failure::new(FailureClass::Overload) };
        let cases = [
            ("of one attempt", RetryPolicy { max_attempts: Some(1), ..policy() }, FAILURE),
            ("without time", RetryPolicy { deadline: no_time, ..policy() }, FAILURE),
            ("not repeatable", policy(), FAILURE.map(Failure::not_repeatable)),
            ("asked to wait too long", policy(), Some(hinted)),
        ];
        for (name, policy, failure) in cases {
            let (mut throttle, mut random) =
                (Throttle::new(bucket.clone()).unwrap(), SeededRandom::new(1));
            for _ in 0..50 {
                let mut attempts = Attempts::new(Instant::ORIGIN);
                let verdict = attempts.failed(
                    Instant::ORIGIN,
                    failure,
                    &policy,
                    Some(&mut throttle),
                    &mut random,
                );
                assert!(matches!(verdict, Verdict::GiveUp(_)), "{name}");
            }
            assert!(throttle.available(Instant::ORIGIN).abs() < 1e-9, "{name}");
        }
    }

    #[test]
    fn what_is_final_or_cancelled_is_no_failure_for_a_throttle() {
        let (policy, mut random) = (policy(), SeededRandom::new(1));
        let mut throttle = Throttle::new(ThrottleConfig::default()).unwrap();
        let mut attempts = Attempts::new(Instant::ORIGIN);
        let now = Instant::ORIGIN;
        let verdict = attempts.failed(now, None, &policy, Some(&mut throttle), &mut random);
        assert_eq!(verdict, Verdict::GiveUp(GiveUp::Final));
        assert!((throttle.available(now) - 10.0).abs() < 1e-9);
    }

    #[test]
    fn a_quota_is_drawn_from_by_retries_alone() {
        let (policy, mut random) = (policy(), SeededRandom::new(1));
        let policy = RetryPolicy { max_attempts: Some(1), ..policy };
        let mut throttle = Throttle::new(ThrottleConfig::quota()).unwrap();
        let now = Instant::ORIGIN;
        let mut attempts = Attempts::new(now);
        let _ = attempts.failed(now, FAILURE, &policy, Some(&mut throttle), &mut random);
        assert!((throttle.available(now) - 500.0).abs() < 1e-9);
    }

    #[test]
    fn a_server_may_ask_for_a_wait_up_to_the_limit_and_no_longer() {
        let (mut random, now) = (SeededRandom::new(1), Instant::ORIGIN);
        let mut verdict = |max_server_wait, secs: u64| {
            let policy = RetryPolicy { deadline: None, max_server_wait, ..policy() };
            let retry_after = Some(Duration::from_secs(secs));
            let failure = Failure { retry_after, ..Failure::new(FailureClass::Overload) };
            Attempts::new(now).failed(now, Some(failure), &policy, None, &mut random)
        };
        let too_long = Verdict::GiveUp(GiveUp::ServerWait);
        assert!(matches!(verdict(None, 300), Verdict::RetryIn(wait) if wait.as_secs() >= 300));
        let year = 365 * 24 * 3600;
        for secs in [301, year, u64::MAX] {
            assert_eq!(verdict(None, secs), too_long, "{secs}");
        }
        let limit = Some(Duration::from_secs(7));
        assert!(matches!(verdict(limit, 7), Verdict::RetryIn(_)));
        assert_eq!(verdict(limit, 8), too_long);
        assert!(matches!(verdict(Some(Duration::from_hours(2)), 7000), Verdict::RetryIn(_)));
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
