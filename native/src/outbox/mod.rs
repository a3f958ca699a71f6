//! What waits to be sent: what the handles of a connection and its driver share.

mod line;
mod queue;
mod sending;
mod waiter;

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use steadfast_core::outbox::{MessageId, OutboxConfig, OutboxError, Overflow};
use tokio::sync::futures::OwnedNotified;
use tokio::time::Instant;

use self::queue::{Offered, Overflowed, Queue};
use crate::connector::Payload;
use crate::driver_handle::DriverHandle;
use crate::error::{SendError, TrySendError};

pub(crate) use self::line::{Signal, WaitingLine, WaitingPlace};
pub(crate) use self::sending::{Feeding, Room, Sending};
pub(crate) use self::waiter::{Frees, Waiter};

/// The longest that a message may wait, as its sender says.
const LONGEST_TTL: Duration = Duration::from_hours(24);

/// The messages of a connection, behind a lock that is held for a few instructions at a time, and
/// never across an await.
pub(crate) struct Outbox<M> {
    pub(crate) driver_handle: Arc<DriverHandle>,
    config: OutboxConfig,
    accepts: Accepts<M>,
    link_is_up: AtomicBool,
    /// Whether a sink has learned that there is room, and may be about to use it.
    promised: AtomicBool,
    /// Whether messages were taken over that the machine was not told of.
    admitted: AtomicBool,
    inner: Mutex<Inner<M>>,
}

struct Inner<M> {
    queue: Queue<M>,
    line: WaitingLine<M>,
}

/// Whether a message can be sent at all.
pub(crate) type Accepts<M> = Box<dyn Fn(&M) -> bool + Send + Sync>;

impl<M> Frees for Arc<Outbox<M>> {
    fn freed(&self) -> OwnedNotified {
        self.driver_handle.freed()
    }
}

impl<M: Payload> Outbox<M> {
    pub(crate) fn new(config: OutboxConfig, accepts: Accepts<M>) -> Self {
        let inner = Mutex::new(Inner { queue: Queue::new(), line: WaitingLine::new() });
        let [link_is_up, promised, admitted] = [(); 3].map(|()| AtomicBool::new(false));
        Self {
            driver_handle: Arc::default(),
            config,
            accepts,
            link_is_up,
            promised,
            admitted,
            inner,
        }
    }

    /// Takes a message, or gives it back and says why.
    pub(crate) fn offer(&self, message: M, ttl: Option<Duration>) -> Result<(), TrySendError<M>> {
        let mut slot = Some(message);
        match (self.enter(&mut slot, ttl, None, false), slot) {
            (Err(reason), Some(message)) => Err(TrySendError::new(message, reason)),
            _ => Ok(()),
        }
    }

    /// The number that the next message will have.
    pub(crate) fn next(&self) -> MessageId {
        self.lock().queue.next()
    }

    /// Says when nothing of what came before this message waits any more, or that it will go on
    /// waiting.
    pub(crate) fn drained(&self, next: MessageId) -> Option<Result<(), SendError>> {
        if self.driver_handle.has_died() {
            Some(Err(SendError::Closed))
        } else if self.lock().queue.is_done_before(next) {
            Some(Ok(()))
        } else {
            self.driver_handle.is_over().then_some(Err(SendError::Closed))
        }
    }

    /// The number of messages that wait.
    pub(crate) fn len(&self) -> usize {
        self.lock().queue.len()
    }

    /// The bytes that wait.
    pub(crate) fn bytes(&self) -> usize {
        self.lock().queue.bytes()
    }

    /// For the driver: see [`Queue::restore`].
    pub(crate) fn restore(&self, messages: Vec<(MessageId, M)>, next: MessageId) {
        self.lock().queue.restore(messages, next);
    }

    /// For the driver: whether the machine knows of all of them.
    pub(crate) fn all_told(&self) -> bool {
        self.lock().queue.all_told()
    }

    /// For the driver: whether the link is up, on which the bounds depend.
    pub(crate) fn set_link(&self, is_up: bool) {
        if self.link_is_up.swap(is_up, Ordering::Relaxed) != is_up {
            self.driver_handle.free();
            self.admit_waiting();
        }
    }

    /// For the driver: the next message that the machine was not told of.
    pub(crate) fn tell(&self, admits: impl FnOnce(usize) -> bool) -> Option<Offered> {
        self.lock().queue.tell(admits)
    }

    /// For the driver: messages that were dropped before the machine knew of them.
    pub(crate) fn take_overflowed(&self) -> Option<Overflowed> {
        self.lock().queue.take_overflowed()
    }

    /// For the driver: the message of this number, if it waits.
    pub(crate) fn message(&self, id: MessageId) -> Option<M> {
        self.lock().queue.message(id)
    }

    /// For the driver: the machine is done with this message.
    pub(crate) fn remove(&self, id: MessageId) {
        let (message, waits) = {
            let mut inner = self.lock();
            (inner.queue.remove(id), !inner.line.is_empty())
        };
        if message.is_some() {
            self.driver_handle.free();
        }
        if waits {
            self.admit_waiting();
        }
    }

