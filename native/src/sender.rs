use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use futures::Sink;

use crate::error::SendError;
use crate::message::Message;
use crate::outbox::Outbox;

/// Sends messages over a [`Connection`](crate::Connection), from any task or thread. Clones send
/// over the same one.
///
/// A message that was taken waits in the outbox until a socket has taken it, also while there is
/// no link. Messages go out in the order in which they were taken.
///
/// As a [`Sink`] it is ready while the outbox is not full, and flushed when the outbox has taken
/// everything; to wait until a socket has, there is [`drained`](Self::drained).
pub struct Sender {
    outbox: Arc<Outbox>,
    /// A message that the sink was given and the outbox had no room for.
    slot: Option<Message>,
}

impl Sender {
    pub(crate) fn new(outbox: Arc<Outbox>) -> Self {
        Self { outbox, slot: None }
    }

    /// Sends a message, waiting while the outbox is full.
    ///
    /// A message of which the wait was cancelled is not sent.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] once the connection was closed or has failed.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        let mut slot = Some(message.into());
        poll_fn(|cx| self.outbox.poll_push(cx, &mut slot)).await
    }

    /// Sends a message, or says at once why it cannot.
    ///
    /// # Errors
    ///
    /// [`SendError::Full`] while the outbox has no room for it, [`SendError::Closed`] once the
    /// connection was closed or has failed.
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.outbox.try_push(message.into())
    }

    /// Waits until sockets have taken all messages sent so far. What a socket has taken may still
    /// be lost with its link; only an answer of the peer tells.
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] if the connection ends before that.
    pub async fn drained(&self) -> Result<(), SendError> {
        let next = self.outbox.next();
        poll_fn(|cx| self.outbox.poll_drained(cx, next)).await
    }
}

impl Clone for Sender {
    fn clone(&self) -> Self {
        Self::new(Arc::clone(&self.outbox))
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").finish_non_exhaustive()
    }
}

impl Sink<Message> for Sender {
    type Error = SendError;

    fn poll_ready(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let this = self.get_mut();
        ready!(this.outbox.poll_push(cx, &mut this.slot))?;
        this.outbox.poll_ready(cx)
    }

    fn start_send(self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        let this = self.get_mut();
        match this.outbox.try_push(message.clone()) {
            // There was room for a message, but not for one as long as this.
            Err(SendError::Full(_)) => {
                this.slot = Some(message);
                Ok(())
            }
            result => result,
        }
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let this = self.get_mut();
        this.outbox.poll_push(cx, &mut this.slot)
    }

    fn poll_close(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.poll_flush(cx)
    }
}
