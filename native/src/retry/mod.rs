//! Tries operations again, as the machines of [`core`](crate::core::retry) decide.

mod attempt;
mod builder;
mod error;
mod first;
mod judge;
mod limit;
mod manager;
mod notify;
mod options;
mod run;
mod strategy;
mod throttle;

use std::future::Future;

pub use attempt::{Attempt, Called, Lent, Numbered, Operation, Plain};
pub use builder::Retry;
pub use error::{AttemptError, RetryError};
pub use first::FirstOf;
pub use judge::{Alone, Judge};
pub use limit::Unfinished;
pub use manager::{Managed, RetryEvent, RetryManager};
pub use notify::{Listener, Notify, Silent};
pub use options::RetryOptions;
pub use strategy::strategy_fn;
pub use throttle::Throttle;

pub use crate::failure::{Class, Classify, HttpAnswers, Known, RetryAfter, RetryIf, retry_after};

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
///
/// An async closure that borrows what it captures mutably, such as a client, or that owns what it
/// borrows from (`async move || store.token().await`), needs [`retry_mut`].
#[inline]
pub fn retry<F, A, T, E>(operation: F) -> Retry<Plain<F>>
where
    F: FnMut() -> A,
    A: Future<Output = Result<T, E>>,
{
    Retry::new(Plain::new(), operation)
}

/// The same for an operation that gets the [`Attempt`] it makes.
#[inline]
pub fn retry_with<F, A, T, E>(operation: F) -> Retry<Numbered<F>>
where
    F: FnMut(Attempt) -> A,
    A: Future<Output = Result<T, E>>,
{
    Retry::new(Numbered::new(), operation)
}

/// The same for an async closure that keeps what it captures: that borrows a client mutably, or
/// owns its state and borrows from it.
///
/// ```
/// # struct Client;
/// # impl Client { async fn call(&mut self) -> Result<u32, std::io::Error> { Ok(7) } }
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// # let mut client = Client;
/// let client = &mut client;
/// let answer = steadfast::retry_mut(async || client.call().await).max_attempts(5).await?;
/// # assert_eq!(answer, 7);
/// # Ok(()) }
/// ```
///
/// Each attempt borrows from the closure while it runs. The compiler cannot yet see that such a
/// future is `Send` where the closure borrows from its surroundings; so within a task that is
/// spawned, let the closure own its state (`async move || …`), or use [`retry`].
#[allow(clippy::type_complexity, reason = "a part of it cannot have a name")]
pub fn retry_mut<F, T, E>(
    operation: F,
) -> Retry<
    impl Operation<
        Callee = F,
        Value = T,
        Error = E,
        Future = impl Future<Output = (F, Result<Result<T, E>, Unfinished>)>,
    >,
>
where
    F: AsyncFnMut() -> Result<T, E>,
{
    let start = |mut operation: F, limit| async move {
        let result = limit::within(limit, operation()).await;
        (operation, result)
    };
    Retry::new(Lent::new(start), operation)
}
