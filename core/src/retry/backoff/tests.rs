use super::*;
use crate::retry::{Exponential, Fixed, Linear};
use crate::rng::SeededRandom;
use proptest::prelude::*;
use std::vec::Vec;

const TRANSPORT: Failure = Failure::new(FailureClass::Transport);
const OVERLOAD: Failure = Failure::new(FailureClass::Overload);
const PERSISTENT: Failure = Failure::new(FailureClass::Persistent);

/// The waits of one operation that fails again and again.
fn waits(strategy: impl Into<RetryStrategy>, failure: Failure, count: usize) -> Vec<f64> {
    let (strategy, mut random) = (strategy.into(), SeededRandom::new(3));
    let mut backoff = Backoff::new();
    (0..count).map(|_| millis(backoff.failed(&strategy, failure, &mut random)) / 1e3).collect()
}

fn means(strategy: impl Into<RetryStrategy>, count: usize) -> Vec<f64> {
    let (strategy, mut random) = (strategy.into(), SeededRandom::new(3));
    let mut sums = std::vec![0.0; count];
    for _ in 0..10_000 {
        let mut backoff = Backoff::new();
        for sum in &mut sums {
            *sum += millis(backoff.failed(&strategy, TRANSPORT, &mut random)) / 1e7;
        }
    }
    sums
}

fn close(a: f64, b: f64) -> bool {
    (a / b - 1.0).abs() < 0.03
}

#[test]
fn exponential_without_jitter_doubles_up_to_its_cap() {
    let strategy = Exponential { jitter: Jitter::None, ..Exponential::default() };
    assert_eq!(waits(strategy, TRANSPORT, 7), [1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]);
}

#[test]
fn linear_without_jitter_grows_by_its_increment_up_to_its_cap() {
    let increment = Duration::from_secs(10);
    let strategy = Linear { jitter: Jitter::None, increment, ..Linear::default() };
    assert_eq!(waits(strategy, TRANSPORT, 4), [1.0, 11.0, 21.0, 30.0]);
}

#[test]
fn fixed_stays_the_same() {
    assert_eq!(waits(Fixed::default(), OVERLOAD, 3), [1.0, 1.0, 1.0]);
}

#[test]
fn full_jitter_averages_half_and_equal_jitter_three_quarters_of_the_delay() {
    let full = means(Exponential::default(), 3);
    assert!(close(full[0], 0.5) && close(full[1], 1.0) && close(full[2], 2.0), "{full:?}");
    let equal = means(Exponential { jitter: Jitter::Equal, ..Exponential::default() }, 3);
    assert!(close(equal[0], 0.75) && close(equal[2], 3.0), "{equal:?}");
}

#[test]
fn decorrelated_jitter_draws_between_the_base_and_three_times_the_last_wait() {
    let strategy = Exponential { jitter: Jitter::Decorrelated, ..Exponential::default() };
    let waits = waits(strategy, TRANSPORT, 1000);
    assert!(waits.windows(2).all(|pair| pair[1] >= 1.0 && pair[1] <= (pair[0] * 3.0).min(30.0)));
    let at_cap = waits.iter().filter(|wait| **wait > 29.999).count();
    assert!(at_cap < 5, "{at_cap} of 1000 at the cap");
}

#[test]
fn adaptive_climbs_one_ladder_for_each_class_of_failure() {
    let within = |waits: &[f64], rungs: &[f64]| {
        let holds = |(wait, rung): (&f64, &f64)| (rung / 2.0..=*rung).contains(wait);
        waits.iter().zip(rungs).all(holds)
    };
    let transport = waits(Adaptive::default(), TRANSPORT, 10);
    let rungs = [0.5, 0.75, 1.125, 1.687_5, 2.531, 3.796, 5.695, 8.542, 10.0, 10.0];
    assert!(within(&transport, &rungs.map(|rung| rung + 0.001)), "{transport:?}");
    let overload = waits(Adaptive::default(), OVERLOAD, 13);
    let rungs = [2.0, 3.0, 4.5, 6.8, 10.2, 15.2, 22.8, 34.2, 51.3, 76.9, 115.4, 120.0, 120.0];
    assert!(within(&overload, &rungs.map(|rung| rung + 0.05)), "{overload:?}");
    let persistent = waits(Adaptive::default(), PERSISTENT, 9);
    let rungs = [5.0, 10.0, 20.0, 40.0, 80.0, 160.0, 320.0, 600.0, 600.0];
    assert!(within(&persistent, &rungs), "{persistent:?}");
}

