use alloc::collections::VecDeque;
use core::time::Duration;

use super::failure::FailureClass;
use crate::error::{ConfigError, ensure};
use crate::time::{Instant, millis};

/// Holds retries back while too many fail, over all operations on one endpoint.
///
/// A first attempt is never held back, and reconnecting never is: that is what the ladders of the
/// adaptive strategy are for.
#[derive(Clone, Debug)]
pub struct Throttle {
    config: ThrottleConfig,
    tokens: f64,
    /// For a ratio: what came and went in each second, the oldest first.
    seconds: VecDeque<Second>,
}

/// How a [`Throttle`] counts. In JSON durations are milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE"))]
#[cfg_attr(feature = "serde", serde(rename_all_fields = "camelCase"))]
#[non_exhaustive]
pub enum ThrottleConfig {
    /// A quota that retries draw from and successes pay back (AWS SDKs, standard retry mode).
    Quota {
        /// The most tokens, and the first ones. Above 0 and finite; 500 there.
        capacity: f64,
        /// What a retry costs. 5 there.
        cost: f64,
        /// What a retry after a sign of overload costs. 10 there.
        overload_cost: f64,
        /// What a success without a retry pays in. 1 there.
        refund: f64,
    },
    /// A share of the first attempts, and a floor (Finagle's `RetryBudget`).
    Ratio {
        /// The share, 0 … 1000; 0.2 there.
        share: f64,
        /// A number a second on top, for callers that seldom call. At least 0; 10 there.
        per_second: f64,
        /// How far back first attempts and retries count. From 1 to 60 s; 10 s there.
        #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
        window: Duration,
    },
    /// A bucket that failures empty and successes fill; retries go while it is more than half full
    /// (gRPC, proposal A6).
    TokenBucket {
        /// The most tokens, and the first ones. Above 0 and at most 1000; 10 there.
        max_tokens: f64,
        /// What a success puts in. Above 0; 0.1 there.
        token_ratio: f64,
    },
}

/// The right to one retry; a success gives it back where that matters.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Withdrawal {
    cost: f64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Second {
    number: u64,
    first_attempts: u32,
    retries: u32,
}

impl Default for ThrottleConfig {
    fn default() -> Self {
        Self::TokenBucket { max_tokens: 10.0, token_ratio: 0.1 }
    }
}

impl ThrottleConfig {
    /// The standard retry mode of AWS's SDKs.
    #[must_use]
    pub fn quota() -> Self {
        Self::Quota { capacity: 500.0, cost: 5.0, overload_cost: 10.0, refund: 1.0 }
    }

    /// Finagle's defaults.
    #[must_use]
    pub fn ratio() -> Self {
        Self::Ratio { share: 0.2, per_second: 10.0, window: Duration::from_secs(10) }
    }

    fn validate(&self) -> Result<(), ConfigError> {
        let positive = |field, number: f64| {
            let holds = number > 0.0 && number.is_finite();
            ensure(holds, field, number, "more than 0 and finite")
        };
        match *self {
            Self::Quota { capacity, cost, overload_cost, refund } => {
                positive("throttle.capacity", capacity)?;
                positive("throttle.cost", cost)?;
                positive("throttle.overloadCost", overload_cost)?;
                positive("throttle.refund", refund)
            }
            Self::Ratio { share, per_second, window } => {
                ensure((0.0..=1000.0).contains(&share), "throttle.share", share, "0 to 1000")?;
                let holds = (0.0..=1e9).contains(&per_second);
                ensure(holds, "throttle.perSecond", per_second, "0 to 1e9")?;
                let range = Duration::from_secs(1)..=Duration::from_mins(1);
                let holds = range.contains(&window);
                ensure(holds, "throttle.window", millis(window), "1000 to 60000 ms")
            }
            Self::TokenBucket { max_tokens, token_ratio } => {
                let holds = max_tokens > 0.0 && max_tokens <= 1000.0;
                let allowed = "more than 0 and at most 1000";
                ensure(holds, "throttle.maxTokens", max_tokens, allowed)?;
                positive("throttle.tokenRatio", token_ratio)
            }
        }
    }
}

