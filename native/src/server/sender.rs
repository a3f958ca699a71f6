use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::Sink;

use super::session::Session;
use crate::error::SendError;
use crate::message::Message;
use crate::outbox::Waiter;

/// Sends messages to one client, from any task or thread. Clones send to the same one.
///
/// A message that was taken is kept until the client has acknowledged it, also while the client is
/// away. Messages go out in the order in which they were taken.
///
/// As a [`Sink`] it is ready while there is room, and flushed when everything was taken; to wait
/// until the client has it all, there is [`drained`](Self::drained).
pub struct ServerSender {
    session: Arc<Session>,
    /// A message that the sink was given and there was no room for.
    slot: Option<Message>,
    waiter: Waiter,
}

impl ServerSender {
    pub(super) fn new(session: Arc<Session>) -> Self {
        Self { session, slot: None, waiter: Waiter::default() }
    }

    /// Sends a message, waiting while as much is kept as may be.
    ///
    /// A message of which the wait was cancelled is not sent.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] once the connection is over, [`SendError::Reserved`] for a text that
    /// begins like a control frame, if the client speaks the sub-protocol.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        let mut slot = Some(message.into());
        let mut waiter = Waiter::default();
        poll_fn(|cx| waiter.poll(cx, &self.session, || self.session.offer(&mut slot))).await
    }

    /// Sends a message, or says at once why it cannot.
    ///
    /// # Errors
    ///
    /// [`SendError::Full`] while there is no room for it, and those of [`send`](Self::send).
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.session.offer(&mut Some(message.into()))
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

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        ready!(self.as_mut().poll_flush(cx))?;
        let this = self.get_mut();
        this.waiter.poll(cx, &this.session, || this.session.has_room())
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        let this = self.get_mut();
        this.slot = Some(message);
        match this.session.offer(&mut this.slot) {
            // There was room for a message, but not for one as long as this. It waits here.
            Err(SendError::Full(_)) => Ok(()),
            result => result,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let Self { session, slot, waiter } = self.get_mut();
        waiter.poll(cx, session, || session.offer(slot))
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.poll_flush(cx)
    }
}
