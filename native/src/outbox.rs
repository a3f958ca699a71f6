use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use steadfast_core::connection::{MessageId, OutboxConfig, OutboxError};
use tokio::sync::Notify;

use crate::error::SendError;
use crate::message::Message;

/// The messages that no socket has taken yet, in order: what the handles of a connection and its
/// driver share. The lock is held for a few instructions at a time, and never across an await.
///
/// Messages are numbered from 0 in the order in which they were taken. Which of them may be taken
/// is decided here, by the rule of `core`, because a sender has to know at once; the machine is
/// told of each one later, when the driver gets to it.
#[derive(Debug)]
pub(crate) struct Outbox {
    config: OutboxConfig,
    inner: Mutex<Inner>,
    driver: Notify,
}

#[derive(Debug, Default)]
struct Inner {
    waiting: VecDeque<Message>,
    bytes: usize,
    /// The number of the first message that waits.
    first: u64,
    link_is_up: bool,
    closed: bool,
    /// The tasks that wait for room, or for messages to leave.
    wakers: Vec<Waker>,
}

impl Outbox {
    pub(crate) fn new(config: OutboxConfig) -> Self {
        Self { config, inner: Mutex::default(), driver: Notify::new() }
    }

    /// Takes a message, or says at once why not.
    pub(crate) fn try_push(&self, message: Message) -> Result<(), SendError> {
        let mut inner = self.lock();
        inner.admit(&self.config, message.len())?;
        inner.push(message);
        drop(inner);
        self.driver.notify_one();
        Ok(())
    }

    /// Takes the message out of `slot` as soon as there is room for it.
    pub(crate) fn poll_push(
        &self,
        cx: &mut Context<'_>,
        slot: &mut Option<Message>,
    ) -> Poll<Result<(), SendError>> {
        let Some(message) = slot.take() else { return Poll::Ready(Ok(())) };
        let mut inner = self.lock();
        match inner.admit(&self.config, message.len()) {
            Ok(()) => inner.push(message),
            Err(SendError::Full(_)) => {
                *slot = Some(message);
                return inner.wait(cx);
            }
            Err(error) => return Poll::Ready(Err(error)),
        }
        drop(inner);
        self.driver.notify_one();
        Poll::Ready(Ok(()))
    }

    /// Waits until there is room for a message, if only an empty one.
    pub(crate) fn poll_ready(&self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        let mut inner = self.lock();
        match inner.admit(&self.config, 0) {
            Err(SendError::Full(_)) => inner.wait(cx),
            result => Poll::Ready(result),
        }
    }

    /// The number that the next message will have.
    pub(crate) fn next(&self) -> MessageId {
        let inner = self.lock();
        MessageId(inner.first + inner.waiting.len() as u64)
    }

    /// Waits until sockets have taken every message before this one.
    pub(crate) fn poll_drained(
        &self,
        cx: &mut Context<'_>,
        next: MessageId,
    ) -> Poll<Result<(), SendError>> {
        let mut inner = self.lock();
        if inner.first >= next.0 {
            Poll::Ready(Ok(()))
        } else if inner.closed {
            Poll::Ready(Err(SendError::Closed))
        } else {
            inner.wait(cx)
        }
    }

    /// Takes no more messages, and tells the driver to end.
    pub(crate) fn close(&self) {
        let mut inner = self.lock();
        inner.closed = true;
        let wakers = std::mem::take(&mut inner.wakers);
        drop(inner);
        self.driver.notify_one();
        wakers.into_iter().for_each(Waker::wake);
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// For the driver: waits until a message was taken or the outbox closed, since the last time.
    pub(crate) async fn changed(&self) {
        self.driver.notified().await;
    }

    /// For the driver: whether the link is up, on which the bounds depend.
    pub(crate) fn set_link(&self, is_up: bool) {
        let mut inner = self.lock();
        if inner.link_is_up != is_up {
            inner.link_is_up = is_up;
            inner.wake();
        }
    }

    /// For the driver: the message of this number, if it waits.
    pub(crate) fn message(&self, id: MessageId) -> Option<Message> {
        let inner = self.lock();
        inner.index(id).and_then(|index| inner.waiting.get(index)).cloned()
    }

    /// For the driver: the length of the message of this number, if it waits.
    pub(crate) fn len_of(&self, id: MessageId) -> Option<usize> {
        let inner = self.lock();
        inner.index(id).and_then(|index| inner.waiting.get(index)).map(Message::len)
    }

    /// For the driver: a socket took the first message that waits.
    pub(crate) fn pop(&self) {
        let mut inner = self.lock();
        if let Some(message) = inner.waiting.pop_front() {
            inner.first += 1;
            inner.bytes = inner.bytes.saturating_sub(message.len());
            inner.wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner> {
        // Nothing panics while the lock is held, so what it guards is whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    fn admit(&self, config: &OutboxConfig, bytes: usize) -> Result<(), SendError> {
        if self.closed {
            return Err(SendError::Closed);
        }
        let admitted: Result<(), OutboxError> =
            config.admit(self.waiting.len(), self.bytes, bytes, self.link_is_up);
        Ok(admitted?)
    }

    fn push(&mut self, message: Message) {
        self.bytes = self.bytes.saturating_add(message.len());
        self.waiting.push_back(message);
    }

    fn index(&self, id: MessageId) -> Option<usize> {
        usize::try_from(id.0.checked_sub(self.first)?).ok()
    }

    fn wait<T>(&mut self, cx: &Context<'_>) -> Poll<T> {
        if !self.wakers.iter().any(|waker| waker.will_wake(cx.waker())) {
            self.wakers.push(cx.waker().clone());
        }
        Poll::Pending
    }

    fn wake(&mut self) {
        self.wakers.drain(..).for_each(Waker::wake);
    }
}
