use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::{Stream, StreamExt as _};
use steadfast_core::event::Event;
use tokio::sync::broadcast;
use tokio_stream::wrappers::BroadcastStream;
use tokio_stream::wrappers::errors::BroadcastStreamRecvError;

/// What happens to a connection, in order. Ends when the connection was dropped, and not before:
/// one that was closed or has failed may be opened again.
///
/// A stream that is not read fast enough loses the oldest events, and says how many.
#[derive(Debug)]
pub struct Events(BroadcastStream<Arc<Event>>);

/// Events were lost because they were not read in time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{count} events were missed")]
pub struct EventsMissed {
    /// How many.
    pub count: u64,
}

impl Events {
    pub(crate) fn new(receiver: broadcast::Receiver<Arc<Event>>) -> Self {
        Self(BroadcastStream::new(receiver))
    }
}

impl EventsMissed {
    /// The stable name of this error, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        "events.missed"
    }
}

impl Stream for Events {
    type Item = Result<Event, EventsMissed>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.0.poll_next_unpin(cx).map(|next| {
            next.map(|event| match event {
                Ok(event) => Ok(Arc::unwrap_or_clone(event)),
                Err(BroadcastStreamRecvError::Lagged(count)) => Err(EventsMissed { count }),
            })
        })
    }
}
