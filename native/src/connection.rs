use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, ready};
use std::time::Duration;

use futures::{Sink, Stream};
use steadfast_core::connection::ConnectionState;
use steadfast_core::event::Event;
use tokio::sync::{broadcast, mpsc, watch};

use crate::closed::Closed;
use crate::connector::{Lost, Payload};
use crate::control::Control;
use crate::error::{SendError, TrySendError, WaitError};
use crate::events::{Events, Published};
use crate::message::Message;
use crate::outbox::{Outbox, Waiter};
use crate::sender::Sender;
use crate::snapshot::Snapshot;
use crate::store::StoreError;

/// A connection that is kept up by a task of its own until it is dropped.
///
/// As a [`Stream`] it gives the messages that come, over as many links as it takes. It gives `None`
/// when the connection was closed, or has failed for good: the attempts ran out, or the peer closed
/// with a code that would come again at once. [`state`](Self::state) says which. That need not be
/// the end: after [`reconnect`](Self::reconnect) the stream goes on where it was. So a loop
/// `while let Some(message) = connection.next().await` ends when there is something to decide.
///
/// As a [`Sink`] it takes messages, in the way [`Sender`] does. Closing the sink closes the
/// connection once everything was handed to a socket, and waits until the goodbye has left.
///
/// **It lives on its runtime.** When the tokio runtime that it was opened in ends, the connection is
/// closed: its status is `FAILED`, each call gives [`SendError::Closed`] at once, and each stream
/// ends.
///
/// **Read it.** Messages that are not read are kept within bounds: when there are as many as
/// [`Builder::inbound`](crate::Builder::inbound) says, nothing more is read from the socket, and
/// the peer has to wait. Its pings wait too. While the answer to a heartbeat is waited for, as many
/// messages again are read, so that a dead peer is noticed by a program that only writes. Once these
/// are unread, too, the peer is not judged any more, as its pongs may be among what waits; an event
/// says so ([`EventKind::Unread`](crate::EventKind::Unread)). Heartbeats go on when messages are
/// read.
#[derive(Debug)]
pub struct Connection<I = Message, O = I> {
    /// What happened before anybody asked for events.
    early_events: Mutex<Option<broadcast::Receiver<Arc<Published<Event>>>>>,
    events: broadcast::WeakSender<Arc<Published<Event>>>,
    inbound: mpsc::Receiver<I>,
    outbox: Arc<Outbox<O>>,
    sender: Sender<O>,
    /// The task that closes the sink.
    waiter: Waiter,
    snapshot: watch::Receiver<Snapshot>,
    restored: Result<bool, StoreError>,
}

impl<I, O: Payload> Connection<I, O> {
    pub(crate) fn new(
        events: &broadcast::Sender<Arc<Published<Event>>>,
        inbound: mpsc::Receiver<I>,
        outbox: Arc<Outbox<O>>,
        snapshot: watch::Receiver<Snapshot>,
        restored: Result<bool, StoreError>,
    ) -> Self {
        Self {
            early_events: Mutex::new(Some(events.subscribe())),
            events: events.downgrade(),
            inbound,
            sender: Sender::new(Arc::clone(&outbox)),
            outbox,
            waiter: Waiter::default(),
            snapshot,
            restored,
        }
    }

    /// The record of the session, as of now.
    #[must_use]
    pub fn state(&self) -> ConnectionState {
        self.snapshot.borrow().state.clone()
    }

