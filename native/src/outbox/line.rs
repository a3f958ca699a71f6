use std::collections::VecDeque;
use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use futures::task::AtomicWaker;
use tokio::time::Instant;

use crate::error::SendError;

/// Senders that wait for room, in the order of their calls.
///
/// Each leaves its message here, and the code that makes room takes the first one over: one sender is
/// woken for each message that leaves, and none is overtaken. The order is that of numbers, so that
/// one that has to wait once more gets its old place.
#[derive(Debug)]
pub(crate) struct WaitingLine<M> {
    /// By their numbers.
    waiting: VecDeque<Waiting<M>>,
    next: u64,
    /// When the first of them expires, or earlier.
    next_expiry: Option<Instant>,
    /// A sink has learned that there is room, and may be about to use it.
    promised: bool,
}

#[derive(Debug)]
struct Waiting<M> {
    number: u64,
    /// Absent for a sink, which gets its message when there is room.
    message: Option<M>,
    ttl: Option<Duration>,
    expires_at: Option<Instant>,
    signal: Arc<Signal>,
}

/// A sender's place in the line.
#[derive(Debug)]
pub(crate) struct WaitingPlace {
    number: u64,
    signal: Arc<Signal>,
}

/// The outcome of a wait, and the waker of its task.
#[derive(Debug)]
pub(crate) struct Signal {
    outcome: AtomicU8,
    waker: AtomicWaker,
}

/// As [`OutboxConfig::ttl`](steadfast_core::outbox::OutboxConfig::ttl).
const LONGEST_TTL: Duration = Duration::from_hours(24);

const WAITING: u8 = 0;
const ADMITTED: u8 = 1;
const EXPIRED: u8 = 2;
const CLOSED: u8 = 3;

impl<M> WaitingLine<M> {
    pub(crate) fn new() -> Self {
        Self { waiting: VecDeque::new(), next: 0, next_expiry: None, promised: false }
    }

    /// Whether nobody waits, so that a newcomer overtakes nobody.
    pub(crate) fn is_empty(&self) -> bool {
        self.waiting.is_empty() && !self.promised
    }

    /// Whether the holder of this place may go before all that wait.
    pub(crate) fn is_first(&self, place: &WaitingPlace) -> bool {
        self.waiting.front().is_none_or(|first| place.number <= first.number)
    }

    /// Puts a message at the end of the line, or back at a place that it had.
    pub(crate) fn join(
        &mut self,
        message: Option<M>,
        ttl: Option<Duration>,
        place: Option<&WaitingPlace>,
    ) -> WaitingPlace {
        let number = place.map_or(self.next, |place| place.number);
        self.next = self.next.max(number + 1);
        let signal =
            Arc::new(Signal { outcome: AtomicU8::new(WAITING), waker: AtomicWaker::new() });
        let expires_at = ttl.map(|ttl| Instant::now() + ttl.min(LONGEST_TTL));
        self.next_expiry = self.next_expiry.into_iter().chain(expires_at).min();
        let waiting = Waiting { number, message, ttl, expires_at, signal: Arc::clone(&signal) };
        match self.find(number) {
            Ok(at) | Err(at) => self.waiting.insert(at, waiting),
        }
        WaitingPlace { number, signal }
    }

    /// Gives a place up.
    pub(crate) fn leave(&mut self, place: &WaitingPlace) -> Option<M> {
        self.waiting.remove(self.find(place.number).ok()?)?.message
    }

    /// A sink uses the room that it was promised, or has not used it: others may.
    pub(crate) fn end_promise(&mut self) {
        self.promised = false;
    }

    pub(crate) fn is_promised(&self) -> bool {
        self.promised
    }

    /// When [`expire`](Self::expire) may have something.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        self.next_expiry
    }

    /// Takes out one who has waited for too long, to be woken.
    pub(crate) fn expire(&mut self, now: Instant) -> Option<Arc<Signal>> {
        let is_over = |waiting: &Waiting<M>| waiting.expires_at.is_some_and(|at| at <= now);
        let Some(over) = self.waiting.iter().position(is_over) else {
            self.next_expiry = self.waiting.iter().filter_map(|one| one.expires_at).min();
            return None;
        };
        let signal = self.waiting.remove(over)?.signal;
        Some(signal.tell(EXPIRED))
    }

    /// Lets the first one in, if `admit` takes its message; without a message it is only asked. What
    /// is left of a limit in time goes with it. The one that it was has to be woken.
    pub(crate) fn admit(
        &mut self,
        admit: impl FnOnce(&mut Option<M>, Option<Duration>) -> bool,
    ) -> Option<Arc<Signal>> {
        if self.promised {
            return None;
        }
        let waiting = self.waiting.front_mut()?;
        let promised = waiting.message.is_none();
        let left = waiting.expires_at.map(|at| at.saturating_duration_since(Instant::now()));
        // The machine takes no limit of nothing.
        let left = left.map(|left| left.max(Duration::from_nanos(1))).or(waiting.ttl);
        if !admit(&mut waiting.message, left) {
            return None;
        }
        let signal = self.waiting.pop_front()?.signal;
        self.promised = promised;
        Some(signal.tell(ADMITTED))
    }

    /// Turns one away, to be woken: nothing can be sent any more.
    pub(crate) fn turn_away(&mut self) -> Option<Arc<Signal>> {
        let waiting = self.waiting.pop_front()?;
        Some(waiting.signal.tell(CLOSED))
    }

    fn find(&self, number: u64) -> Result<usize, usize> {
        // Most often it is a new one.
        match self.waiting.back() {
            Some(last) if last.number >= number => {
                self.waiting.binary_search_by_key(&number, |waiting| waiting.number)
            }
            _ => Err(self.waiting.len()),
        }
    }
}

impl Signal {
    /// Wakes who waits. Not while a lock is held: its task may run at once.
    pub(crate) fn wake(&self) {
        self.waker.wake();
    }

    fn tell(self: Arc<Self>, outcome: u8) -> Arc<Self> {
        self.outcome.store(outcome, Ordering::Release);
        self
    }
}

impl WaitingPlace {
    /// Whether its message was taken.
    pub(crate) fn is_admitted(&self) -> bool {
        self.signal.outcome.load(Ordering::Acquire) == ADMITTED
    }

    /// Waits until something became of it.
    pub(crate) fn poll(&self, cx: &mut Context<'_>) -> Poll<Result<(), SendError>> {
        self.signal.waker.register(cx.waker());
        match self.signal.outcome.load(Ordering::Acquire) {
            WAITING => Poll::Pending,
            ADMITTED => Poll::Ready(Ok(())),
            EXPIRED => Poll::Ready(Err(SendError::Expired)),
            _ => Poll::Ready(Err(SendError::Closed)),
        }
    }
}
