use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use pin_project_lite::pin_project;
use tokio::time::Sleep;

use super::attempt::Operation;
use super::classify::Classify;
use super::error::RetryError;
use super::judge::Judge;
use super::notify::Notify;
use super::run::{Next, Run};
use crate::runtime::{Missing, sleep};

pin_project! {
    /// An operation that is being tried, from [`Retry::into_future`](crate::Retry).
    ///
    /// Dropping it ends the attempt or the wait at once; nothing is called any more.
    #[must_use = "futures do nothing unless polled"]
    pub struct Retrying<O: Operation, C, N, X, J> {
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
        Attempting { #[pin] future: F, limit: Limit },
        Waiting { wait: Pin<Box<Sleep>> },
        Over,
    }
}

/// How long an attempt may take. Its timer is made when the attempt turns out to take any time:
/// what succeeds at once needs neither a timer nor memory for one.
enum Limit {
    None,
    Given(Duration),
    Running(Pin<Box<Sleep>>),
}

impl Limit {
    fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Result<(), Missing>> {
        if let Self::Given(limit) = self {
            match sleep(*limit) {
                Ok(sleep) => *self = Self::Running(Box::pin(sleep)),
                Err(missing) => return Poll::Ready(Err(missing)),
            }
        }
        match self {
            Self::Running(sleep) => sleep.as_mut().poll(cx).map(Ok),
            Self::Given(_) | Self::None => Poll::Pending,
        }
    }
}

impl<O: Operation, C, N, X, J> Retrying<O, C, N, X, J> {
    #[inline]
    pub(super) fn new(run: Run<O, C, N, J>, cancel: X) -> Self {
        Self { run, cancel, phase: Phase::Due }
    }
}

impl<O, C, N, X, J> Future for Retrying<O, C, N, X, J>
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
            let ended = match this.phase.as_mut().project() {
                PhaseProjection::Due => {
                    match this.run.attempt() {
                        Ok((future, limit)) => {
                            let limit = limit.map_or(Limit::None, Limit::Given);
                            this.phase.set(Phase::Attempting { future, limit });
                        }
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
                PhaseProjection::Attempting { future, limit } => match future.poll(cx) {
                    Poll::Ready(result) => Some(result),
                    Poll::Pending => {
                        if let Err(missing) = ready!(limit.poll(cx)) {
                            this.phase.set(Phase::Over);
                            return Poll::Ready(Err(RetryError::Runtime(missing.message())));
                        }
                        None
                    }
                },
                PhaseProjection::Over => return Poll::Pending,
            };
            // The attempt is gone before anybody hears of its end.
            this.phase.set(Phase::Over);
            match this.run.ended(ended) {
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

impl<O: Operation, C, N, X, J> std::fmt::Debug for Retrying<O, C, N, X, J> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let phase = match &self.phase {
            Phase::Attempting { .. } => "attempting",
            Phase::Due => "due",
            Phase::Over => "over",
            Phase::Waiting { .. } => "waiting",
        };
        f.debug_struct("Retrying").field("phase", &phase).finish_non_exhaustive()
    }
}