    /// The smoothed quality score, 0 … 100; absent while there is too little to judge by.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        self.snapshot.borrow().score
    }

    /// Why the last link was lost, or the last dial failed, with the error behind it as its
    /// [`source`](std::error::Error::source), where it is known; absent before the first. It stays
    /// when a link comes up again. Such errors are not in the events, as those are reported.
    ///
    /// A host of which no address can be connected to gives a
    /// [`ConnectError`](crate::connector::ConnectError).
    ///
    /// ```no_run
    /// # async fn example(connection: steadfast::Connection) {
    /// use std::error::Error as _;
    ///
    /// if let Some(loss) = connection.last_loss() {
    ///     // "the server's certificate was not accepted: invalid peer certificate: UnknownIssuer"
    ///     println!("{}: {:?}", loss.cause, loss.source());
    /// }
    /// # }
    /// ```
    #[must_use]
    pub fn last_loss(&self) -> Option<Lost> {
        self.snapshot.borrow().loss.clone()
    }

    /// Waits until the record of the session is as wanted, and gives it.
    ///
    /// # Errors
    ///
    /// If the connection was closed, has failed, or its runtime has ended: the record will not become
    /// so by itself.
    ///
    /// ```no_run
    /// # async fn example(connection: steadfast::Connection) -> Result<(), steadfast::WaitError> {
    /// use steadfast::Status;
    /// connection.wait_until(|state| state.status == Status::Connected).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub async fn wait_until(
        &self,
        mut wanted: impl FnMut(&ConnectionState) -> bool,
    ) -> Result<ConnectionState, WaitError> {
        let mut snapshot = self.snapshot.clone();
        loop {
            // In this order: what it has come to is known before it is known to be over.
            let over = self.outbox.driver_handle.is_over();
            {
                let seen = snapshot.borrow_and_update();
                if wanted(&seen.state) {
                    return Ok(seen.state.clone());
                }
            }
            if over || snapshot.changed().await.is_err() {
                return Err(WaitError { state: Box::new(self.state()) });
            }
        }
    }

    /// What happens from now on. The first call also gives what has happened since the connection
    /// was opened.
    #[must_use]
    pub fn events(&self) -> Events {
        let early = self.early_events.lock().unwrap_or_else(PoisonError::into_inner).take();
        let receiver = early.or_else(|| Some(self.events.upgrade()?.subscribe()));
        // Once the connection has ended there is nothing more to say.
        receiver.map_or_else(Events::ended, Events::new)
    }

    /// A handle to send with, from other tasks and threads.
    #[must_use]
    pub fn sender(&self) -> Sender<O> {
        self.sender.clone()
    }

    /// See [`Sender::send`].
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] once the connection was closed or has failed.
    pub async fn send(&self, message: impl Into<O>) -> Result<(), SendError> {
        self.sender.send(message).await
    }

    /// See [`Sender::try_send`].
    ///
    /// # Errors
    ///
    /// [`SendError::Full`] while the outbox has no room for it, [`SendError::Closed`] once the
    /// connection was closed or has failed.
    pub fn try_send(&self, message: impl Into<O>) -> Result<(), TrySendError<O>> {
        self.sender.try_send(message)
    }

    /// See [`Sender::drained`].
    ///
    /// # Errors
    ///
    /// [`SendError::Closed`] if the connection ends before that.
    pub async fn drained(&self) -> Result<(), SendError> {
        self.sender.drained().await
    }

    /// See [`Sender::send_with_ttl`].
    ///
    /// # Errors
    ///
    /// As those of [`send`](Self::send).
    pub async fn send_with_ttl(
        &self,
        message: impl Into<O>,
        ttl: Duration,
    ) -> Result<(), SendError> {
        self.sender.send_with_ttl(message, ttl).await
    }

    /// See [`Sender::buffered_amount`].
    #[must_use]
    pub fn buffered_amount(&self) -> usize {
        self.sender.buffered_amount()
    }

    /// Whether this goes on from what was found in its [store](crate::store).
    ///
    /// # Errors
    ///
    /// What was wrong with what was found there. Nothing of it was taken over, but for messages,
    /// of which each that could be read was.
    pub fn restored(&self) -> Result<bool, &StoreError> {
        self.restored.as_ref().copied()
    }

    /// Waits until what has happened so far, and what was sent if messages are kept, is in the
    /// [store](crate::store). A process that is killed then loses none of it.
    ///
    /// # Errors
    ///
    /// If there is no store, or if it failed. In the latter case it will be tried again.
    pub async fn saved(&self) -> Result<(), StoreError> {
        let command = self.outbox.driver_handle.save();
        let mut waiter = Waiter::default();
        let saved = || self.outbox.driver_handle.saved(command);
        poll_fn(|cx| waiter.poll_until(cx, &self.outbox, saved)).await
    }

    /// A handle to steer with, from other tasks and threads.
    #[must_use]
    pub fn control(&self) -> Control {
        Control::new(Arc::clone(&self.outbox.driver_handle))
    }

    /// See [`Control::reconnect`].
    pub fn reconnect(&self) {
        self.outbox.driver_handle.reconnect();
    }

    /// See [`Control::set_online`].
    pub fn set_online(&self, is_online: bool) {
        self.control().set_online(is_online);
    }

    /// See [`Control::network_changed`].
    pub fn network_changed(&self) {
        self.outbox.driver_handle.network_changed();
    }

    /// Closes the connection: sends what waits, says goodbye to the peer, and returns when the
    /// goodbye has left and the peer has answered it.
    ///
    /// All of it takes [`Builder::close_timeout`](crate::Builder::close_timeout) at most, 3 s by
    /// default, also while the peer does not read, the server is down, a store hangs or a collector
    /// does not answer: what remains then goes on in the background. The peer has a second of it to
    /// answer the goodbye, and the last report two. Under `steadfast.v1` messages wait until the
    /// server has acknowledged them. Without a link, attempts to connect go on while messages wait; if
    /// the connection fails for good, the close ends at once.
    ///
    /// From the call on every [`send`](Self::send) is refused. What comes meanwhile is read, and
    /// discarded if more is unread than [`Builder::inbound`](crate::Builder::inbound) allows.
    ///
    /// Messages that could not be sent are [counted](Closed::unsent) and kept: they go out after a
    /// [`reconnect`](Self::reconnect), which also takes a close back that is under way. A second call
    /// waits for the same end. Cancelling the wait does not take the close back.
    ///
    /// Dropping the connection does the same in the background, as long as the runtime lives. If that
    /// ends first, what the socket takes at once is still sent, and a close frame; nothing is waited
    /// for, so a message or the last report may be lost. Call `close` before the program ends.
    pub async fn close(&self) -> Closed {
        self.close_in(None).await
    }

    /// As [`close`](Self::close), with another limit. With zero it sends nothing more, says goodbye
    /// and returns at once.
    pub async fn close_within(&self, limit: Duration) -> Closed {
        self.close_in(Some(limit)).await
    }

    async fn close_in(&self, limit: Option<Duration>) -> Closed {
        self.outbox.driver_handle.close(limit);
        let mut waiter = Waiter::default();
        let closed = || (!self.outbox.driver_handle.is_closing()).then_some(());
        poll_fn(|cx| waiter.poll_until(cx, &self.outbox, closed)).await;
        Closed { unsent: self.outbox.len() }
    }
}

