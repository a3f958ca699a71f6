use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::Sink;

use super::session::Session;
use crate::error::{SendError, TrySendError};
use crate::message::Message;
use crate::outbox::{Feeding, Room as _, Sending, Waiter};

/// Sends messages to one client, from any task or thread. Clones send to the same one.
///
/// A message that was taken is kept until the client has acknowledged it, also while the client is
/// away. Messages go out in the order in which they were sent, by whichever handle: who waits for
/// room is not overtaken.
///
/// As a [`Sink`] it is ready while there is room, and flushed when everything was taken; to wait
/// until the client has it all, there is [`drained`](Self::drained). A message that the sink was
/// given goes out in its order, also if the wait for that is cancelled.
pub struct ServerSender {
    session: Arc<Session>,
    feeding: Feeding,
}

impl ServerSender {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, feeding: Feeding::default() }
    }

    /// Sends a message, waiting while as much is kept as may be.
    ///
    /// Senders that wait are served in the order of their calls. A message of which the wait was
    /// cancelled is not sent, unless it was taken at that moment.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] once the connection is over, [`SendError::Reserved`] for a text that
    /// begins like a control frame, if the client speaks the sub-protocol.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        let mut sending = Sending::new(&*self.session, message.into(), None);
        poll_fn(|cx| sending.poll(cx)).await
    }

    /// Sends a message, or gives it back at once and says why.
    ///
    /// # Errors
    ///
    /// [`SendError::Full`] while there is no room for it or others wait for room already, and those of [`send`](Self::send).
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), TrySendError<Message>> {
        self.session.offer(message.into())
    }

    /// Waits until the client has acknowledged all that was sent. Without the sub-protocol: until
    /// the socket has it.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] if the connection ends before that.
    pub async fn drained(&self) -> Result<(), SendError> {
        let mut waiter = Waiter::default();
        let session = &self.session;
        poll_fn(|cx| waiter.poll_until(cx, session, || session.drained())).await
    }
}

impl Clone for ServerSender {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.session))
    }
}

impl fmt::Debug for ServerSender {
    // Not the message that waits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ServerSender").finish_non_exhaustive()
    }
}

impl Sink<Message> for ServerSender {
    type Error = SendError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let Self { session, feeding } = self.get_mut();
        feeding.poll_ready(cx, &**session)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        let Self { session, feeding } = self.get_mut();
        feeding.start_send(&**session, message)
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.get_mut().feeding.poll_flush(cx)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.poll_flush(cx)
    }
}

impl Drop for ServerSender {
    fn drop(&mut self) {
        if let Some(place) = self.feeding.place() {
            self.session.leave(place);
        }
    }
}
