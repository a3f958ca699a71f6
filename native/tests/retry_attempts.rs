//! How often an operation is tried, and how it is given up.

use std::cell::Cell;
use std::future::{pending, ready};
use std::time::Duration;

use steadfast::{
    Attempt, AttemptError, BreakerConfig, BreakerState, CircuitBreaker, Class, EventKind, Fixed,
    Guarded, RetryError, Throttle, ThrottleConfig, retry, retry_with,
};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

fn every(millis: u64) -> Fixed {
    Fixed { delay: Duration::from_millis(millis), ..Fixed::default() }
}

/// Fails until its `successful` attempt, and counts.
fn fails_until(
    successful: u32,
    calls: &Cell<u32>,
) -> impl Fn() -> std::future::Ready<Result<u32, &'static str>> {
    move || {
        calls.set(calls.get() + 1);
        ready(if calls.get() >= successful { Ok(calls.get()) } else { Err("down") })
    }
}

#[tokio::test(start_paused = true)]
async fn an_operation_is_tried_until_it_succeeds() {
    let (calls, began) = (Cell::new(0), Instant::now());
    let result = retry(fails_until(3, &calls)).strategy(every(1000)).await;
    assert_eq!(result, Ok(3));
    assert!((2000..2100).contains(&began.elapsed().as_millis()), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn the_last_error_is_handed_on_when_attempts_run_out() {
    let calls = Cell::new(0);
    let error = retry(fails_until(9, &calls)).max_attempts(4).await.unwrap_err();
    assert_eq!(error.code(), "retry.exhausted");
    assert_eq!(error, RetryError::Exhausted { attempts: 4, last: AttemptError::Failed("down") });
    assert_eq!(calls.get(), 4);
}

#[tokio::test(start_paused = true)]
async fn an_operation_may_know_which_attempt_it_makes() {
    let seen = Cell::new(0);
    let operation = |attempt: Attempt| {
        seen.set(seen.get() * 10 + attempt.number);
        async move { if attempt.number == 3 { Ok(()) } else { Err("down") } }
    };
    retry_with(operation).await.unwrap();
    assert_eq!(seen.get(), 123);
}

#[tokio::test]
async fn what_would_fail_again_is_not_tried_again() {
    let calls = Cell::new(0);
    let missing = || {
        calls.set(calls.get() + 1);
        ready(Err::<(), _>(std::io::Error::from(std::io::ErrorKind::NotFound)))
    };
    let error = retry(missing).await.unwrap_err();
    assert_eq!((error.code(), calls.get()), ("retry.final", 1));
}

#[tokio::test(start_paused = true)]
async fn a_test_of_the_users_own_decides_what_is_tried_again() {
    let calls = Cell::new(0);
    let result = retry(fails_until(9, &calls)).retry_if(|error| *error != "down").await;
    assert_eq!((result.unwrap_err().code(), calls.get()), ("retry.final", 1));
}

#[tokio::test(start_paused = true)]
async fn a_hint_in_the_error_is_a_floor_under_the_wait() {
    let (calls, began) = (Cell::new(0), Instant::now());
    let hint = |_: &&str| Some(Duration::from_mins(1));
    retry(fails_until(2, &calls)).strategy(every(1)).retry_after(hint).await.unwrap();
    let waited = began.elapsed().as_secs();
    assert!((60..=90).contains(&waited), "{waited}");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_asks_for_another_attempt_is_handed_on_when_it_was_the_last() {
    let calls = Cell::new(0);
    let busy = || {
        calls.set(calls.get() + 1);
        ready(Ok::<_, ()>(http::StatusCode::SERVICE_UNAVAILABLE))
    };
    assert_eq!(retry(busy).max_attempts(3).await, Ok(http::StatusCode::SERVICE_UNAVAILABLE));
    assert_eq!(calls.get(), 3);
}

#[tokio::test(start_paused = true)]
async fn an_attempt_that_takes_too_long_is_ended_and_is_a_sign_of_overload() {
    let mut classes = Vec::new();
    let error = retry(pending::<Result<(), ()>>)
        .per_attempt_timeout(Duration::from_secs(2))
        .max_attempts(2)
        .notify(|event| {
            if let EventKind::RetryFailed { class, .. } = &event.kind {
                classes.push(class.unwrap());
            }
        })
        .await
        .unwrap_err();
    let last = AttemptError::TimedOut(Duration::from_secs(2));
    assert_eq!(error, RetryError::Exhausted { attempts: 2, last });
    assert_eq!(classes, [steadfast::FailureClass::Overload; 2]);
}

#[tokio::test(start_paused = true)]
async fn no_attempt_begins_or_goes_on_after_the_deadline() {
    let (calls, began) = (Cell::new(0), Instant::now());
    let retrying = retry(fails_until(99, &calls)).strategy(every(1000)).max_attempts(None);
    let error = retrying.deadline(Duration::from_millis(3500)).await.unwrap_err();
    assert_eq!((error.code(), calls.get()), ("retry.deadline", 4));
    assert!(began.elapsed() < Duration::from_millis(3600), "{:?}", began.elapsed());

    let began = Instant::now();
    let hanging = retry(pending::<Result<(), ()>>).deadline(Duration::from_secs(5));
    assert_eq!(hanging.await.unwrap_err().code(), "retry.deadline");
    assert!(began.elapsed() < Duration::from_millis(5100), "{:?}", began.elapsed());
}

#[tokio::test(start_paused = true)]
async fn cancelling_ends_a_wait_at_once_and_nothing_more_is_called() {
    let (calls, began) = (Cell::new(0), Instant::now());
    let token = CancellationToken::new();
    let retrying = retry(fails_until(99, &calls)).strategy(every(3_600_000));
    let retrying = retrying.cancel_on(token.cancelled());
    let cancel = async {
        tokio::time::sleep(Duration::from_millis(50)).await;
        token.cancel();
    };
    let (result, ()) = tokio::join!(retrying.into_future(), cancel);
    let last = Some(AttemptError::Failed("down"));
    assert_eq!(result, Err(RetryError::Cancelled { attempts: 1, last }));
    assert!(began.elapsed() < Duration::from_millis(100), "{:?}", began.elapsed());
    tokio::time::sleep(Duration::from_hours(2)).await;
    assert_eq!(calls.get(), 1);
}

#[tokio::test]
async fn what_is_cancelled_before_it_begins_calls_nothing() {
    let calls = Cell::new(0);
    let error = retry(fails_until(1, &calls)).cancel_on(ready(())).await.unwrap_err();
    assert_eq!((error.code(), calls.get()), ("retry.cancelled", 0));
}

#[tokio::test(start_paused = true)]
async fn a_retry_that_is_dropped_while_it_waits_calls_nothing_more() {
    let calls = Cell::new(0);
    let retrying = retry(fails_until(99, &calls)).strategy(every(100)).max_attempts(None);
    let limited = tokio::time::timeout(Duration::from_millis(350), retrying.into_future());
    assert!(limited.await.is_err());
    tokio::time::sleep(Duration::from_secs(10)).await;
    assert_eq!(calls.get(), 4);
}

#[tokio::test(start_paused = true)]
async fn a_throttle_that_operations_share_holds_retries_back_but_no_first_attempt() {
    let bucket = ThrottleConfig::TokenBucket { max_tokens: 4.0, token_ratio: 1.0 };
    let throttle = Throttle::new(bucket).unwrap();
    let calls = Cell::new(0);
    let attempt = || retry(fails_until(99, &calls)).throttle(&throttle).await_code();
    assert_eq!(attempt().await, "retry.throttled");
    assert_eq!(calls.get(), 2, "three of four tokens is more than half, two is not");
    assert_eq!(attempt().await, "retry.throttled");
    assert_eq!(calls.get(), 3);
    for _ in 0..2 {
        retry(|| ready(Ok::<_, ()>(()))).throttle(&throttle).await.unwrap();
    }
    assert!((throttle.available() - 3.0).abs() < 1e-9, "{}", throttle.available());
}

#[tokio::test(start_paused = true)]
async fn events_tell_the_whole_story_in_order() {
    let (calls, mut story) = (Cell::new(0), Vec::new());
    let retrying = retry(fails_until(2, &calls)).notify(|event| story.push(event.kind.name()));
    retrying.await.unwrap();
    assert_eq!(story, ["retry.failed", "retry.attempt", "retry.success"]);
}

#[tokio::test(start_paused = true)]
async fn an_open_breaker_turns_the_next_attempt_away_and_says_when_to_ask_again() {
    let breaker =
        CircuitBreaker::new(BreakerConfig::consecutive(2, Duration::from_secs(30))).unwrap();
    let calls = Cell::new(0);
    let retrying = retry(fails_until(99, &calls)).strategy(every(10)).max_attempts(9);
    let error = retrying.breaker(&breaker).await.unwrap_err();
    let RetryError::CircuitOpen { rejection, last } = error else { panic!("{error:?}") };
    assert_eq!((calls.get(), last), (2, Some(AttemptError::Failed("down"))));
    assert!(rejection.retry_in > Duration::from_secs(29), "{rejection:?}");
    assert_eq!(breaker.state(), BreakerState::Open);
}

#[tokio::test(start_paused = true)]
async fn the_strategy_with_a_breaker_needs_no_other() {
    let calls = Cell::new(0);
    let strategy = Guarded { threshold: 3, ..Guarded::default() };
    let error = retry(fails_until(99, &calls)).strategy(strategy).max_attempts(9).await;
    assert_eq!((error.unwrap_err().code(), calls.get()), ("circuit.open", 3));
}

#[tokio::test]
async fn options_that_make_no_sense_are_refused_by_name_before_anything_is_called() {
    let calls = Cell::new(0);
    let operation = || fails_until(1, &calls);
    let wrong = [
        (retry(operation()).max_attempts(0), "maxAttempts"),
        (retry(operation()).strategy(every(0)), "retry.fixedDelay"),
        (retry(operation()).deadline(Duration::ZERO), "deadline"),
        (retry(operation()).per_attempt_timeout(Duration::ZERO), "perAttemptTimeout"),
    ];
    for (retrying, field) in wrong {
        let error = retrying.await.unwrap_err();
        assert_eq!(error.code(), "config.out_of_range");
        let RetryError::Config(error) = error else { panic!("{error:?}") };
        assert_eq!(error.field(), field);
    }
    assert_eq!(calls.get(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_judgement_of_the_users_own_sees_answers_too() {
    let calls = Cell::new(0);
    let classify = |result: &Result<u32, &str>| match result {
        Ok(value) if *value < 5 => Class::TRANSPORT,
        Ok(_) => Class::Succeeded,
        Err(_) => Class::Final,
    };
    let result = retry(fails_until(1, &calls)).classify(classify).max_attempts(9).await;
    assert_eq!(result, Ok(5));
}

trait Code {
    async fn await_code(self) -> &'static str;
}

impl<F, T, E> Code for F
where
    F: IntoFuture<Output = Result<T, RetryError<E>>>,
{
    async fn await_code(self) -> &'static str {
        self.await.map_or_else(|error| error.code(), |_| "ok")
    }
}