impl<I, O> Drop for Connection<I, O> {
    fn drop(&mut self) {
        self.outbox.driver_handle.abandon();
    }
}

impl<I, O: Payload + Unpin> Stream for Connection<I, O> {
    type Item = I;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<I>> {
        let message = self.inbound.poll_recv(cx);
        if message.is_ready() {
            return message;
        }
        self.outbox.driver_handle.wake_when_over(cx.waker());
        if !self.outbox.driver_handle.is_over() {
            return Poll::Pending;
        }
        // What came before it was over.
        match self.inbound.poll_recv(cx) {
            Poll::Pending => Poll::Ready(None),
            message @ Poll::Ready(_) => message,
        }
    }
}

impl<I, O: Payload + Unpin> Sink<O> for Connection<I, O> {
    type Error = SendError;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Pin::new(&mut self.sender).poll_ready(cx)
    }

    fn start_send(mut self: Pin<&mut Self>, message: O) -> Result<(), SendError> {
        Pin::new(&mut self.sender).start_send(message)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        Pin::new(&mut self.sender).poll_flush(cx)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let is_closed = self.outbox.driver_handle.is_closed();
        if !is_closed {
            ready!(self.as_mut().poll_flush(cx))?;
        } else if self.sender.has_unsent() {
            return Poll::Ready(Err(SendError::Closed));
        }
        let Self { outbox, waiter, .. } = self.get_mut();
        let next = outbox.next();
        if !is_closed {
            ready!(waiter.poll_until(cx, outbox, || outbox.drained(next)))?;
            outbox.driver_handle.close(None);
        }
        ready!(
            waiter.poll_until(cx, outbox, || (!outbox.driver_handle.is_closing()).then_some(()))
        );
        Poll::Ready(outbox.drained(next).unwrap_or(Ok(())))
    }
}
