use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use steadfast_core::connection::{MessageId, OutboxConfig};
use tokio::sync::Notify;
use tokio::sync::futures::OwnedNotified;

use crate::connector::Payload;
use crate::error::SendError;

/// The messages that no socket has taken yet, in order: what the handles of a connection and its
/// driver share. The lock is held for a few instructions at a time, and never across an await.
///
/// Messages are numbered from 0 in the order in which they were taken. Which of them may be taken
/// is decided here, by the rule of `core`, because a sender has to know at once; the machine is
/// told of each one later, when the driver gets to it.
#[derive(Debug)]
pub(crate) struct Outbox<M> {
    config: OutboxConfig,
    inner: Mutex<Inner<M>>,
    /// Wakes the driver.
    offered: Notify,
    /// Wakes all senders that wait for room, or for messages to leave.
    freed: Arc<Notify>,
}

#[derive(Debug)]
struct Inner<M> {
    waiting: VecDeque<M>,
    bytes: usize,
    /// The number of the first message that waits.
    first: u64,
    link_is_up: bool,
    closed: bool,
}

impl<M> Outbox<M> {
    pub(crate) fn new(config: OutboxConfig) -> Self {
        let inner = Inner {
            waiting: VecDeque::new(),
            bytes: 0,
            first: 0,
            link_is_up: false,
            closed: false,
        };
        let (offered, freed) = (Notify::new(), Arc::default());
        Self { config, inner: Mutex::new(inner), offered, freed }
    }

    /// Whether there is room for a message, if only an empty one.
    pub(crate) fn has_room(&self) -> Result<(), SendError> {
        self.lock().admit(&self.config, 0)
    }

    /// The number that the next message will have.
    pub(crate) fn next(&self) -> MessageId {
        let inner = self.lock();
        MessageId(inner.first + inner.waiting.len() as u64)
    }

    /// Says when sockets have taken every message before this one, or that they never will.
    pub(crate) fn drained(&self, next: MessageId) -> Option<Result<(), SendError>> {
        let inner = self.lock();
        if inner.first >= next.0 {
            Some(Ok(()))
        } else {
            inner.closed.then_some(Err(SendError::Closed))
        }
    }

    /// Ready after the next change that senders may wait for.
    pub(crate) fn freed(&self) -> OwnedNotified {
        Arc::clone(&self.freed).notified_owned()
    }

    /// Takes no more messages, and tells the driver to end.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.offered.notify_one();
        self.freed.notify_waiters();
    }

    pub(crate) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// For the driver: waits until a message was taken or the outbox closed, since the last time.
    pub(crate) async fn offered(&self) {
        self.offered.notified().await;
    }

    /// For the driver: whether the link is up, on which the bounds depend.
    pub(crate) fn set_link(&self, is_up: bool) {
        let was_up = std::mem::replace(&mut self.lock().link_is_up, is_up);
        if is_up != was_up {
            self.freed.notify_waiters();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inner<M>> {
        // Nothing panics while the lock is held, so what it guards is whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M: Payload> Outbox<M> {
    /// Takes the message out of `slot`, if there is one, or says why not.
    pub(crate) fn offer(&self, slot: &mut Option<M>) -> Result<(), SendError> {
        let Some(message) = slot else { return Ok(()) };
        let mut inner = self.lock();
        inner.admit(&self.config, message.size())?;
        inner.bytes = inner.bytes.saturating_add(message.size());
        inner.waiting.extend(slot.take());
        drop(inner);
        self.offered.notify_one();
        Ok(())
    }

    /// For the driver: the message of this number, if it waits.
    pub(crate) fn message(&self, id: MessageId) -> Option<M> {
        self.lock().get(id).cloned()
    }

    /// For the driver: the length of the message of this number, if it waits.
    pub(crate) fn len_of(&self, id: MessageId) -> Option<usize> {
        self.lock().get(id).map(Payload::size)
    }

    /// For the driver: a socket took the first message that waits.
    pub(crate) fn pop(&self) {
        let mut inner = self.lock();
        let Some(message) = inner.waiting.pop_front() else { return };
        inner.first += 1;
        inner.bytes = inner.bytes.saturating_sub(message.size());
        drop(inner);
        self.freed.notify_waiters();
    }
}

impl<M> Inner<M> {
    fn admit(&self, config: &OutboxConfig, bytes: usize) -> Result<(), SendError> {
        if self.closed {
            return Err(SendError::Closed);
        }
        Ok(config.admit(self.waiting.len(), self.bytes, bytes, self.link_is_up)?)
    }

    fn get(&self, id: MessageId) -> Option<&M> {
        let index = usize::try_from(id.0.checked_sub(self.first)?).ok()?;
        self.waiting.get(index)
    }
}
