//! Tries operations again, as the machines of [`core`](crate::core::retry) decide.

mod answer;
mod attempt;
mod builder;
mod classify;
mod error;
mod first;
mod future;
#[cfg(feature = "tonic")]
mod grpc;
mod judge;
mod known;
mod manager;
mod notify;
mod options;
mod run;
mod throttle;

use std::future::Future;

pub use answer::retry_after;
pub use attempt::{Attempt, Numbered, Operation, Plain};
pub use builder::Retry;
pub use classify::{Class, Classify, HttpAnswers, Known, RetryAfter, RetryIf};
pub use error::{AttemptError, RetryError};
pub use first::FirstOf;
pub use future::Retrying;
pub use judge::{Alone, Judge};
pub use manager::{Managed, RetryEvent, RetryManager};
pub use notify::{Listener, Notify, Silent};
pub use options::RetryOptions;
pub use throttle::Throttle;

/// Tries an operation until it succeeds, fails as it would fail again, or is given up.
///
/// ```
/// use std::time::Duration;
/// use steadfast::{BreakerConfig, CircuitBreaker, Exponential};
///
/// # async fn fetch(url: &str) -> Result<String, std::io::Error> { Ok(url.into()) }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let url = String::from("https://api.example/prices");
/// let breaker = CircuitBreaker::new(BreakerConfig::default())?;
/// let prices = steadfast::retry(|| fetch(&url))
///     .strategy(Exponential::default())
///     .max_attempts(5)
///     .per_attempt_timeout(Duration::from_secs(10))
///     .breaker(&breaker)
///     .await?;
/// # Ok(()) }
/// ```
///
/// Nothing is called before it is awaited, and nothing after it was dropped. Results are judged as
/// [`Known`] says, unless told otherwise: an answer that says to try again is, and is handed on if
/// it was the last. An operation that succeeds at once takes no lock, no memory and no time from a
/// clock. Waits need a tokio runtime with its timers, and are
/// [`RetryError::Runtime`] without.
#[inline]
pub fn retry<F, A, T, E>(operation: F) -> Retry<Plain<F>>
where
    F: FnMut() -> A,
    A: Future<Output = Result<T, E>>,
{
    Retry::new(Plain(operation))
}

/// The same for an operation that is told which [`Attempt`] it makes.
#[inline]
pub fn retry_with<F, A, T, E>(operation: F) -> Retry<Numbered<F>>
where
    F: FnMut(Attempt) -> A,
    A: Future<Output = Result<T, E>>,
{
    Retry::new(Numbered(operation))
}
