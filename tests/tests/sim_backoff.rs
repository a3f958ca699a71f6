//! The strategies against figures from outside.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use steadfast_core::retry::{
    Backoff, Exponential, Failure, FailureClass, Jitter, RetryStrategy, Throttle, ThrottleConfig,
};
use steadfast_core::rng::{Random, SeededRandom};
use steadfast_core::time::Instant;

const FAILURE: Failure = Failure::new(FailureClass::Transport);

/// The mean number of writes until all of 100 clients have written once, to a server that takes a
/// write only if nobody else wrote since the client last read: the simulation behind Brooker,
/// "Exponential Backoff And Jitter" (AWS Architecture Blog, 2015), with its network N(10, 2).
fn mean_calls(strategy: Option<&RetryStrategy>) -> f64 {
    const ROUNDS: u64 = 200;
    let calls: u64 = (0..ROUNDS).map(|seed| Contention::new(seed, strategy).run()).sum();
    calls as f64 / ROUNDS as f64
}

struct Contention<'a> {
    strategy: Option<&'a RetryStrategy>,
    random: SeededRandom,
    /// Arrival in ns, a number that keeps the order, the client, and what arrives.
    messages: BinaryHeap<Reverse<(u64, u64, usize, Message)>>,
    sent: u64,
}

#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Message {
    Read,
    Value(u64),
    Write(u64),
    Written(bool),
}

impl<'a> Contention<'a> {
    fn new(seed: u64, strategy: Option<&'a RetryStrategy>) -> Self {
        let random = SeededRandom::new(seed);
        Self { strategy, random, messages: BinaryHeap::new(), sent: 0 }
    }

    fn run(mut self) -> u64 {
        const CLIENTS: usize = 100;
        let mut backoffs = vec![Backoff::new(); CLIENTS];
        let (mut calls, mut version) = (0, 0);
        (0..CLIENTS).for_each(|client| self.send(0, client, Message::Read));
        while let Some(Reverse((now, _, client, message))) = self.messages.pop() {
            match message {
                Message::Read => self.send(now, client, Message::Value(version)),
                Message::Value(value) => self.send(now, client, Message::Write(value)),
                Message::Write(value) => {
                    calls += 1;
                    let taken = value == version;
                    version += u64::from(taken);
                    self.send(now, client, Message::Written(taken));
                }
                Message::Written(true) => {}
                Message::Written(false) => {
                    let wait = self.strategy.map_or(Duration::ZERO, |strategy| {
                        backoffs[client].failed(strategy, FAILURE, &mut self.random)
                    });
                    self.send(now + nanos(wait.as_secs_f64() * 1e3), client, Message::Read);
                }
            }
        }
        calls
    }

    fn send(&mut self, now: u64, client: usize, message: Message) {
        let delay = (10.0 + 2.0 * self.normal()).abs();
        self.sent += 1;
        self.messages.push(Reverse((now + nanos(delay), self.sent, client, message)));
    }

    /// Box and Muller, 1958.
    fn normal(&mut self) -> f64 {
        let radius = (-2.0 * (1.0 - self.random.next_unit()).ln()).sqrt();
        radius * (std::f64::consts::TAU * self.random.next_unit()).cos()
    }
}

#[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "positive and small")]
fn nanos(millis: f64) -> u64 {
    (millis * 1e6) as u64
}

fn exponential(jitter: Jitter) -> RetryStrategy {
    RetryStrategy::Exponential(Exponential {
        // The simulation counts its first failure as attempt 1 of 5 · 2^n.
        base_delay: Duration::from_millis(10),
        max_delay: Duration::from_secs(2),
        jitter,
        ..Exponential::default()
    })
}

#[test]
fn under_contention_the_strategies_cost_what_brooker_found() {
    let decorrelated = RetryStrategy::Exponential(Exponential {
        base_delay: Duration::from_millis(5),
        max_delay: Duration::from_secs(2),
        jitter: Jitter::Decorrelated,
        ..Exponential::default()
    });
    let rows = [
        ("none", mean_calls(None), 2421.90),
        ("exponential", mean_calls(Some(&exponential(Jitter::None))), 1853.65),
        ("decorrelated", mean_calls(Some(&decorrelated)), 1002.75),
        ("equal", mean_calls(Some(&exponential(Jitter::Equal))), 812.21),
        ("full", mean_calls(Some(&exponential(Jitter::Full))), 797.07),
    ];
    for (name, calls, expected) in rows {
        println!("{name:>12} {calls:8.2} calls, {expected:8.2} expected");
    }
    for (name, calls, expected) in rows {
        assert!((calls / expected - 1.0).abs() < 0.05, "{name}: {calls:.2}, not {expected:.2}");
    }
}

/// gRPC, "Connection Backoff Protocol": 1 s, ×1.6, ±20 %, at most 120 s.
#[test]
fn the_connection_backoff_of_grpc_can_be_configured() {
    let strategy = RetryStrategy::Exponential(Exponential {
        max_delay: Duration::from_mins(2),
        multiplier: 1.6,
        jitter_range: Some(0.2),
        ..Exponential::default()
    });
    for seed in 0..100 {
        let (mut backoff, mut random) = (Backoff::new(), SeededRandom::new(seed));
        let mut nominal = 1.0_f64;
        for attempt in 1..=20 {
            let wait = backoff.failed(&strategy, FAILURE, &mut random).as_secs_f64();
            // Ours is drawn inside the cap where gRPC's may exceed it by a fifth.
            let centre = nominal.min(100.0);
            let within = centre * 0.8 - 1e-6..=centre * 1.2 + 1e-6;
            assert!(within.contains(&wait), "attempt {attempt}: {wait}");
            nominal = (nominal * 1.6).min(120.0);
        }
    }
}

/// The greatest draw there is, which AWS's examples call a jitter of 1.
struct Greatest;

impl Random for Greatest {
    fn next_u32(&mut self) -> u32 {
        u32::MAX
    }
}

/// AWS SDK, standard retry mode: up to 20 s, from a quota of 500.
#[test]
fn the_standard_retry_mode_of_aws_can_be_configured() {
    let strategy = RetryStrategy::Exponential(Exponential {
        max_delay: Duration::from_secs(20),
        ..Exponential::default()
    });
    let mut throttle = Throttle::new(ThrottleConfig::quota()).unwrap();
    let mut backoff = Backoff::new();
    let mut fail = || {
        let wait = backoff.failed(&strategy, FAILURE, &mut Greatest).as_secs_f64();
        let withdrawal = throttle.failed(Instant::ORIGIN, FAILURE.class);
        (wait.round(), throttle.available(Instant::ORIGIN), withdrawal)
    };
    let (first, second) = (fail(), fail());
    let close = |a: f64, b: f64| (a - b).abs() < f64::EPSILON;
    assert!(close(first.0, 1.0) && close(first.1, 495.0));
    assert!(close(second.0, 2.0) && close(second.1, 490.0));
    let last = (0..99_998).map(|_| fail().0).last().unwrap();
    assert!((last - 20.0).abs() < f64::EPSILON, "attempt 100,000 waits {last} s");

    let mut throttle = Throttle::new(ThrottleConfig::quota()).unwrap();
    let _ = throttle.failed(Instant::ORIGIN, FAILURE.class);
    let withdrawal = throttle.failed(Instant::ORIGIN, FAILURE.class);
    throttle.succeeded(withdrawal);
    assert!((throttle.available(Instant::ORIGIN) - 495.0).abs() < f64::EPSILON);
}
