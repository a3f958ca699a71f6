use std::time::Duration;

use steadfast_core::retry::{Custom, FailedAttempt, RetryStrategy};

use crate::panics::caught;

/// A retry strategy of your own, for calls and for connections: a function that says how long to
/// wait after a failed attempt.
///
/// ```
/// use std::time::Duration;
///
/// // 1 s, 2 s, 3 s, …, and a minute after a sign of overload.
/// let strategy = steadfast::strategy_fn(|failed| match failed.class {
///     steadfast::FailureClass::Overload => Duration::from_secs(60),
///     _ => Duration::from_secs(failed.number.into()),
/// });
/// let connection = steadfast::connect("wss://api.example/live").retry(strategy);
/// ```
///
/// A delay below 1 ms or above a day becomes the nearest of the two. What the other side asks for
/// (`Retry-After`) stays a floor under the delay. Where the function panics, the wait is that of
/// the default strategy.
#[must_use]
pub fn strategy_fn<F>(delay: F) -> RetryStrategy
where
    F: Fn(&FailedAttempt) -> Duration + Send + Sync + 'static,
{
    // A machine that asks may be in the hands of a driver, which must not end.
    Custom::new(move |failed| caught(|| delay(failed))).into()
}
