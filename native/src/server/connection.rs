use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::{Sink, Stream};
use steadfast_core::protocol::{Hint, close};

use super::directory::{Directory, SessionKey};
use super::sender::ServerSender;
use super::session::{CloseWith, EndReason, Session};
use crate::error::{SendError, TrySendError};
use crate::message::Message;

/// A server's end of a connection, over all links that its client makes.
///
/// As a [`Stream`] it gives the messages that come. It ends when the connection is over:
/// [`ended`](Self::ended) says why. As a [`Sink`] it takes messages, in the way [`ServerSender`]
/// does.
///
/// Dropping it closes it. Whatever is to be written goes out first, if the client is there.
#[derive(Debug)]
pub struct ServerConnection {
    directory: Arc<Directory>,
    name: String,
    place: SessionKey,
    sender: ServerSender,
    session: Arc<Session>,
}

impl ServerConnection {
    pub(super) fn new(
        directory: Arc<Directory>,
        name: String,
        place: SessionKey,
        session: Arc<Session>,
    ) -> Self {
        let sender = ServerSender::new(Arc::clone(&session));
        Self { directory, name, place, sender, session }
    }

    /// The name that the client gives the session; empty if it does not speak the sub-protocol. A
    /// claim: it proves nothing, and several clients may make the same.
    #[must_use]
    pub fn session(&self) -> &str {
        &self.name
    }

    /// Whether messages survive a loss of the link, because the client speaks the sub-protocol.
    #[must_use]
    pub fn is_reliable(&self) -> bool {
        self.session.is_reliable()
    }

    /// Whether there is a link at present.
    #[must_use]
    pub fn has_link(&self) -> bool {
        self.session.has_link()
    }

    /// How many messages are kept, because the client has not acknowledged them, and how many bytes
    /// they have.
    #[must_use]
    pub fn kept(&self) -> (usize, usize) {
        self.session.kept()
    }

    /// Why the connection is over; absent while it is not.
    #[must_use]
    pub fn ended(&self) -> Option<EndReason> {
        self.session.ended()
    }

    /// A handle to send with, from other tasks and threads.
    #[must_use]
    pub fn sender(&self) -> ServerSender {
        self.sender.clone()
    }

    /// See [`ServerSender::send`].
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] once the connection is over, [`SendError::Reserved`] for a text that
    /// begins like a control frame, if the client speaks the sub-protocol.
    pub async fn send(&self, message: impl Into<Message>) -> Result<(), SendError> {
        self.sender.send(message).await
    }

    /// See [`ServerSender::try_send`].
    ///
    /// # Errors
    ///
    /// [`SendError::Full`] while there is no room for it, and those of [`send`](Self::send).
    pub fn try_send(&self, message: impl Into<Message>) -> Result<(), TrySendError<Message>> {
        self.sender.try_send(message)
    }

    /// See [`ServerSender::drained`].
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] if the connection ends before that.
    pub async fn drained(&self) -> Result<(), SendError> {
        self.sender.drained().await
    }

    /// Sends the client a hint: when to come back if the link is lost, over how long a window, how
    /// long the link may be silent. Does nothing while the client is away, or does not show that it
    /// knows control frames.
    pub fn hint(&self, hint: Hint) {
        self.session.hint(hint);
    }

    /// Closes the connection for good. Whatever is to be written goes out first, if the client is
    /// there: waits for that, and for the goodbye, for 3 s at most. Calling it again does nothing
    /// more; not calling it, but dropping the connection, does the same in the background.
    pub async fn close(&self) {
        self.close_within(PATIENCE).await;
    }

    /// As [`close`](Self::close), with another limit. With zero it returns at once, and the rest goes
    /// on in the background, for 3 s at most.
    pub async fn close_within(&self, limit: Duration) {
        self.end(close::DONE, Hint::NONE, limit).await;
    }

    /// Closes the connection and tells the client when to come back, for instance because this
    /// server restarts: `Hint::spread(…)`. As [`close`](Self::close) otherwise.
    pub async fn goodbye(&self, hint: Hint) {
        self.goodbye_within(hint, PATIENCE).await;
    }

    /// As [`goodbye`](Self::goodbye), with the limit of [`close_within`](Self::close_within).
    pub async fn goodbye_within(&self, hint: Hint, limit: Duration) {
        self.end(close::RESTART, hint, limit).await;
    }

    async fn end(&self, code: u16, hint: Hint, limit: Duration) {
        if !limit.is_zero() {
            self.session.limit_close(limit);
        }
        self.close_now(code, hint);
        let _ = tokio::time::timeout(limit, self.session.unlinked()).await;
    }

    fn close_now(&self, code: u16, hint: Hint) {
        self.session.end(EndReason::Closed, CloseWith { code, hint });
        self.directory.remove(self.place);
    }
}

/// How long a goodbye is waited for, and what is to be written before it.
pub(super) const PATIENCE: Duration = Duration::from_secs(3);

impl Drop for ServerConnection {
    fn drop(&mut self) {
        self.close_now(close::DONE, Hint::NONE);
    }
}

impl Stream for ServerConnection {
    type Item = Message;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Message>> {
        self.session.poll_next(cx)
    }
}

impl Sink<Message> for ServerConnection {
    type Error = SendError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Pin::new(&mut self.sender).poll_ready(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: Message) -> Result<(), SendError> {
        Pin::new(&mut self.sender).start_send(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Pin::new(&mut self.sender).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        ready!(self.as_mut().poll_flush(cx))?;
        self.close_now(close::DONE, Hint::NONE);
        Poll::Ready(Ok(()))
    }
}
