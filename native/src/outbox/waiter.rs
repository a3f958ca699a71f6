use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::futures::OwnedNotified;

use crate::error::SendError;

/// What senders wait for: an outbox with too little room.
pub(crate) trait Frees {
    /// Ready after the next change that senders may wait for.
    fn freed(&self) -> OwnedNotified;
}

/// One sender's wait for an outbox. Leaves nothing behind when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Waiter {
    freed: Option<Pin<Box<OwnedNotified>>>,
}

impl Waiter {
    /// Attempts something now and after every change of the outbox, for as long as that is full.
    pub(crate) fn poll(
        &mut self,
        cx: &mut Context<'_>,
        outbox: &impl Frees,
        mut attempt: impl FnMut() -> Result<(), SendError>,
    ) -> Poll<Result<(), SendError>> {
        self.poll_until(cx, outbox, || match attempt() {
            Err(SendError::Full(_)) => None,
            result => Some(result),
        })
    }

    /// Looks now and after every change of the outbox, until there is something to give.
    pub(crate) fn poll_until<T>(
        &mut self,
        cx: &mut Context<'_>,
        outbox: &impl Frees,
        mut look: impl FnMut() -> Option<T>,
    ) -> Poll<T> {
        loop {
            if let Some(found) = look() {
                self.freed = None;
                return Poll::Ready(found);
            }
            match &mut self.freed {
                // Looks again once it listens: there may have been a change since.
                None => self.freed = Some(Box::pin(outbox.freed())),
                Some(freed) => {
                    ready!(freed.as_mut().poll(cx));
                    self.freed = None;
                }
            }
        }
    }
}