#[test]
fn adaptive_spreads_the_first_attempt_after_a_link_that_held_over_a_second() {
    let strategy = RetryStrategy::default();
    let mut random = SeededRandom::new(1);
    let first: Vec<_> = (0..1000)
        .map(|_| Backoff::new().interrupted(&strategy, TRANSPORT, false, &mut random).as_secs_f64())
        .collect();
    assert!(first.iter().all(|wait| *wait < 1.0));
    assert!(close(first.iter().sum::<f64>() / 1000.0, 0.5));
}

#[test]
fn after_a_dial_that_was_too_slow_the_next_follows_within_12_s() {
    let slow = waits(Adaptive::default(), Failure::new(FailureClass::Slow), 1000);
    assert!(slow.iter().all(|wait| *wait < 12.0));
    assert!(close(slow.iter().sum::<f64>() / 1000.0, 6.0));
}

/// The waits of a connection whose attempts take this course.
fn course(failure: Failure, course: Course, count: usize) -> Vec<f64> {
    let (strategy, mut random) = (RetryStrategy::default(), SeededRandom::new(3));
    let mut backoff = Backoff::new();
    let mut next = || backoff.climb(&strategy, failure, course, &mut random).as_secs_f64();
    (0..count).map(|_| next()).collect()
}

#[test]
fn links_that_are_accepted_and_dropped_have_a_slower_ladder_than_refusals() {
    let waits = course(TRANSPORT, Course::Accepted, 7);
    let rungs = [1.0, 2.0, 4.0, 8.0, 15.0, 15.0, 15.0];
    let holds = |(wait, rung): (&f64, &f64)| (rung / 2.0..=*rung).contains(wait);
    assert!(waits.iter().zip(&rungs).all(holds), "{waits:?}");
}

#[test]
fn after_a_silence_the_waits_double_from_twice_its_length() {
    let holds = |waits: &[f64], rungs: &[f64]| {
        let holds = |(wait, rung): (&f64, &f64)| (rung / 2.0..=*rung).contains(wait);
        assert!(waits.iter().zip(rungs).all(holds), "{waits:?}");
    };
    let silent = |seconds| course(OVERLOAD, Course::Silent(Duration::from_secs(seconds)), 5);
    holds(&silent(5), &[10.0, 20.0, 40.0, 80.0, 160.0]);
    holds(&silent(30), &[60.0, 120.0, 240.0, 300.0, 300.0]);
    holds(&silent(127), &[60.0, 120.0, 240.0, 300.0, 300.0]);
}

#[test]
fn a_snapshot_keeps_each_count_of_failures() {
    let (mut random, strategy) = (SeededRandom::new(1), RetryStrategy::default());
    let mut backoff = Backoff::new();
    for class in [FailureClass::Slow, FailureClass::Slow, FailureClass::Overload] {
        let _ = backoff.failed(&strategy, Failure::new(class), &mut random);
    }
    let mut encoder = Encoder::default();
    backoff.encode(&mut encoder);
    assert_eq!(Backoff::decode(&mut Decoder::new(&encoder.bytes)), Some(backoff));
}

#[test]
fn the_connect_timeout_grows_with_dials_that_were_too_slow_only() {
    let (strategy, mut random) = (RetryStrategy::default(), SeededRandom::new(1));
    let first = Duration::from_secs(15);
    let mut backoff = Backoff::new();
    let mut after = |failure| {
        let _ = backoff.failed(&strategy, failure, &mut random);
        backoff.connect_timeout(&strategy, first).as_secs()
    };
    let slow = Failure::new(FailureClass::Slow);
    let timeouts = [TRANSPORT, slow, OVERLOAD, slow, slow].map(&mut after);
    assert_eq!(timeouts, [15, 30, 30, 60, 120]);
    (0..100).for_each(|_| assert!([240, 300].contains(&after(slow))));
}

#[test]
fn a_hint_is_a_floor_with_a_spread_on_top() {
    let retry_after = Some(Duration::from_secs(40));
    let waits = waits(Fixed::default(), Failure { retry_after, ..OVERLOAD }, 1000);
    assert!(waits.iter().all(|wait| (40.0..60.0).contains(wait)));
    assert!(close(waits.iter().sum::<f64>() / 1000.0, 50.0));
}

