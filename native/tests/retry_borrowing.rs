//! Operations that borrow, own their state, or are futures in the hands of others; strategies of
//! the program's own; and what errors say of their causes.

use std::error::Error;
use std::future::{pending, ready};
use std::io;
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use steadfast::retry::HttpAnswers;
use steadfast::{
    BreakerConfig, CircuitBreaker, CircuitError, Failure, FailureClass, Fixed, RetryError,
    RetryManager, Throttle, ThrottleConfig, retry, retry_mut, retry_with, strategy_fn,
};
use tokio::time::Instant;

/// A client that has to be borrowed mutably, and answers its third call.
#[derive(Default)]
struct Client {
    calls: u32,
}

impl Client {
    async fn call(&mut self) -> Result<u32, &'static str> {
        self.calls += 1;
        tokio::task::yield_now().await;
        if self.calls < 3 { Err("down") } else { Ok(self.calls) }
    }

    async fn hang(&mut self) -> Result<(), &'static str> {
        self.calls += 1;
        pending().await
    }
}

struct Store;

impl Store {
    async fn token(&self) -> Result<u32, io::Error> {
        tokio::task::yield_now().await;
        Ok(7)
    }
}

#[tokio::test(start_paused = true)]
async fn an_async_closure_may_borrow_its_client_mutably() {
    let mut client = Client::default();
    let borrowed = &mut client;
    assert_eq!(retry_mut(async || borrowed.call().await).await, Ok(3));
    assert_eq!(client.calls, 3);
}

#[tokio::test(start_paused = true)]
async fn a_borrowed_client_is_there_again_after_an_attempt_that_took_too_long() {
    let mut client = Client::default();
    let second = Duration::from_secs(1);
    let hanging = retry_mut(async || client.hang().await).per_attempt_timeout(second);
    assert_eq!(hanging.max_attempts(4).await.unwrap_err().code(), "retry.exhausted");
    assert_eq!(client.calls, 4);
}

#[tokio::test(start_paused = true)]
async fn what_is_awaited_in_place_need_not_be_send() {
    let counter = Rc::new(std::cell::Cell::new(0));
    let seen = retry_mut(async || {
        counter.set(counter.get() + 1);
        tokio::task::yield_now().await;
        if counter.get() < 2 { Err("down") } else { Ok(counter.get()) }
    });
    assert_eq!(seen.await, Ok(2));
}

#[tokio::test(start_paused = true)]
async fn an_async_closure_that_owns_its_state_can_be_spawned() {
    let store = Arc::new(Store);
    let owned = Arc::clone(&store);
    let task = tokio::spawn(retry_mut(async move || owned.token().await));
    assert_eq!(task.await.unwrap().unwrap(), 7);
    let owned = Arc::clone(&store);
    let task = tokio::spawn(async move {
        let manager = RetryManager::new(<_>::default()).unwrap();
        retry_mut(async move || owned.token().await).managed(&manager, "token").await
    });
    assert_eq!(task.await.unwrap().unwrap(), 7);
}

#[tokio::test(start_paused = true)]
async fn a_closure_that_borrows_can_be_tried_within_a_task() {
    fn fetch(url: &str) -> impl Future<Output = Result<usize, io::Error>> {
        ready(Ok(url.len()))
    }
    let task = tokio::spawn(async {
        let url = String::from("https://api.example");
        let first = retry(|| fetch(&url)).await.unwrap();
        let second = retry(async || fetch(&url).await).await.unwrap();
        first + second + retry_with(|_| fetch(&url)).await.unwrap()
    });
    assert_eq!(task.await.unwrap(), 3 * 19);
}

#[tokio::test(start_paused = true)]
async fn a_retry_is_a_future() {
    fn is_future<F: Future>(future: F) -> F {
        future
    }
    let (done, waiting) =
        (is_future(retry(|| ready(Ok::<_, ()>(1)))), retry(pending::<Result<u32, ()>>));
    let (done, waiting) = (std::pin::pin!(done), std::pin::pin!(waiting));
    let first = futures::future::select(waiting, done).await;
    let futures::future::Either::Right((first, _)) = first else { panic!("the other never ends") };
    assert_eq!(first, Ok(1));
    let all =
        futures::future::join_all((1..=3).map(|n| retry(move || ready(Ok::<_, ()>(n))))).await;
    assert_eq!(all, [Ok(1), Ok(2), Ok(3)]);
    assert!(
        tokio::time::timeout(Duration::from_secs(1), retry(pending::<Result<(), ()>>))
            .await
            .is_err()
    );
}

