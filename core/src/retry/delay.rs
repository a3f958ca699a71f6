use core::time::Duration;

use super::strategy::{Exponential, Jitter, RetryStrategy};
use crate::rng::Random;
use crate::time::{duration_from_millis, millis};

/// The wait before attempt `attempt + 1`, after `attempt` failures in a row (counted from 1).
///
/// A delay is drawn *inside* the cap, never clamped after the jitter: clamped delays all end at
/// the cap, and a fleet that failed together marches in step. Exponents and products saturate.
///
/// ```
/// # use steadfast_core::{retry, rng::SeededRandom};
/// let strategy = retry::RetryStrategy::default();
/// let wait = retry::delay(&strategy, u32::MAX, &mut SeededRandom::new(1));
/// assert!(wait.as_secs() < 30);
/// ```
#[must_use]
pub fn delay(strategy: &RetryStrategy, attempt: u32, random: &mut impl Random) -> Duration {
    match strategy {
        RetryStrategy::Exponential(exponential) => exponential_delay(exponential, attempt, random),
    }
}

fn exponential_delay(config: &Exponential, attempt: u32, random: &mut impl Random) -> Duration {
    let max = millis(config.max_delay);
    let growth = libm::pow(config.multiplier, f64::from(attempt.saturating_sub(1)));
    let nominal = (millis(config.base_delay) * growth).min(max);
    let drawn = match (config.jitter, config.jitter_range) {
        (Jitter::None, _) => nominal,
        (Jitter::Full, None) => random.next_between(0.0, nominal),
        (Jitter::Full, Some(range)) => {
            // Scaled, not clamped: the widest draw of the largest delay ends at the cap.
            let centre = nominal.min(max / (1.0 + range));
            random.next_between(centre * (1.0 - range), centre * (1.0 + range))
        }
    };
    duration_from_millis(drawn.min(max)).min(config.max_delay)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SeededRandom;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn without_jitter() -> Exponential {
        Exponential { jitter: Jitter::None, ..Exponential::default() }
    }

    #[test]
    fn without_jitter_the_delay_doubles_up_to_the_cap() {
        let strategy = without_jitter().into();
        let delays: Vec<u64> = (1..=7)
            .map(|attempt| delay(&strategy, attempt, &mut SeededRandom::new(0)).as_secs())
            .collect();
        assert_eq!(delays, [1, 2, 4, 8, 16, 30, 30]);
    }

    #[test]
    fn full_jitter_averages_half_of_the_nominal_delay() {
        let strategy = RetryStrategy::default();
        let mut random = SeededRandom::new(1);
        let total: f64 = (0..10_000).map(|_| millis(delay(&strategy, 3, &mut random))).sum();
        assert!((total / 10_000.0 - 2000.0).abs() < 50.0, "{}", total / 10_000.0);
    }

    proptest! {
        #[test]
        fn a_delay_stays_within_the_cap_and_rarely_equals_it(
            base in 1_u64..10_000_000_000,
            cap_over_base in 1.0_f64..1e6,
            multiplier in prop_oneof![1.0_f64..10.0, Just(1e308)],
            range in proptest::option::of(0.01_f64..=1.0),
            attempt in any::<u32>(),
            seed in any::<u64>(),
        ) {
            let max_delay = Duration::from_millis(base).mul_f64(cap_over_base);
            let strategy = RetryStrategy::Exponential(Exponential {
                base_delay: Duration::from_millis(base),
                max_delay,
                multiplier,
                jitter: Jitter::Full,
                jitter_range: range,
            });
            prop_assert!(strategy.validate().is_ok());
            let mut random = SeededRandom::new(seed);
            let at_cap = (0..100)
                .map(|_| delay(&strategy, attempt, &mut random))
                .inspect(|&wait| assert!(wait <= max_delay))
                .filter(|&wait| wait == max_delay)
                .count();
            prop_assert!(at_cap <= 2, "{at_cap} of 100 delays are exactly the cap");
        }
    }

    #[test]
    fn nonsense_is_refused_by_the_name_of_its_field() {
        let refused = |config: Exponential| {
            RetryStrategy::from(config).validate().map_err(|error| error.field()).unwrap_err()
        };
        let zero = Exponential { base_delay: Duration::ZERO, ..Exponential::default() };
        let crossed = Exponential { max_delay: Duration::from_millis(1), ..Exponential::default() };
        assert_eq!(refused(zero), "retry.baseDelay");
        assert_eq!(refused(crossed), "retry.maxDelay");
        for multiplier in [0.5, f64::NAN, f64::INFINITY, -2.0] {
            assert_eq!(
                refused(Exponential { multiplier, ..Exponential::default() }),
                "retry.multiplier"
            );
        }
        for range in [-0.1, 1.1, f64::NAN] {
            let jitter_range = Some(range);
            assert_eq!(
                refused(Exponential { jitter_range, ..Exponential::default() }),
                "retry.jitterRange"
            );
        }
    }
}