    /// For the driver: whether messages of senders that waited were taken over, since the last time.
    pub(crate) fn take_admitted(&self) -> bool {
        self.admitted.swap(false, Ordering::Relaxed)
    }

    /// For the driver: whether a sink has learned that there is room, and its task should run first.
    pub(crate) fn is_promised(&self) -> bool {
        self.promised.load(Ordering::Relaxed)
    }

    /// For the driver: the sink that has learned so had its time. Others may have the room.
    pub(crate) fn end_promise(&self) {
        self.promised.store(false, Ordering::Relaxed);
        self.lock().line.end_promise();
        self.admit_waiting();
    }

    /// For the driver: lets in those that wait, in order, for as long as there is room.
    pub(crate) fn admit_waiting(&self) {
        let link_is_up = self.link_is_up.load(Ordering::Relaxed);
        while let Some(signal) = self.admit_next(link_is_up) {
            signal.wake();
            self.admitted.store(true, Ordering::Relaxed);
        }
    }

    fn admit_next(&self, link_is_up: bool) -> Option<Arc<Signal>> {
        let mut inner = self.lock();
        let Inner { queue, line } = &mut *inner;
        let config = &self.config;
        let admitted = line.admit(|slot, ttl| match slot {
            Some(_) => queue.offer(slot, ttl, config, link_is_up).is_ok(),
            None => queue.has_room(config, link_is_up).is_ok(),
        });
        self.promised.store(line.is_promised(), Ordering::Relaxed);
        admitted
    }

    /// For the driver: when [`expire_waiting`](Self::expire_waiting) may have something to do.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.lock().line.next_expiry()
    }

    /// For the driver: tells those that have waited for too long.
    pub(crate) fn expire_waiting(&self) {
        let now = Instant::now();
        if self.next_expiry().is_none_or(|due| due > now) {
            return;
        }
        let expire = || self.lock().line.expire(now);
        while let Some(signal) = expire() {
            signal.wake();
        }
        // Those behind them may need less room.
        self.admit_waiting();
    }

    /// For the driver: tells all that wait that nothing can be sent any more.
    pub(crate) fn turn_away(&self) {
        let next = || self.lock().line.turn_away();
        while let Some(signal) = next() {
            signal.wake();
        }
    }
}

impl<M: Payload> Room for Outbox<M> {
    type Message = M;

    fn enter(
        &self,
        slot: &mut Option<M>,
        ttl: Option<Duration>,
        place: Option<&WaitingPlace>,
        waits: bool,
    ) -> Result<Option<WaitingPlace>, SendError> {
        if slot.as_ref().is_some_and(|message| !(self.accepts)(message)) {
            return Err(SendError::Reserved);
        }
        if let Some(given) = ttl.filter(|ttl| ttl.is_zero() || *ttl > LONGEST_TTL) {
            return Err(SendError::Ttl { given });
        }
        let link_is_up = self.link_is_up.load(Ordering::Relaxed);
        let config = &self.config;
        let bytes = slot.as_ref().map(Payload::size);
        let mut inner = self.lock();
        // Under the lock: the code that turns away those that wait has closed it before.
        if self.driver_handle.is_closed() {
            return Err(SendError::Closed);
        }
        let Inner { queue, line } = &mut *inner;
        let is_first = place.map_or_else(|| line.is_empty(), |place| line.is_first(place));
        if place.is_some() && slot.is_some() {
            line.end_promise();
        }
        // What makes room by itself, or is dropped, does not wait.
        let waits_in_line = config.overflow == Overflow::Reject
            || bytes.is_some_and(|bytes| config.never_fits(bytes));
        let admitted = match slot {
            _ if waits_in_line && !is_first => {
                Err(OutboxError::Messages { max: config.max_messages })
            }
            Some(_) => queue.offer(slot, ttl, config, link_is_up),
            None => queue.has_room(config, link_is_up),
        };
        let place = match admitted {
            Ok(()) => None,
            Err(_) if waits => Some(line.join(slot.take(), ttl.or(config.ttl), place)),
            Err(full) => return Err(full.into()),
        };
        drop(inner);
        // There is a message to be sent, or one more that may expire.
        if bytes.is_some() {
            self.driver_handle.call();
        }
        Ok(place)
    }

    fn leave(&self, place: &WaitingPlace) {
        self.leave_line(place);
    }
}

impl<M> Outbox<M> {
    /// Gives a place in the line up. Those behind it may need less room.
    pub(crate) fn leave_line(&self, place: &WaitingPlace) {
        let message = self.lock().line.leave(place);
        self.driver_handle.call();
        // Not while the lock is held: it is of the user's type.
        drop(message);
    }

    fn lock(&self) -> MutexGuard<'_, Inner<M>> {
        // What panics while the lock is held has changed nothing yet, so what it guards is whole.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M> fmt::Debug for Outbox<M> {
    // Not the messages.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outbox").field("config", &self.config).finish_non_exhaustive()
    }
}