#[tokio::test(start_paused = true)]
async fn a_strategy_of_the_programs_own_says_how_long_to_wait() {
    let mut waits = Vec::new();
    let strategy = strategy_fn(|failed| Duration::from_secs(u64::from(failed.number) * 10));
    let failing = retry(|| ready(Err::<(), _>("down"))).strategy(strategy).max_attempts(4);
    let mut last = Instant::now();
    let watched = failing.notify(|event| {
        if event.kind.name() == "retry.failed" {
            waits.push(last.elapsed().as_secs());
            last = Instant::now();
        }
    });
    assert_eq!(watched.await.unwrap_err().code(), "retry.exhausted");
    assert_eq!(waits, [0, 10, 20, 30]);
}

#[tokio::test(start_paused = true)]
async fn a_strategy_that_panics_or_asks_for_nonsense_is_bounded() {
    let waited = async |strategy: steadfast::RetryStrategy| {
        let began = Instant::now();
        let failing = retry(|| ready(Err::<(), _>("down"))).strategy(strategy).max_attempts(2);
        assert_eq!(failing.await.unwrap_err().code(), "retry.exhausted");
        began.elapsed()
    };
    let default = waited(strategy_fn(|_| panic!("no idea"))).await;
    assert!((250..=600).contains(&default.as_millis()), "{default:?}");
    let longest = waited(strategy_fn(|_| Duration::MAX)).await;
    assert!((86_400..86_401).contains(&longest.as_secs()), "{longest:?}");
    assert!(waited(strategy_fn(|_| Duration::ZERO)).await < Duration::from_millis(100));
}

#[tokio::test(start_paused = true)]
async fn a_server_that_asks_for_a_year_ends_the_call_with_the_hint() {
    let year = Duration::from_hours(365 * 24);
    for asked in [year, Duration::MAX, Duration::from_secs(301)] {
        let began = Instant::now();
        let fixed = Fixed { delay: Duration::from_millis(1), ..Fixed::default() };
        let failing = retry(|| ready(Err::<(), _>("busy"))).strategy(fixed.clone());
        let error = failing.retry_after(|_| Some(asked)).await.unwrap_err();
        assert_eq!((error.code(), error.retry_after()), ("retry.server_wait", Some(asked)));
        assert!(error.to_string().contains("busy"), "{error}");
        assert!(began.elapsed() < Duration::from_millis(10));
        // An answer that asks for it, too.
        let busy = || {
            let answer = http::Response::builder().status(429);
            ready(Ok::<_, ()>(answer.header("retry-after", asked.as_secs()).body(()).unwrap()))
        };
        let error = retry(busy).strategy(fixed.clone()).classify(HttpAnswers).await.unwrap_err();
        assert_eq!(error.retry_after().map(|wait| wait.as_secs()), Some(asked.as_secs()));
        let hour = Duration::from_hours(24 * 30);
        let patient = retry(|| ready(Err::<(), _>("busy"))).strategy(fixed).max_server_wait(hour);
        let error = patient.retry_after(|_| Some(Duration::from_mins(6))).await.unwrap_err();
        assert_eq!(error.code(), "retry.exhausted");
    }
    let error = retry(|| ready(Ok::<_, ()>(()))).max_server_wait(Duration::ZERO).await.unwrap_err();
    let RetryError::Config(error) = error else { panic!("{error:?}") };
    assert_eq!((error.code(), error.field()), ("config.out_of_range", "maxServerWait"));
}

