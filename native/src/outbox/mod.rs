//! What waits to be sent: what the handles of a connection and its driver share.

mod queue;
mod waiter;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use steadfast_core::connection::{MessageId, OutboxConfig};
use tokio::sync::futures::OwnedNotified;

use self::queue::{Offered, Overflowed, Queue};
use crate::connector::Payload;
use crate::desk::Desk;
use crate::error::SendError;

pub(crate) use self::waiter::{Frees, Waiter};

/// The messages of a connection, behind a lock that is held for a few instructions at a time, and
/// never across an await.
pub(crate) struct Outbox<M> {
    pub(crate) desk: Arc<Desk>,
    config: OutboxConfig,
    accepts: Accepts<M>,
    link_is_up: AtomicBool,
    queue: Mutex<Queue<M>>,
}

/// Whether a message can be sent at all.
pub(crate) type Accepts<M> = Box<dyn Fn(&M) -> bool + Send + Sync>;

impl<M> Frees for Arc<Outbox<M>> {
    fn freed(&self) -> OwnedNotified {
        self.desk.freed()
    }
}

impl<M: Payload> Outbox<M> {
    pub(crate) fn new(config: OutboxConfig, accepts: Accepts<M>) -> Self {
        let (link_is_up, queue) = (AtomicBool::new(false), Mutex::new(Queue::new()));
        Self { desk: Arc::default(), config, accepts, link_is_up, queue }
    }

    /// Takes the message out of `slot`, if there is one, or says why not.
    pub(crate) fn offer(
        &self,
        slot: &mut Option<M>,
        ttl: Option<Duration>,
    ) -> Result<(), SendError> {
        if slot.as_ref().is_some_and(|message| !(self.accepts)(message)) {
            return Err(SendError::Reserved);
        }
        if self.desk.is_closed() {
            return Err(SendError::Closed);
        }
        let link_is_up = self.link_is_up.load(Ordering::Relaxed);
        self.lock().offer(slot, ttl, &self.config, link_is_up)?;
        self.desk.call();
        Ok(())
    }

    /// Whether there is room for a message, if only an empty one.
    pub(crate) fn has_room(&self) -> Result<(), SendError> {
        if self.desk.is_closed() {
            return Err(SendError::Closed);
        }
        let link_is_up = self.link_is_up.load(Ordering::Relaxed);
        Ok(self.lock().has_room(&self.config, link_is_up)?)
    }

    /// The number that the next message will have.
    pub(crate) fn next(&self) -> MessageId {
        self.lock().next()
    }

    /// Says when nothing of what came before this message waits any more, or that it will go on
    /// waiting.
    pub(crate) fn drained(&self, next: MessageId) -> Option<Result<(), SendError>> {
        if self.desk.has_died() {
            Some(Err(SendError::Closed))
        } else if self.lock().is_done_before(next) {
            Some(Ok(()))
        } else {
            self.desk.is_over().then_some(Err(SendError::Closed))
        }
    }

    /// The number of messages that wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().len()
    }

    /// The bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.lock().bytes()
    }

    /// For the driver: see [`Queue::restore`].
    pub(crate) fn restore(&self, messages: Vec<(MessageId, M)>, next: MessageId) {
        self.lock().restore(messages, next);
    }

    /// For the driver: whether the machine was told of all of them.
    pub(crate) fn all_told(&self) -> bool {
        self.lock().all_told()
    }

    /// For the driver: whether the link is up, on which the bounds depend.
    pub(crate) fn set_link(&self, is_up: bool) {
        if self.link_is_up.swap(is_up, Ordering::Relaxed) != is_up {
            self.desk.free();
        }
    }

    /// For the driver: the next message that the machine was not told of.
    pub(crate) fn tell(&self, admits: impl FnOnce(usize) -> bool) -> Option<Offered> {
        self.lock().tell(admits)
    }

    /// For the driver: what was dropped before the machine was told of it.
    pub(crate) fn take_overflowed(&self) -> Option<Overflowed> {
        self.lock().take_overflowed()
    }

    /// For the driver: the message of this number, if it waits.
    pub(crate) fn message(&self, id: MessageId) -> Option<M> {
        self.lock().message(id)
    }

    /// For the driver: the machine is done with this message.
    pub(crate) fn remove(&self, id: MessageId) {
        if self.lock().remove(id) {
            self.desk.free();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Queue<M>> {
        // Nothing panics while the lock is held, so what it guards is whole.
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M> fmt::Debug for Outbox<M> {
    // Not the messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("config", &self.config).finish_non_exhaustive()
    }
}
