use std::pin::Pin;
use std::task::{Context, Poll, ready};

use tokio::sync::futures::OwnedNotified;

/// What is waited for until all that was sent has left, or until it is saved.
pub(crate) trait Frees {
    /// Ready after the next change that may be waited for.
    fn freed(&self) -> OwnedNotified;
}

/// One wait for an outbox. Leaves nothing behind when it is dropped.
#[derive(Debug, Default)]
pub(crate) struct Waiter {
    freed: Option<Pin<Box<OwnedNotified>>>,
}

impl Waiter {
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
