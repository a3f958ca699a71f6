use std::fmt;
use std::future::{Future, IntoFuture, Pending};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use steadfast_core::event::Event;
use steadfast_core::retry::RetryStrategy;
use tokio::time::Sleep;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::attempt::Operation;
use super::error::RetryError;
use super::first::FirstOf;
use super::judge::{Alone, Judge};
use super::limit::{Ended, Unfinished};
use super::manager::{Managed, RetryManager};
use super::notify::{Listener, Notify, Silent};
use super::options::RetryOptions;
use super::run::{Next, Run};
use super::throttle::Throttle;
use crate::breaker::CircuitBreaker;
use crate::failure::{Classify, Known, RetryAfter, RetryIf};
use crate::runtime::sleep;

pin_project! {
    /// An operation and how it is tried: a future, which tries when it is awaited. See
    /// [`retry`](crate::retry()).
    ///
    /// Dropping it ends the attempt or the wait at once; nothing is called any more.
    #[must_use = "nothing is called before it is awaited"]
    pub struct Retry<O: Operation, C = Known, N = Silent, X = Pending<()>, J = Alone> {
        run: Run<O, C, N, J>,
        #[pin]
        cancel: X,
        #[pin]
        phase: Phase<O::Future>,
    }
}

pin_project! {
    #[project = PhaseProjection]
    enum Phase<F> {
        Due,
        Attempting { #[pin] future: F },
        Waiting { wait: Pin<Box<Sleep>> },
        Over,
    }
}

impl<O: Operation> Retry<O> {
    #[inline]
    pub(crate) fn new(operation: O, callee: O::Callee) -> Self {
        let run = Run::new(operation, callee, Known, Silent, Alone::new(), RetryOptions::new());
        Self { run, cancel: std::future::pending(), phase: Phase::Due }
    }
}

impl<O: Operation, C, N, X, J> Retry<O, C, N, X, J> {
    /// All options at once.
    pub fn options(mut self, options: RetryOptions) -> Self {
        self.run.options = options;
        self
    }

    /// See [`RetryOptions::strategy`].
    #[inline]
    pub fn strategy(mut self, strategy: impl Into<RetryStrategy>) -> Self {
        self.run.options.policy.strategy = strategy.into();
        self
    }

    /// See [`RetryOptions::max_attempts`].
    #[inline]
    pub fn max_attempts(mut self, attempts: impl Into<Option<u32>>) -> Self {
        self.run.options.policy.max_attempts = attempts.into();
        self
    }

    /// See [`RetryOptions::max_server_wait`].
    pub fn max_server_wait(mut self, wait: Duration) -> Self {
        self.run.options.policy.max_server_wait = Some(wait);
        self
    }

    /// See [`RetryOptions::per_attempt_timeout`].
    pub fn per_attempt_timeout(mut self, timeout: Duration) -> Self {
        self.run.options.per_attempt_timeout = Some(timeout);
        self
    }

    /// See [`RetryOptions::deadline`].
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.run.options.policy.deadline = Some(deadline);
        self
    }

    /// See [`RetryOptions::breaker`].
    pub fn breaker(mut self, breaker: &CircuitBreaker) -> Self {
        self.run.options.breaker = Some(breaker.clone());
        self
    }

    /// See [`RetryOptions::throttle`].
    pub fn throttle(mut self, throttle: &Throttle) -> Self {
        self.run.options.throttle = Some(throttle.clone());
        self
    }

    /// Judges results by this instead of [`Known`].
    pub fn classify<D>(self, classify: D) -> Retry<O, D, N, X, J>
    where
        D: Classify<O::Value, O::Error>,
    {
        self.map_classify(|_| classify)
    }

    /// Errors are tried again if this says so, and only then. Errors of a cancelled call never are.
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
        Retry { run: self.run, cancel: cancel.into_future(), phase: self.phase }
    }

    /// Tells what happens: `retry.failed`, `retry.attempt`, `retry.success`, `retry.exhausted`.
    pub fn notify<F: FnMut(&Event)>(self, listener: F) -> Retry<O, C, Listener<F>, X, J> {
        let run = self.run.map(|classify, _, judge| (classify, Listener(listener), judge));
        Retry { run, cancel: self.cancel, phase: self.phase }
    }

    fn map_classify<D>(self, map: impl FnOnce(C) -> D) -> Retry<O, D, N, X, J> {
        let run = self.run.map(|classify, notify, judge| (map(classify), notify, judge));
        Retry { run, cancel: self.cancel, phase: self.phase }
    }
}

impl<O: Operation, C, N, X: Future> Retry<O, C, N, X, Alone> {
    /// Lets this manager decide, list it and cancel it under this id.
    pub fn managed(
        self,
        manager: &RetryManager,
        operation_id: impl Into<String>,
    ) -> Retry<O, C, N, FirstOf<X, WaitForCancellationFutureOwned>, Managed> {
        let judge = Managed::new(manager.clone(), operation_id.into());
        let cancel = FirstOf::new(self.cancel, judge.cancelled());
        let run = self.run.map(|classify, notify, _| (classify, notify, judge));
        Retry { run, cancel, phase: self.phase }
    }
}

impl<O, C, N, X, J> Future for Retry<O, C, N, X, J>
where
    O: Operation,
    C: Classify<O::Value, O::Error>,
    N: Notify,
    X: Future,
    J: Judge,
{
    type Output = Result<O::Value, RetryError<O::Error>>;

    #[inline]
    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let mut this = self.project();
        if matches!(*this.phase, Phase::Over) {
            return Poll::Pending;
        }
        if this.cancel.poll(cx).is_ready() {
            this.phase.set(Phase::Over);
            return Poll::Ready(Err(this.run.cancelled()));
        }
        loop {
            let (callee, ended) = match this.phase.as_mut().project() {
                PhaseProjection::Due => {
                    match this.run.attempt() {
                        Ok(future) => this.phase.set(Phase::Attempting { future }),
                        Err(error) => {
                            this.phase.set(Phase::Over);
                            return Poll::Ready(Err(error));
                        }
                    }
                    continue;
                }
                PhaseProjection::Waiting { wait } => {
                    ready!(wait.as_mut().poll(cx));
                    this.phase.set(Phase::Due);
                    continue;
                }
                PhaseProjection::Attempting { future } => ready!(future.poll(cx)),
                PhaseProjection::Over => return Poll::Pending,
            };
            // The attempt is gone before anybody hears of its end.
            this.phase.set(Phase::Over);
            let result = match ended {
                Ok(result) => Some(result),
                Err(Unfinished(Ended::TimedOut)) => None,
                Err(Unfinished(Ended::Untimed(missing))) => {
                    return Poll::Ready(Err(RetryError::Runtime(missing.message())));
                }
            };
            match this.run.ended(callee, result) {
                Next::Return(output) => return Poll::Ready(output),
                Next::Wait(delay) => match sleep(delay) {
                    Ok(wait) => this.phase.set(Phase::Waiting { wait: Box::pin(wait) }),
                    Err(missing) => {
                        return Poll::Ready(Err(RetryError::Runtime(missing.message())));
                    }
                },
            }
        }
    }
}

impl<O: Operation, C, N, X, J> fmt::Debug for Retry<O, C, N, X, J> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let phase = match &self.phase {
            Phase::Attempting { .. } => "attempting",
            Phase::Due => "due",
            Phase::Over => "over",
            Phase::Waiting { .. } => "waiting",
        };
        f.debug_struct("Retry").field("phase", &phase).finish_non_exhaustive()
    }
}
