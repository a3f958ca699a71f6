//! Operations that a manager lists, cancels and remembers.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::future::{pending, ready};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use steadfast::{
    Attempt, AttemptOutcome, BreakerState, Exponential, Fixed, Guarded, RetryManager,
    RetryManagerConfig, Throttle, ThrottleConfig, retry,
};

fn manager() -> RetryManager {
    RetryManager::new(RetryManagerConfig::default()).unwrap()
}

fn down() -> io::Error {
    io::Error::from(io::ErrorKind::ConnectionRefused)
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_remembered_attempt_by_attempt() {
    let (manager, mut events) = (manager(), None);
    let operation = |attempt: Attempt| {
        events.get_or_insert_with(|| manager.subscribe());
        ready(if attempt.number == 3 { Ok("saved") } else { Err(down()) })
    };
    let result = manager.execute_with_retry("save", operation, Exponential::default(), 5).await;
    assert_eq!(result.unwrap(), "saved");

    let stats = manager.stats_of("save").unwrap();
    assert_eq!((stats.attempts, stats.successes, stats.transport_failures), (3, 1, 2));
    let outcomes: Vec<_> = manager.history().iter().map(|record| record.outcome).collect();
    let failed = AttemptOutcome::Transport;
    assert_eq!(outcomes, [failed, failed, AttemptOutcome::Success]);
    assert_eq!(manager.operations(), []);

    let mut names = Vec::new();
    while let Ok(told) = events.as_mut().unwrap().try_recv() {
        assert_eq!(&*told.id, "save");
        names.push(told.event.kind.name());
    }
    let failure = ["retry.failed", "retry.attempt"];
    assert_eq!(names, [&failure[..], &failure, &["retry.success"]].concat());
}

#[tokio::test(start_paused = true)]
async fn a_waiting_operation_is_listed_and_cancelled_by_its_id_at_once() {
    let (manager, calls) = (manager(), Arc::new(AtomicU32::new(0)));
    let began = tokio::time::Instant::now();
    let running = tokio::spawn({
        let (manager, calls) = (manager.clone(), Arc::clone(&calls));
        async move {
            let operation = |_| {
                calls.fetch_add(1, Ordering::Relaxed);
                ready(Err::<(), _>(down()))
            };
            let hourly = Fixed { delay: Duration::from_hours(1), ..Fixed::default() };
            manager.execute_with_retry("sync", operation, hourly, 9).await
        }
    });
    tokio::time::sleep(Duration::from_millis(10)).await;
    let listed = manager.operations();
    assert_eq!((listed.len(), &*listed[0].operation_id, listed[0].attempt), (1, "sync", 1));
    assert!(listed[0].next_attempt_at.is_some());

    assert_eq!((manager.cancel("other"), manager.cancel("sync")), (0, 1));
    let error = running.await.unwrap().unwrap_err();
    assert_eq!(error.code(), "retry.cancelled");
    assert!(began.elapsed() < Duration::from_secs(1));
    assert_eq!(manager.stats().cancellations, 1);
    assert_eq!(manager.operations(), []);
    tokio::time::sleep(Duration::from_hours(2)).await;
    assert_eq!(calls.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_operation_that_is_dropped_is_no_longer_listed() {
    let manager = manager();
    let hanging = retry(pending::<Result<(), ()>>).managed(&manager, "hang");
    let mut hanging = Box::pin(hanging.into_future());
    assert!(futures::poll!(&mut hanging).is_pending());
    assert_eq!(manager.operations().len(), 1);
    drop(hanging);
    assert_eq!(manager.operations(), []);
    assert_eq!(manager.stats().cancellations, 1);
}

#[tokio::test(start_paused = true)]
async fn a_circuit_is_shared_by_all_calls_of_its_name() {
    let manager = manager();
    let mut events = manager.subscribe();
    let call = |result: Result<(), io::Error>| {
        manager.execute_with_circuit_breaker("api", || ready(result), 2, Duration::from_secs(30))
    };
    assert_eq!(call(Err(down())).await.unwrap_err().code(), "circuit.call_failed");
    assert_eq!(call(Err(down())).await.unwrap_err().code(), "circuit.call_failed");
    assert_eq!(call(Ok(())).await.unwrap_err().code(), "circuit.open");
    assert_eq!(manager.circuits(), [(Arc::from("api"), BreakerState::Open)]);
    manager.circuit("api").unwrap().reset();
    call(Ok(())).await.unwrap();
    let names: Vec<_> = std::iter::from_fn(|| events.try_recv().ok()).collect();
    let names: Vec<_> = names.iter().map(|told| told.event.kind.name()).collect();
    assert_eq!(names, ["circuit.opened", "circuit.reset"]);
}

#[tokio::test(start_paused = true)]
async fn the_strategy_with_a_breaker_keeps_one_for_all_runs_of_an_id() {
    let manager = manager();
    let strategy = || Guarded { threshold: 2, ..Guarded::default() };
    let run = || manager.execute_with_retry("api", |_| ready(Err::<(), _>(down())), strategy(), 2);
    assert_eq!(run().await.unwrap_err().code(), "retry.exhausted");
    assert_eq!(run().await.unwrap_err().code(), "circuit.open");
    assert_eq!(manager.circuit("api").unwrap().state(), BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn a_manager_has_one_throttle_and_refuses_another() {
    let manager = manager();
    let bucket = ThrottleConfig::TokenBucket { max_tokens: 2.0, token_ratio: 1.0 };
    manager.throttle(Some(bucket)).unwrap();
    let result = manager.execute_with_retry("a", |_| ready(Err::<(), _>(())), Fixed::default(), 9);
    assert_eq!(result.await.unwrap_err().code(), "retry.throttled");

    let throttle = Throttle::new(ThrottleConfig::default()).unwrap();
    let retrying = retry(|| ready(Ok::<_, ()>(()))).throttle(&throttle).managed(&manager, "b");
    assert_eq!(retrying.await.unwrap_err().code(), "config.out_of_range");
}

#[tokio::test]
async fn ids_that_make_no_sense_are_refused() {
    let manager = manager();
    let ok = |_| ready(Ok::<_, ()>(()));
    let refused = manager.execute_with_retry("", ok, Fixed::default(), 3).await.unwrap_err();
    assert_eq!(refused.code(), "config.text");
    let call = || ready(Ok::<_, &str>(()));
    let refused = manager.execute_with_circuit_breaker("a\n", call, 1, Duration::from_secs(1));
    let refused = refused.await.unwrap_err();
    assert_eq!(refused.code(), "config.text");
    assert!(refused.to_string().contains("circuitId"));
}
