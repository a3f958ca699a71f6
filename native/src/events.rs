use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::{Stream, StreamExt as _};
use steadfast_core::event::Event;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

/// What happens, in order: to a connection, to a manager's sessions, or to their health.
///
/// Those of a connection end when that was dropped, and not before: one that was closed or has
/// failed may be opened again. Those of a manager or a monitor end when it was closed, or its last
/// clone dropped.
///
/// A stream that is not read fast enough loses the oldest events, and says how many.
#[derive(Debug)]
pub struct Events<T = Event> {
    stream: BroadcastStream<Arc<Published<T>>>,
    /// As of what was read last.
    lost: u64,
    /// The event after the notice of a loss.
    held: Option<T>,
}

/// What happened, as those who read it share it.
#[derive(Clone, Debug)]
pub(crate) struct Published<T> {
    pub(crate) what: T,
    /// How many were lost in all before it could be told to anybody.
    pub(crate) lost: u64,
}

/// Events were lost because they were not read in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} events were missed")]
pub struct EventsMissed {
    /// How many.
    pub count: u64,
}

impl<T> Published<T> {
    pub(crate) fn new(what: T) -> Arc<Self> {
        Arc::new(Self { what, lost: 0 })
    }
}

impl<T: Clone + Send + Sync + 'static> Events<T> {
    pub(crate) fn new(receiver: broadcast::Receiver<Arc<Published<T>>>) -> Self {
        Self::after(0, receiver)
    }

    /// A stream whose first `lost` events were dropped before this subscriber joined.
    pub(crate) fn after(lost: u64, receiver: broadcast::Receiver<Arc<Published<T>>>) -> Self {
        Self { stream: BroadcastStream::new(receiver), lost, held: None }
    }

    /// A stream that has ended.
    pub(crate) fn ended() -> Self {
        Self::new(broadcast::channel(1).1)
    }
}

impl EventsMissed {
    /// The stable name of this error, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "events.missed"
    }
}

impl<T: Clone + Send + Sync + Unpin + 'static> Stream for Events<T> {
    type Item = Result<T, EventsMissed>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let Self { stream, lost: known, held } = &mut *self;
        if let Some(what) = held.take() {
            return Poll::Ready(Some(Ok(what)));
        }
        stream.poll_next_unpin(cx).map(|next| {
            next.map(|told| match told.map(Arc::unwrap_or_clone) {
                Ok(Published { what, lost }) if lost == *known => Ok(what),
                Ok(Published { what, lost }) => {
                    let count = lost - std::mem::replace(known, lost);
                    *held = Some(what);
                    Err(EventsMissed { count })
                }
                Err(BroadcastStreamRecvError::Lagged(count)) => Err(EventsMissed { count }),
            })
        })
    }
}
