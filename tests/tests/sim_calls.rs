//! Many callers of one server that fails: what their retries cost it, how long it can make them wait,
//! and how soon a breaker that was restored lets them through, over many seeds.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::sync::Arc;
use std::time::Duration;

use steadfast_core::breaker::{BreakerConfig, BreakerSnapshot, BreakerState, CircuitBreaker};
use steadfast_core::retry::{
    Failure, FailureClass, GiveUp, RetryManager, RetryManagerConfig, RetryPolicy, Throttle,
    ThrottleConfig, Verdict,
};
use steadfast_core::rng::{Random, SeededRandom};
use steadfast_core::time::Instant;

const SEEDS: u64 = 100;
const SECOND: Duration = Duration::from_secs(1);

fn manager(seed: u64, throttle: Option<ThrottleConfig>) -> RetryManager {
    let mut manager = RetryManager::new(RetryManagerConfig::default(), seed).unwrap();
    manager.throttle(throttle.map(|config| Throttle::new(config).unwrap()));
    manager
}

/// How often a server is asked that fails each of `calls` calls, one after the other.
fn attempts_in_an_outage(seed: u64, policy: RetryPolicy, throttle: ThrottleConfig) -> u32 {
    let (mut manager, policy) = (manager(seed, Some(throttle)), Arc::new(policy));
    let (mut now, mut attempts) = (Instant::ORIGIN, 0);
    for _ in 0..CALLS {
        let key = manager.begin(now, "call", &policy).unwrap();
        loop {
            attempts += 1;
            let failure = Some(Failure::new(FailureClass::Transport));
            let Verdict::RetryIn(delay) = manager.failed(now, key, failure) else { break };
            now = now + delay;
            manager.resumed(now, key).unwrap();
        }
    }
    attempts
}

const CALLS: u32 = 1000;

#[test]
fn an_outage_costs_the_server_few_attempts_more_than_calls() {
    // The most attempts of a call, the throttle, and the most retries of all calls.
    let table = [
        (1, ThrottleConfig::default(), 0),
        (2, ThrottleConfig::default(), 4),
        (4, ThrottleConfig::default(), 4),
        (1, ThrottleConfig::quota(), 0),
        (4, ThrottleConfig::quota(), 100),
    ];
    for (max_attempts, throttle, most) in table {
        for seed in 0..SEEDS {
            let policy = RetryPolicy { max_attempts: Some(max_attempts), ..RetryPolicy::default() };
            let attempts = attempts_in_an_outage(seed, policy, throttle.clone());
            let retries = attempts - CALLS;
            assert!(retries <= most, "{retries} of {max_attempts}, {throttle:?}, seed {seed}");
        }
    }
}

#[test]
fn calls_of_one_attempt_that_fail_hold_the_retries_of_others_back() {
    let once = Arc::new(RetryPolicy { max_attempts: Some(1), ..RetryPolicy::default() });
    let often = Arc::new(RetryPolicy { max_attempts: Some(5), ..RetryPolicy::default() });
    for seed in 0..SEEDS {
        let mut manager = manager(seed, Some(ThrottleConfig::default()));
        let failure = Some(Failure::new(FailureClass::Transport));
        for policy in [&once, &once, &once, &once, &once, &often] {
            let key = manager.begin(Instant::ORIGIN, "call", policy).unwrap();
            let verdict = manager.failed(Instant::ORIGIN, key, failure);
            let reason = if *policy == often { GiveUp::Throttled } else { GiveUp::MaxAttempts };
            assert_eq!(verdict, Verdict::GiveUp(reason), "seed {seed}");
        }
    }
}

#[test]
fn a_server_makes_a_call_wait_as_long_as_it_asks_and_no_longer_than_is_allowed() {
    let policy = Arc::new(RetryPolicy { max_attempts: None, ..RetryPolicy::default() });
    let limit = policy.longest_server_wait();
    for seed in 0..SEEDS {
        let (mut manager, mut random) = (manager(seed, None), SeededRandom::new(seed));
        let mut now = Instant::ORIGIN;
        let key = manager.begin(now, "call", &policy).unwrap();
        // Waits that grow from a second to a year.
        for doublings in 0..25 {
            let asked = 2_u32.pow(doublings) * SECOND.mul_f64(random.next_between(0.5, 1.0));
            let retry_after = Some(asked);
            let failure = Failure { retry_after, ..Failure::new(FailureClass::Overload) };
            match manager.failed(now, key, Some(failure)) {
                Verdict::GiveUp(reason) => {
                    assert_eq!(reason, GiveUp::ServerWait, "seed {seed}");
                    assert!(asked > limit, "{asked:?}, seed {seed}");
                    break;
                }
                Verdict::RetryIn(delay) => {
                    assert!((asked..=2 * limit).contains(&delay), "{delay:?} after {asked:?}");
                    now = now + delay;
                    manager.resumed(now, key).unwrap();
                }
            }
        }
        assert_eq!(manager.operations().count(), 0, "seed {seed}");
    }
}

#[test]
fn a_breaker_that_was_restored_lets_a_call_through_within_its_own_limit() {
    let year = Duration::from_hours(24 * 365);
    let until = [Duration::ZERO, 10 * SECOND, Duration::from_hours(1), year, Duration::MAX];
    for (ahead, state) in until
        .into_iter()
        .flat_map(|ahead| [BreakerState::Open, BreakerState::HalfOpen].map(|state| (ahead, state)))
    {
        for seed in 0..SEEDS {
            let config = BreakerConfig::default();
            let limit = config.max_open_for;
            let breaker = CircuitBreaker::new(config, seed, Instant::ORIGIN).unwrap();
            let open_until = Some(Instant::ORIGIN + ahead);
            breaker.restore(BreakerSnapshot { state, forced: false, open_until, openings: 9 });
            let first = Instant::ORIGIN + Duration::from_millis(seed * 37);
            let mut now = first;
            while let Err(rejection) = breaker.admit(now) {
                assert!(rejection.retry_in <= limit, "{rejection:?}, seed {seed}");
                now = now + SECOND.min(rejection.retry_in);
            }
            let waited = now.saturating_since(first);
            assert!(waited <= ahead.min(limit), "{waited:?} of {ahead:?}, seed {seed}");
        }
    }
}
