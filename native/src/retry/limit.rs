use std::future::Future;
use std::pin::{Pin, pin};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::time::Sleep;

use crate::runtime::{Missing, sleep};

/// How long an attempt may take. Its timer is made when the attempt turns out to take any time:
/// what succeeds at once needs neither a timer nor memory for one.
pub(crate) enum Limit {
    None,
    Given(Duration),
    Running(Pin<Box<Sleep>>),
}

impl Limit {
    #[inline]
    pub(crate) fn new(limit: Option<Duration>) -> Self {
        limit.map_or(Self::None, Self::Given)
    }

    /// Ready when the time is over, or if there are no timers that could tell.
    pub(crate) fn poll(&mut self, cx: &mut Context<'_>) -> Poll<Ended> {
        if let Self::Given(limit) = self {
            match sleep(*limit) {
                Ok(sleep) => *self = Self::Running(Box::pin(sleep)),
                Err(missing) => return Poll::Ready(Ended::Untimed(missing)),
            }
        }
        match self {
            Self::Running(sleep) => sleep.as_mut().poll(cx).map(|()| Ended::TimedOut),
            Self::Given(_) | Self::None => Poll::Pending,
        }
    }
}

/// Why an attempt ended without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ended {
    /// It took longer than it was given.
    TimedOut,
    /// Its time was limited, on a runtime without timers.
    Untimed(Missing),
}

/// What a future gives, unless it takes longer than it was given.
pub(super) async fn within<A: Future>(
    limit: Option<Duration>,
    future: A,
) -> Result<A::Output, Unfinished> {
    let (mut future, mut limit) = (pin!(future), Limit::new(limit));
    std::future::poll_fn(move |cx| match future.as_mut().poll(cx) {
        Poll::Ready(output) => Poll::Ready(Ok(output)),
        Poll::Pending => limit.poll(cx).map(|ended| Err(Unfinished(ended))),
    })
    .await
}

/// An attempt that ended without a result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unfinished(pub(super) Ended);
