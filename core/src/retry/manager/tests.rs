use super::*;
use crate::retry::{FailureClass, Fixed, ThrottleConfig};
use std::vec::Vec;

const FAILURE: Option<Failure> = Some(Failure::new(FailureClass::Transport));

fn at(secs: u64) -> Instant {
    Instant::ORIGIN + Duration::from_secs(secs)
}

fn manager() -> RetryManager {
    RetryManager::new(RetryManagerConfig::default(), 1).unwrap()
}

/// Waits of exactly a second.
fn policy(max_attempts: Option<u32>, deadline: Option<u64>) -> Arc<RetryPolicy> {
    let deadline = deadline.map(Duration::from_secs);
    let strategy = Fixed::default().into();
    Arc::new(RetryPolicy { strategy, max_attempts, deadline, ..RetryPolicy::default() })
}

fn names(manager: &mut RetryManager) -> Vec<&'static str> {
    core::iter::from_fn(|| manager.poll_output()).map(|(_, event)| event.kind.name()).collect()
}

#[test]
fn an_operation_that_fails_once_is_tried_again_and_succeeds() {
    let mut manager = manager();
    let key = manager.begin(at(0), "load", &policy(Some(3), None)).unwrap();
    assert_eq!(manager.failed(at(0), key, FAILURE), Verdict::RetryIn(Duration::from_secs(1)));
    let waiting: Vec<_> = manager.operations().collect();
    assert_eq!((waiting[0].attempt, waiting[0].next_attempt_at), (1, Some(at(1))));
    assert_eq!(manager.resumed(at(1), key), Some(2));
    manager.succeeded(at(1), key);
    assert_eq!(manager.operations().count(), 0);
    assert_eq!(names(&mut manager), ["retry.failed", "retry.attempt", "retry.success"]);
    let stats = manager.stats_of("load").unwrap();
    assert_eq!((stats.attempts, stats.successes, stats.transport_failures), (2, 1, 1));
    assert_eq!(stats.total_delay, Duration::from_secs(1));
    assert_eq!(stats.success_rate(), Some(0.5));
}

#[test]
fn after_the_last_attempt_it_gives_up() {
    let mut manager = manager();
    let key = manager.begin(at(0), "load", &policy(Some(2), None)).unwrap();
    assert!(matches!(manager.failed(at(0), key, FAILURE), Verdict::RetryIn(_)));
    manager.resumed(at(1), key);
    assert_eq!(manager.failed(at(1), key, FAILURE), Verdict::GiveUp(GiveUp::MaxAttempts));
    assert_eq!(names(&mut manager).last(), Some(&"retry.exhausted"));
    assert_eq!(manager.stats().exhausted, 1);
}

#[test]
fn what_would_fail_again_is_not_tried_again() {
    let mut manager = manager();
    let key = manager.begin(at(0), "load", &policy(None, None)).unwrap();
    assert_eq!(manager.failed(at(0), key, None), Verdict::GiveUp(GiveUp::Final));
}

#[test]
fn no_attempt_begins_after_the_deadline() {
    let mut manager = manager();
    let key = manager.begin(at(0), "load", &policy(None, Some(5))).unwrap();
    assert!(matches!(manager.failed(at(4), key, FAILURE), Verdict::RetryIn(_)));
    manager.resumed(at(5), key);
    assert_eq!(manager.failed(at(5), key, FAILURE), Verdict::GiveUp(GiveUp::Deadline));
}

#[test]
fn a_cancelled_operation_is_gone_at_once() {
    let mut manager = manager();
    let key = manager.begin(at(0), "load", &policy(None, None)).unwrap();
    let _ = manager.failed(at(0), key, FAILURE);
    assert_eq!(manager.keys_of("load").collect::<Vec<_>>(), [key]);
    assert!(manager.cancel(at(0), key));
    assert!(!manager.cancel(at(0), key));
    assert_eq!(manager.resumed(at(1), key), None);
    assert_eq!(manager.failed(at(1), key, FAILURE), Verdict::GiveUp(GiveUp::Cancelled));
    assert_eq!(manager.stats().cancellations, 1);
}

#[test]
fn a_throttle_ends_retries_while_too_many_fail_but_no_first_attempt() {
    let mut manager = manager();
    manager.throttle(Some(Throttle::new(ThrottleConfig::default()).unwrap()));
    let policy = policy(Some(2), None);
    let verdicts: Vec<_> = (0..6)
        .map(|_| {
            let key = manager.begin(at(0), "load", &policy).unwrap();
            manager.failed(at(0), key, FAILURE)
        })
        .collect();
    assert!(verdicts[..4].iter().all(|verdict| matches!(verdict, Verdict::RetryIn(_))));
    assert!(verdicts[4..].iter().all(|verdict| *verdict == Verdict::GiveUp(GiveUp::Throttled)));
}

#[test]
fn history_and_counts_are_bounded_and_keep_what_is_new() {
    let config = RetryManagerConfig { max_history: 3, max_counted: 2, ..<_>::default() };
    let mut manager = RetryManager::new(config, 1).unwrap();
    for secs in 0..5 {
        let id = std::format!("operation {secs}");
        let key = manager.begin(at(secs), id, &policy(None, None)).unwrap();
        manager.succeeded(at(secs), key);
    }
    let kept: Vec<_> = manager.history().map(|record| record.at).collect();
    assert_eq!(kept, [at(2), at(3), at(4)]);
    assert_eq!(manager.stats().attempts, 5);
    assert!(manager.stats_of("operation 2").is_none() && manager.stats_of("operation 4").is_some());
}

#[test]
fn nonsense_is_refused_by_the_name_of_its_field() {
    let mut manager = manager();
    let refused = manager.begin(at(0), "", &policy(None, None)).unwrap_err();
    assert_eq!(refused.field(), "operationId");
    assert_eq!(policy(Some(0), None).validate().unwrap_err().field(), "maxAttempts");
    for wait in [Duration::ZERO, Duration::MAX] {
        let policy = RetryPolicy { max_server_wait: Some(wait), ..RetryPolicy::default() };
        assert_eq!(policy.validate().unwrap_err().field(), "maxServerWait");
    }
    let config = RetryManagerConfig { max_operations: 0, ..<_>::default() };
    assert_eq!(RetryManager::new(config, 1).unwrap_err().field(), "maxOperations");
}

#[test]
fn a_success_at_once_counts_like_one_that_was_announced() {
    let run = |at_once: bool| {
        let mut manager = manager();
        if at_once {
            let id = OperationId::new("load").unwrap();
            manager.succeeded_at_once(at(1), at(3), &id);
        } else {
            let key = manager.begin(at(1), "load", &policy(Some(3), None)).unwrap();
            manager.succeeded(at(3), key);
        }
        let event = manager.poll_output().unwrap();
        let history: Vec<_> = manager.history().cloned().collect();
        (event, history, *manager.stats_of("load").unwrap())
    };
    assert_eq!(run(true), run(false));
}

#[test]
fn events_that_nobody_wants_are_not_made() {
    let mut manager = manager();
    manager.watch(false);
    let key = manager.begin(at(0), "load", &policy(Some(1), None)).unwrap();
    assert_eq!(manager.failed(at(0), key, FAILURE), Verdict::GiveUp(GiveUp::MaxAttempts));
    assert_eq!(manager.poll_output(), None);
    manager.watch(true);
    let key = manager.begin(at(0), "load", &policy(Some(1), None)).unwrap();
    manager.succeeded(at(0), key);
    assert_eq!(names(&mut manager), ["retry.success"]);
}
