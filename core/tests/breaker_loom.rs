//! What a breaker that threads share promises, in every interleaving of them that there is:
//!
//! ```text
//! RUSTFLAGS="--cfg loom" cargo test --package steadfast-core --test breaker_loom --target-dir target/loom
//! ```

#![cfg(loom)]
#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::time::Duration;

use loom::sync::Arc;
use loom::thread;
use steadfast_core::breaker::{BreakerConfig, BreakerState, CircuitBreaker, Outcome, Permit};
use steadfast_core::time::Instant;

const OPEN_FOR: Duration = Duration::from_secs(1);

/// A breaker that is open, and when it may be probed.
fn open(probes: u32) -> (Arc<CircuitBreaker>, Instant) {
    let config = BreakerConfig { probes, ..BreakerConfig::consecutive(1, OPEN_FOR) };
    let breaker = CircuitBreaker::new(config, 1, Instant::ORIGIN).unwrap();
    let permit = breaker.admit(Instant::ORIGIN).unwrap();
    let _ = breaker.record(Instant::ORIGIN, permit, Outcome::Failure);
    (Arc::new(breaker), Instant::ORIGIN + OPEN_FOR)
}

/// Asks on another thread.
fn ask(breaker: &Arc<CircuitBreaker>, now: Instant) -> thread::JoinHandle<Option<Permit>> {
    let breaker = Arc::clone(breaker);
    thread::spawn(move || breaker.admit(now).ok())
}

#[test]
fn threads_that_ask_at_once_get_exactly_the_number_of_probes() {
    for probes in [1, 2] {
        loom::model(move || {
            let (breaker, now) = open(probes);
            let others = [ask(&breaker, now), ask(&breaker, now)];
            let mut admitted = u32::from(breaker.admit(now).is_ok());
            for other in others {
                admitted += u32::from(other.join().unwrap().is_some());
            }
            assert_eq!(admitted, probes);
        });
    }
}

#[test]
fn a_probe_that_is_given_back_goes_to_one_other() {
    loom::model(|| {
        let (breaker, now) = open(1);
        let probe = breaker.admit(now).unwrap();
        let others = [ask(&breaker, now), ask(&breaker, now)];
        breaker.give_back(probe);
        let admitted = others.into_iter().filter_map(|other| other.join().unwrap()).count();
        assert!(admitted <= 1);
        assert_eq!(breaker.admit(now).is_ok(), admitted == 0);
    });
}

#[test]
fn a_hand_wins_over_a_probe_that_succeeds_at_the_same_moment() {
    loom::model(|| {
        let (breaker, now) = open(1);
        let probe = breaker.admit(now).unwrap();
        let other = {
            let breaker = Arc::clone(&breaker);
            thread::spawn(move || breaker.record(now, probe, Outcome::Success))
        };
        let _ = breaker.force_open();
        let _ = other.join().unwrap();
        assert_eq!(breaker.state(), BreakerState::Open);
    });
}

#[test]
fn of_probes_that_end_at_once_a_failure_decides_and_one_thread_makes_the_change() {
    loom::model(|| {
        let (breaker, now) = open(2);
        let (first, second) = (breaker.admit(now).unwrap(), breaker.admit(now).unwrap());
        let other = {
            let breaker = Arc::clone(&breaker);
            thread::spawn(move || breaker.record(now, first, Outcome::Success))
        };
        let ours = breaker.record(now, second, Outcome::Failure);
        let theirs = other.join().unwrap();
        assert_eq!(breaker.state(), BreakerState::Open);
        assert_eq!(u32::from(ours.is_some()) + u32::from(theirs.is_some()), 1);
    });
}