/// gRPC, proposal A6.
#[tokio::test(start_paused = true)]
async fn a_throttle_counts_the_failures_of_calls_of_one_attempt() {
    let throttle = Throttle::new(ThrottleConfig::default()).unwrap();
    for _ in 0..50 {
        let failing = retry(|| ready(Err::<(), _>("down"))).throttle(&throttle).max_attempts(1);
        assert_eq!(failing.await.unwrap_err().code(), "retry.exhausted");
    }
    assert!(throttle.available().abs() < 1e-9, "{}", throttle.available());
    let throttle = Throttle::new(ThrottleConfig::default()).unwrap();
    let failing = retry(|| ready(Err::<(), _>("down"))).throttle(&throttle).max_attempts(2);
    assert_eq!(failing.await.unwrap_err().code(), "retry.exhausted");
    assert!((throttle.available() - 8.0).abs() < 1e-9, "{}", throttle.available());
}

#[tokio::test(start_paused = true)]
async fn a_cancelled_call_is_final_and_counts_for_nobody() {
    let throttle = Throttle::new(ThrottleConfig::default()).unwrap();
    let breaker =
        CircuitBreaker::new(BreakerConfig::consecutive(1, Duration::from_secs(1))).unwrap();
    breaker.admit().unwrap().record(steadfast::Outcome::Failure);
    tokio::time::sleep(Duration::from_secs(2)).await;
    let aborted = || async {
        let task = tokio::spawn(pending::<()>());
        task.abort();
        task.await
    };
    let error = retry(aborted).throttle(&throttle).breaker(&breaker).await.unwrap_err();
    assert_eq!(error.code(), "retry.final");
    assert!((throttle.available() - 10.0).abs() < 1e-9);
    assert_eq!(breaker.state().as_str(), "HALF_OPEN");
    let error = breaker.call(aborted()).await.unwrap_err();
    assert_eq!(error.code(), "circuit.call_failed", "the probe came back");
    assert_eq!(breaker.state().as_str(), "HALF_OPEN");
    breaker.call(ready(Ok::<_, ()>(()))).await.unwrap();
    assert_eq!(breaker.state().as_str(), "CLOSED");
}

#[tokio::test(start_paused = true)]
async fn a_failure_that_must_not_be_repeated_counts() {
    let throttle = Throttle::new(ThrottleConfig::default()).unwrap();
    let breaker =
        CircuitBreaker::new(BreakerConfig::consecutive(1, Duration::from_secs(1))).unwrap();
    let refused = |_: &Result<(), &str>| {
        steadfast::Class::Failed(Failure::new(FailureClass::Overload).not_repeatable())
    };
    let failing = retry(|| ready(Err::<(), _>("no"))).classify(refused).throttle(&throttle);
    assert_eq!(failing.breaker(&breaker).await.unwrap_err().code(), "retry.final");
    assert!((throttle.available() - 9.0).abs() < 1e-9);
    assert_eq!(breaker.state().as_str(), "OPEN");
}

#[tokio::test(start_paused = true)]
async fn errors_have_the_operations_own_as_their_source() {
    #[derive(Debug, thiserror::Error)]
    #[error("load")]
    struct Load(#[source] io::Error);

    type Boxed = Box<dyn Error + Send + Sync>;
    let failing = || ready(Err::<(), _>(Load(io::ErrorKind::ConnectionReset.into())));
    let error = retry(failing).await.unwrap_err();
    let source = error.source().unwrap();
    assert!(source.is::<Load>());
    assert!(source.source().unwrap().is::<io::Error>());

    let breaker =
        CircuitBreaker::new(BreakerConfig::consecutive(1, Duration::from_mins(1))).unwrap();
    let error = breaker.call(failing()).await.unwrap_err();
    assert!(error.source().unwrap().is::<Load>());
    let error: Box<dyn Error> = breaker.call(failing()).await.unwrap_err().into();
    assert!(error.source().unwrap().is::<steadfast::Rejection>());

    let failing = || ready(Err::<(), Boxed>(Load(io::ErrorKind::ConnectionReset.into()).into()));
    let error = retry(failing).await.unwrap_err().into_boxed();
    assert_eq!(error.to_string(), "attempt 3 was the last: load");
    assert!(error.source().unwrap().is::<Load>());
    let error = CircuitError::<&str>::Failed("down").into_boxed();
    assert_eq!(error.to_string(), "down");
}