impl Throttle {
    /// A throttle that has seen nothing.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: ThrottleConfig) -> Result<Self, ConfigError> {
        config.validate()?;
        let tokens = match config {
            ThrottleConfig::Quota { capacity, .. } => capacity,
            ThrottleConfig::Ratio { .. } => 0.0,
            ThrottleConfig::TokenBucket { max_tokens, .. } => max_tokens,
        };
        Ok(Self { config, tokens, seconds: VecDeque::new() })
    }

    /// What is left: tokens, or the retries that a ratio allows now.
    #[must_use]
    pub fn available(&self, now: Instant) -> f64 {
        let ThrottleConfig::Ratio { share, per_second, window } = &self.config else {
            return self.tokens;
        };
        let (present, reach) = (second(now), window.as_secs());
        let within = self.seconds.iter().filter(|second| second.number + reach > present);
        let (firsts, retries) = within.fold((0_u64, 0_u64), |(firsts, retries), second| {
            (firsts + u64::from(second.first_attempts), retries + u64::from(second.retries))
        });
        per_second * window.as_secs_f64() + share * firsts as f64 - retries as f64
    }

    /// A first attempt is made.
    pub fn began(&mut self, now: Instant) {
        if let Some(second) = self.second(now) {
            second.first_attempts = second.first_attempts.saturating_add(1);
        }
    }

    /// An attempt failed: may it be made again? The same as [`count`](Self::count) and, after it,
    /// [`withdraw`](Self::withdraw).
    #[must_use]
    pub fn failed(&mut self, now: Instant, class: FailureClass) -> Option<Withdrawal> {
        self.count();
        self.withdraw(now, class)
    }

    /// An attempt failed. A token bucket counts every failure that speaks against the peer, whether
    /// or not there would be another attempt (gRPC, proposal A6: "every failed RPC will decrement
    /// the `token_count` by 1"). The others count only retries.
    pub fn count(&mut self) {
        if let ThrottleConfig::TokenBucket { .. } = self.config {
            self.tokens = (self.tokens - 1.0).max(0.0);
        }
    }

    /// May a retry be made, after a failure of this class that was [counted](Self::count)? A quota
    /// and a ratio draw it from what is left.
    #[must_use]
    pub fn withdraw(&mut self, now: Instant, class: FailureClass) -> Option<Withdrawal> {
        match self.config {
            ThrottleConfig::Quota { cost, overload_cost, .. } => {
                let cost = if class == FailureClass::Overload { overload_cost } else { cost };
                if self.tokens < cost {
                    return None;
                }
                self.tokens -= cost;
                Some(Withdrawal { cost })
            }
            ThrottleConfig::Ratio { .. } => {
                let allowed = self.available(now) >= 1.0;
                let second = self.second(now).filter(|_| allowed)?;
                second.retries = second.retries.saturating_add(1);
                Some(Withdrawal { cost: 1.0 })
            }
            ThrottleConfig::TokenBucket { max_tokens, .. } => {
                (self.tokens > max_tokens / 2.0).then_some(Withdrawal { cost: 1.0 })
            }
        }
    }

    /// An attempt succeeded; `last` is what its last retry drew.
    pub fn succeeded(&mut self, last: Option<Withdrawal>) {
        match self.config {
            ThrottleConfig::Quota { capacity, refund, .. } => {
                let back = last.map_or(refund, |withdrawal| withdrawal.cost);
                self.tokens = (self.tokens + back).min(capacity);
            }
            ThrottleConfig::Ratio { .. } => {}
            ThrottleConfig::TokenBucket { max_tokens, token_ratio } => {
                self.tokens = (self.tokens + token_ratio).min(max_tokens);
            }
        }
    }

    /// The counter of the present second, for a ratio.
    fn second(&mut self, now: Instant) -> Option<&mut Second> {
        let ThrottleConfig::Ratio { window, .. } = &self.config else { return None };
        let number = second(now).max(self.seconds.back().map_or(0, |last| last.number));
        if self.seconds.back().is_none_or(|last| last.number < number) {
            self.seconds.push_back(Second { number, ..Second::default() });
        }
        while self.seconds.front().is_some_and(|first| first.number + window.as_secs() < number) {
            self.seconds.pop_front();
        }
        self.seconds.back_mut()
    }
}

