use std::future::{Future, IntoFuture, Pending};
use std::time::Duration;

use steadfast_core::event::Event;
use steadfast_core::retry::RetryStrategy;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::attempt::Operation;
use super::classify::{Classify, Known, RetryAfter, RetryIf};
use super::first::FirstOf;
use super::future::Retrying;
use super::judge::{Alone, Judge};
use super::manager::{Managed, RetryManager};
use super::notify::{Listener, Notify, Silent};
use super::options::RetryOptions;
use super::run::Run;
use super::throttle::Throttle;
use crate::breaker::CircuitBreaker;

/// An operation and how it is tried; awaiting it tries. See [`retry`](crate::retry()).
#[derive(Debug)]
#[must_use = "nothing is called before it is awaited"]
pub struct Retry<O, C = Known, N = Silent, X = Pending<()>, J = Alone> {
    operation: O,
    classify: C,
    notify: N,
    cancel: X,
    judge: J,
    options: RetryOptions,
}

impl<O> Retry<O> {
    #[inline]
    pub(crate) fn new(operation: O) -> Self {
        Self {
            operation,
            classify: Known,
            notify: Silent,
            cancel: std::future::pending(),
            judge: Alone::new(),
            options: RetryOptions::new(),
        }
    }
}

impl<O: Operation, C, N, X, J> Retry<O, C, N, X, J> {
    /// All options at once.
    pub fn options(mut self, options: RetryOptions) -> Self {
        self.options = options;
        self
    }

    /// See [`RetryOptions::strategy`].
    #[inline]
    pub fn strategy(mut self, strategy: impl Into<RetryStrategy>) -> Self {
        self.options.policy.strategy = strategy.into();
        self
    }

    /// See [`RetryOptions::max_attempts`].
    #[inline]
    pub fn max_attempts(mut self, attempts: impl Into<Option<u32>>) -> Self {
        self.options.policy.max_attempts = attempts.into();
        self
    }

    /// See [`RetryOptions::per_attempt_timeout`].
    pub fn per_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.options.per_attempt_timeout = Some(timeout);
        self
    }

    /// See [`RetryOptions::deadline`].
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.options.policy.deadline = Some(deadline);
        self
    }

    /// See [`RetryOptions::breaker`].
    pub fn breaker(mut self, breaker: &CircuitBreaker) -> Self {
        self.options.breaker = Some(breaker.clone());
        self
    }

    /// See [`RetryOptions::throttle`].
    pub fn throttle(mut self, throttle: &Throttle) -> Self {
        self.options.throttle = Some(throttle.clone());
        self
    }

    /// Judges results by this instead of [`Known`].
    pub fn classify<D>(self, classify: D) -> Retry<O, D, N, X, J>
    where
        D: Classify<O::Value, O::Error>,
    {
        self.map_classify(|_| classify)
    }

    /// Errors are tried again if this says so, and only then.
    pub fn retry_if<F>(self, test: F) -> Retry<O, RetryIf<C, F>, N, X, J>
    where
        F: Fn(&O::Error) -> bool,
    {
        self.map_classify(|inner| RetryIf { inner, test })
    }

    /// Finds in an error how long the other side asked to be left alone: a floor under the wait.
    pub fn retry_after<F>(self, hint: F) -> Retry<O, RetryAfter<C, F>, N, X, J>
    where
        F: Fn(&O::Error) -> Option<Duration>,
    {
        self.map_classify(|inner| RetryAfter { inner, hint })
    }

    /// Ends an attempt or a wait at once when this future does, and calls nothing more: for
    /// instance `token.cancelled()` of a `CancellationToken`.
    pub fn cancel_on<Y: IntoFuture>(self, cancel: Y) -> Retry<O, C, N, Y::IntoFuture, J> {
        let Self { operation, classify, notify, judge, options, .. } = self;
        Retry { operation, classify, notify, cancel: cancel.into_future(), judge, options }
    }

    /// Tells what happens: `retry.failed`, `retry.attempt`, `retry.success`, `retry.exhausted`.
    pub fn notify<F: FnMut(&Event)>(self, listener: F) -> Retry<O, C, Listener<F>, X, J> {
        let Self { operation, classify, cancel, judge, options, .. } = self;
        Retry { operation, classify, notify: Listener(listener), cancel, judge, options }
    }

    fn map_classify<D>(self, map: impl FnOnce(C) -> D) -> Retry<O, D, N, X, J> {
        let Self { operation, classify, notify, cancel, judge, options } = self;
        Retry { operation, classify: map(classify), notify, cancel, judge, options }
    }
}

impl<O: Operation, C, N, X: Future> Retry<O, C, N, X, Alone> {
    /// Lets this manager decide, list it and cancel it under this id.
    pub fn managed(
        self,
        manager: &RetryManager,
        operation_id: impl Into<String>,
    ) -> Retry<O, C, N, FirstOf<X, WaitForCancellationFutureOwned>, Managed> {
        let Self { operation, classify, notify, cancel, options, .. } = self;
        let judge = Managed::new(manager.clone(), operation_id.into());
        let cancel = FirstOf::new(cancel, judge.cancelled());
        Retry { operation, classify, notify, cancel, judge, options }
    }
}

impl<O, C, N, X, J> IntoFuture for Retry<O, C, N, X, J>
where
    O: Operation,
    C: Classify<O::Value, O::Error>,
    N: Notify,
    X: Future,
    J: Judge,
{
    type Output = <Self::IntoFuture as Future>::Output;
    type IntoFuture = Retrying<O, C, N, X, J>;

    #[inline]
    fn into_future(self) -> Self::IntoFuture {
        let Self { operation, classify, notify, cancel, judge, options } = self;
        Retrying::new(Run::new(operation, classify, notify, judge, options), cancel)
    }
}
