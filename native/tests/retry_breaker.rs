//! A breaker that tasks and threads share.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::future::{pending, ready};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use steadfast::{BreakerConfig, BreakerState, CircuitBreaker, Outcome, retry};
use tokio::sync::Barrier;
use tokio::time::sleep;

const OPEN_FOR: Duration = Duration::from_millis(20);

fn config(probes: u32) -> BreakerConfig {
    BreakerConfig { probes, ..BreakerConfig::consecutive(1, OPEN_FOR) }
}

/// A breaker whose time to probe has come.
async fn ready_to_probe(probes: u32) -> CircuitBreaker {
    let breaker = CircuitBreaker::new(config(probes)).unwrap();
    breaker.admit().unwrap().record(Outcome::Failure);
    assert_eq!(breaker.state(), BreakerState::Open);
    sleep(OPEN_FOR * 2).await;
    breaker
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn callers_that_ask_at_once_get_exactly_the_number_of_probes() {
    for probes in [1, 3, 7] {
        let breaker = ready_to_probe(probes).await;
        let (start, made) = (Arc::new(Barrier::new(64)), Arc::new(AtomicU32::new(0)));
        let callers: Vec<_> = (0..64)
            .map(|_| {
                let (breaker, start, made) =
                    (breaker.clone(), Arc::clone(&start), Arc::clone(&made));
                tokio::spawn(async move {
                    start.wait().await;
                    let call = async {
                        made.fetch_add(1, Ordering::Relaxed);
                        pending::<Result<(), ()>>().await
                    };
                    breaker.call(call).await
                })
            })
            .collect();
        sleep(Duration::from_millis(100)).await;
        assert_eq!(made.load(Ordering::Relaxed), probes);
        callers.iter().for_each(tokio::task::JoinHandle::abort);
    }
}

#[tokio::test]
async fn a_probe_that_is_dropped_while_it_runs_goes_to_the_next_caller() {
    let breaker = ready_to_probe(1).await;
    {
        let mut probe = Box::pin(breaker.call(pending::<Result<(), ()>>()));
        assert!(futures::poll!(&mut probe).is_pending());
        assert!(breaker.admit().is_err(), "the only probe is out");
    }
    assert!(breaker.admit().unwrap().is_probe());
}

#[tokio::test]
async fn a_probe_of_a_task_that_is_aborted_goes_to_the_next_caller() {
    let breaker = ready_to_probe(1).await;
    let probe = tokio::spawn({
        let breaker = breaker.clone();
        async move { breaker.call(pending::<Result<(), ()>>()).await }
    });
    sleep(Duration::from_millis(5)).await;
    assert!(breaker.admit().is_err());
    probe.abort();
    assert!(probe.await.unwrap_err().is_cancelled());
    assert!(breaker.admit().is_ok());
}

#[tokio::test]
async fn a_probe_within_a_retry_that_is_cancelled_or_dropped_goes_to_the_next_caller() {
    let breaker = ready_to_probe(1).await;
    let hanging = || retry(pending::<Result<(), ()>>).breaker(&breaker);
    let cancelled = hanging().cancel_on(sleep(Duration::from_millis(5))).await;
    assert_eq!(cancelled.unwrap_err().code(), "retry.cancelled");
    let dropped = tokio::time::timeout(Duration::from_millis(5), hanging().into_future()).await;
    assert!(dropped.is_err());
    breaker.admit().unwrap().record(Outcome::Success);
    assert_eq!(breaker.state(), BreakerState::Closed);
}

#[tokio::test]
async fn a_probe_that_times_out_within_a_retry_opens_the_circuit_again() {
    let breaker = ready_to_probe(1).await;
    let hanging = retry(pending::<Result<(), ()>>).breaker(&breaker).max_attempts(1);
    let error = hanging.per_attempt_timeout(Duration::from_millis(5)).await.unwrap_err();
    assert_eq!(error.code(), "retry.exhausted");
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[tokio::test]
async fn a_failure_that_does_not_speak_against_the_peer_does_not_open_it() {
    let breaker = CircuitBreaker::new(config(1)).unwrap();
    let missing = ready(Err::<(), _>(http::StatusCode::NOT_FOUND));
    assert_eq!(breaker.call(missing).await.unwrap_err().code(), "circuit.call_failed");
    assert_eq!(breaker.state(), BreakerState::Closed);
    let busy = ready(Ok::<_, ()>(http::StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(breaker.call(busy).await, Ok(http::StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[tokio::test]
async fn it_can_be_forced_reset_saved_and_restored() {
    let breaker = CircuitBreaker::new(config(1)).unwrap();
    breaker.force_open();
    sleep(OPEN_FOR * 2).await;
    assert!(breaker.admit().is_err());
    let saved = breaker.snapshot();
    let other = CircuitBreaker::new(config(1)).unwrap();
    other.restore(saved);
    assert!(other.admit().is_err());
    breaker.force_closed();
    breaker.admit().unwrap().record(Outcome::Failure);
    assert_eq!(breaker.state(), BreakerState::Closed);
    other.reset();
    assert!(other.admit().is_ok());
}

#[tokio::test]
async fn its_listener_is_told_every_change_and_may_use_it() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = {
        let told = Arc::clone(&told);
        move |event: &steadfast::Event| told.lock().unwrap().push(event.kind.name())
    };
    let breaker = CircuitBreaker::with_listener(config(1), listener).unwrap();
    breaker.admit().unwrap().record(Outcome::Failure);
    sleep(OPEN_FOR * 2).await;
    breaker.admit().unwrap().record(Outcome::Success);
    breaker.reset();
    let expected = ["circuit.opened", "circuit.half_opened", "circuit.closed", "circuit.reset"];
    assert_eq!(*told.lock().unwrap(), expected);
}

#[tokio::test]
async fn rates_need_the_time_and_get_it() {
    let slow_call = Some(Duration::from_millis(2));
    let slow = BreakerConfig { minimum_calls: 2, slow_call, ..BreakerConfig::default() };
    let breaker = CircuitBreaker::new(slow).unwrap();
    for _ in 0..2 {
        let slow = async {
            sleep(Duration::from_millis(10)).await;
            Ok::<_, ()>(())
        };
        breaker.call(slow).await.unwrap();
    }
    assert_eq!(breaker.state(), BreakerState::Open);
}