fn second(now: Instant) -> u64 {
    now.since_origin().as_secs()
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Instant = Instant::ORIGIN;

    fn failed(throttle: &mut Throttle) -> bool {
        throttle.failed(NOW, FailureClass::Transport).is_some()
    }

    /// gRPC, proposal A6 and its `retry_throttle_test`: at most 4 tokens, 1.6 a success.
    #[test]
    fn the_sequence_of_grpc_comes_out() {
        let config = ThrottleConfig::TokenBucket { max_tokens: 4.0, token_ratio: 1.6 };
        let mut throttle = Throttle::new(config).unwrap();
        let steps = [
            ('F', 3.0, true),
            ('S', 4.0, true),
            ('F', 3.0, true),
            ('F', 2.0, false),
            ('F', 1.0, false),
            ('F', 0.0, false),
            ('F', 0.0, false),
            ('S', 1.6, true),
            ('S', 3.2, true),
            ('F', 2.2, true),
            ('F', 1.2, false),
            ('S', 2.8, true),
            ('F', 1.8, false),
            ('S', 3.4, true),
            ('F', 2.4, true),
        ];
        for (index, (what, tokens, allowed)) in steps.into_iter().enumerate() {
            if what == 'S' {
                throttle.succeeded(None);
            } else {
                assert_eq!(failed(&mut throttle), allowed, "step {index}");
            }
            assert!((throttle.available(NOW) - tokens).abs() < 1e-9, "step {index}");
        }
    }

    /// AWS SDK reference guide, "Retry behavior", standard mode.
    #[test]
    fn the_quota_of_aws_comes_out() {
        let mut throttle = Throttle::new(ThrottleConfig::quota()).unwrap();
        assert!(failed(&mut throttle));
        assert!((throttle.available(NOW) - 495.0).abs() < 1e-9);
        let last = throttle.failed(NOW, FailureClass::Transport);
        assert!((throttle.available(NOW) - 490.0).abs() < 1e-9);
        throttle.succeeded(last);
        assert!((throttle.available(NOW) - 495.0).abs() < 1e-9);
        let drawn = (0..1000).filter(|_| failed(&mut throttle)).count();
        assert_eq!(drawn, 99, "then it is empty");
        let mut throttle = Throttle::new(ThrottleConfig::quota()).unwrap();
        assert!(throttle.failed(NOW, FailureClass::Overload).is_some());
        assert!((throttle.available(NOW) - 490.0).abs() < 1e-9);
    }

    #[test]
    fn a_ratio_allows_a_fifth_of_the_first_attempts_and_a_floor() {
        let mut throttle = Throttle::new(ThrottleConfig::ratio()).unwrap();
        (0..1000).for_each(|_| throttle.began(NOW));
        let allowed = (0..1000).filter(|_| failed(&mut throttle)).count();
        assert_eq!(allowed, 200 + 100);
        let later = NOW + Duration::from_secs(11);
        let allowed =
            (0..1000).filter(|_| throttle.failed(later, FailureClass::Transport).is_some());
        assert_eq!(allowed.count(), 100, "what is older than the window is forgotten");
    }

    #[test]
    fn nonsense_is_refused_by_the_name_of_its_field() {
        let field = |config| Throttle::new(config).unwrap_err().field();
        let bucket =
            |max_tokens, token_ratio| ThrottleConfig::TokenBucket { max_tokens, token_ratio };
        assert_eq!(field(bucket(0.0, 0.1)), "throttle.maxTokens");
        assert_eq!(field(bucket(10.0, f64::NAN)), "throttle.tokenRatio");
        let window = Duration::ZERO;
        let ratio = ThrottleConfig::Ratio { share: 0.2, per_second: 10.0, window };
        assert_eq!(field(ratio), "throttle.window");
    }
}