#[test]
fn success_starts_from_the_beginning() {
    let (strategy, mut random) = (RetryStrategy::default(), SeededRandom::new(1));
    let mut backoff = Backoff::new();
    for _ in 0..9 {
        let _ = backoff.failed(&strategy, OVERLOAD, &mut random);
    }
    backoff.reset();
    assert_eq!(backoff, Backoff::new());
}

fn any_strategy() -> impl Strategy<Value = RetryStrategy> {
    let delays = (1_u64..10_000_000_000, 1.0_f64..1e6).prop_map(|(base, over)| {
        let base = Duration::from_millis(base);
        (base, base.mul_f64(over))
    });
    let jitter = prop_oneof![Just(Jitter::Full), Just(Jitter::Equal), Just(Jitter::Decorrelated)];
    let range = proptest::option::of(0.01_f64..=1.0);
    let multiplier = prop_oneof![1.0_f64..10.0, Just(1e308)];
    (0..4, delays, jitter, range, multiplier).prop_map(
        |(kind, (base_delay, max_delay), jitter, jitter_range, multiplier)| match kind {
            0 => Adaptive { base_delay, max_delay }.into(),
            1 => Exponential { base_delay, max_delay, multiplier, jitter, jitter_range }.into(),
            2 => Fixed { delay: max_delay, jitter, jitter_range }.into(),
            _ => {
                let increment = base_delay;
                Linear { base_delay, increment, max_delay, jitter, jitter_range }.into()
            }
        },
    )
}

proptest! {
    #[test]
    fn a_wait_is_never_above_the_cap_and_rarely_the_cap(
        strategy in any_strategy(),
        seed in any::<u64>(),
        rung in prop_oneof![0_u32..100, Just(u32::MAX - 1)],
        failure in prop_oneof![
            Just(TRANSPORT),
            Just(OVERLOAD),
            Just(PERSISTENT),
            Just(Failure::new(FailureClass::Slow)),
        ],
    ) {
        prop_assert!(strategy.validate().is_ok());
        let mut random = SeededRandom::new(seed);
        let max = cap(&strategy, failure.class, Course::Refused);
        let mut backoff = Backoff { transport: rung, overload: u16::MAX, slow: 7, nominal: max, drawn: 0.0 };
        let mut at_cap = 0;
        for _ in 0..100 {
            let wait = millis(backoff.failed(&strategy, failure, &mut random));
            prop_assert!(wait >= 0.0 && wait <= max * (1.0 + 1e-9), "{} of {}", wait, max);
            at_cap += u32::from(wait >= max);
        }
        prop_assert!(at_cap <= 2, "{at_cap} of 100 waits are exactly the cap");
    }
}

#[test]
fn a_slot_is_obeyed_to_the_moment_and_a_window_is_used_from_end_to_end() {
    let hinted = |after, spread| Failure {
        retry_after: Some(Duration::from_secs(after)),
        spread: Some(Duration::from_secs(spread)),
        ..OVERLOAD
    };
    assert_eq!(waits(Fixed::default(), hinted(7, 0), 3), [7.0, 7.0, 7.0]);
    let spread = waits(RetryStrategy::default(), hinted(5, 30), 1000);
    assert!(spread.iter().all(|wait| (5.0..=35.0).contains(wait)));
    assert!(spread.iter().any(|&wait| wait < 6.0) && spread.iter().any(|&wait| wait > 34.0));
}

#[test]
fn no_hint_makes_a_client_hammer() {
    let now =
        Failure { retry_after: Some(Duration::ZERO), spread: Some(Duration::ZERO), ..TRANSPORT };
    let plain = Exponential { jitter: Jitter::None, ..Exponential::default() };
    assert_eq!(waits(plain, now, 3), [1.0, 2.0, 4.0]);
}

#[test]
fn those_who_were_told_goodbye_come_back_within_the_window_or_within_ten_seconds() {
    let adaptive = RetryStrategy::default();
    let mut random = SeededRandom::new(3);
    let mut first = |failure| {
        let waits = (0..1000).map(|_| {
            Backoff::new().interrupted(&adaptive, failure, true, &mut random).as_secs_f64()
        });
        waits.fold(0.0, f64::max)
    };
    assert!((9.5..=10.0).contains(&first(TRANSPORT)));
    let spread = Some(Duration::from_mins(1));
    assert!((57.0..=60.0).contains(&first(Failure { spread, ..TRANSPORT })));
}
