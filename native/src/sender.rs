use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures::Sink;

use crate::connector::Payload;
use crate::error::{SendError, TrySendError};
use crate::message::Message;
use crate::outbox::{Feeding, Outbox, Sending, Waiter};

/// Sends messages over a [`Connection`](crate::Connection), from any task or thread. Clones send
/// over the same one.
///
/// A message that was taken waits in the outbox until a socket has taken it, also while there is
/// no link. Messages go out in the order in which they were sent, by whichever handle: who waits
/// for room is not overtaken.
///
/// As a [`Sink`] it is ready while the outbox is not full, and flushed when the outbox has taken
/// everything; to wait until a socket has, there is [`drained`](Self::drained). A message that the
/// sink was given goes out in its order, also if the wait for that is cancelled.
pub struct Sender<M = Message> {
    outbox: Arc<Outbox<M>>,
    feeding: Feeding,
}

impl<M: Payload> Sender<M> {
    pub(crate) fn new(outbox: Arc<Outbox<M>>) -> Self {
        Self { outbox, feeding: Feeding::default() }
    }

    /// Sends a message, waiting while the outbox is full.
    ///
    /// Senders that wait are served in the order of their calls. A message of which the wait was
    /// cancelled is not sent, unless it was taken at that moment.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] once the connection was closed or has failed, [`SendError::Expired`] if
    /// the outbox has a `ttl` and there was no room for that long, [`SendError::Reserved`] for what
    /// no link can carry.
    pub async fn send(&self, message: impl Into<M>) -> Result<(), SendError> {
        self.offer(message.into(), None).await
    }

    /// Sends a message that is worth nothing any more when it has waited for longer than this, from
    /// now on. If there was no room for that long, that is the error; later it is dropped, and an
    /// event says so. More than zero and at most a day; overrides the `ttl` of the outbox.
    ///
    /// # Errors
    ///
    /// As those of [`send`](Self::send), and [`SendError::Ttl`].
    pub async fn send_with_ttl(
        &self,
        message: impl Into<M>,
        ttl: Duration,
    ) -> Result<(), SendError> {
        self.offer(message.into(), Some(ttl)).await
    }

    /// Sends a message, or gives it back at once and says why.
    ///
    /// # Errors
    ///
    /// [`SendError::Full`] while the outbox has no room for it or others wait for room already,
    /// [`SendError::Closed`] once the connection was closed or has failed.
    pub fn try_send(&self, message: impl Into<M>) -> Result<(), TrySendError<M>> {
        self.outbox.offer(message.into(), None)
    }

    /// As [`try_send`](Self::try_send), with the limit of [`send_with_ttl`](Self::send_with_ttl).
    ///
    /// # Errors
    ///
    /// As those of [`try_send`](Self::try_send), and [`SendError::Ttl`].
    pub fn try_send_with_ttl(
        &self,
        message: impl Into<M>,
        ttl: Duration,
    ) -> Result<(), TrySendError<M>> {
        self.outbox.offer(message.into(), Some(ttl))
    }

    /// How many bytes of messages no socket has taken yet or, where the server acknowledges them,
    /// it has not acknowledged.
    #[must_use]
    pub fn buffered_amount(&self) -> usize {
        self.outbox.bytes()
    }

    /// Waits until nothing of what was sent so far waits any more: sockets have taken it, or it was
    /// dropped. What a socket has taken may still be lost with its link; only an answer of the peer
    /// tells. Where the server acknowledges messages, this waits until it has.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] if the connection is closed or fails before that.
    pub async fn drained(&self) -> Result<(), SendError> {
        let next = self.outbox.next();
        let mut waiter = Waiter::default();
        poll_fn(|cx| waiter.poll_until(cx, &self.outbox, || self.outbox.drained(next))).await
    }
}

impl<M: Payload> Sender<M> {
    /// Whether a message waits here that the outbox has not taken.
    pub(crate) fn has_unsent(&self) -> bool {
        self.feeding.has_unsent()
    }

    async fn offer(&self, message: M, ttl: Option<Duration>) -> Result<(), SendError> {
        let mut sending = Sending::new(&*self.outbox, message, ttl);
        poll_fn(|cx| sending.poll(cx)).await
    }
}

impl<M> Drop for Sender<M> {
    fn drop(&mut self) {
        if let Some(place) = self.feeding.place() {
            self.outbox.leave_line(place);
        }
    }
}

impl<M: Payload> Clone for Sender<M> {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.outbox))
    }
}

impl<M> fmt::Debug for Sender<M> {
    // Not the message that waits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl<M: Payload> Sink<M> for Sender<M> {
    type Error = SendError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let Self { outbox, feeding } = self.get_mut();
        feeding.poll_ready(cx, &**outbox)
    }

    fn start_send(self: Pin<&mut Self>, message: M) -> Result<(), SendError> {
        let Self { outbox, feeding } = self.get_mut();
        feeding.start_send(&**outbox, message)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.get_mut().feeding.poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.poll_flush(cx)
    }
}
