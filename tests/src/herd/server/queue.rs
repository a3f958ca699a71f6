use std::collections::VecDeque;
use std::time::Duration;

use steadfast_core::protocol::Hint;
use steadfast_core::protocol::server::{SlotConfig, Slots};
use steadfast_core::time::Instant;

use super::{Arrival, Dial, Hints, Refusal};

/// How much work may wait where the queue has a bound.
const BOUND: Duration = Duration::from_secs(2);

/// A server that serves one dial after the other, in the order of their arrival.
#[derive(Debug)]
pub(in super::super) struct Queue {
    /// The time that an accept takes.
    work: Duration,
    overflow: Overflow,
    waiting: VecDeque<Dial>,
    /// When the first of those that wait is served.
    served_at: Instant,
    /// When the rejections so far are done, which go before the accepts.
    rejected_at: Instant,
}

/// What happens beyond the bound.
#[derive(Debug)]
enum Overflow {
    /// There is no bound.
    Never,
    /// Nothing comes back.
    Drop,
    /// A rejection, which takes the server this long and tells this.
    Reject(Duration, Hints, Box<Slots>),
}

impl Queue {
    pub(super) fn bounded(work: Duration, rejection: Duration, hints: Hints) -> Self {
        let per_second = 1.0 / work.as_secs_f64();
        #[allow(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "some hundred, and above zero"
        )]
        let queue = (BOUND.as_secs_f64() * per_second) as usize;
        #[allow(clippy::expect_used, reason = "a server of a simulation takes some dials a second")]
        let slots = Slots::new(SlotConfig { per_second, queue }).expect("within the ranges");
        Self::new(work, Overflow::Reject(rejection, hints, Box::new(slots)))
    }

    pub(super) fn dropping(work: Duration) -> Self {
        Self::new(work, Overflow::Drop)
    }

    pub(super) fn unbounded(work: Duration) -> Self {
        Self::new(work, Overflow::Never)
    }

    fn new(work: Duration, overflow: Overflow) -> Self {
        Self {
            work,
            overflow,
            waiting: VecDeque::new(),
            served_at: Instant::ORIGIN,
            rejected_at: Instant::ORIGIN,
        }
    }

    pub(super) fn arrive(&mut self, now: Instant, dial: Dial) -> Arrival {
        let is_full = self.work.mul_f64(self.waiting.len() as f64) >= BOUND;
        let (rejection, refusal) = match &mut self.overflow {
            Overflow::Drop if is_full => return Arrival::Dropped,
            Overflow::Reject(rejection, Hints::None, _) if is_full => {
                (*rejection, Refusal::Unavailable(None))
            }
            Overflow::Reject(_, Hints::None, _) | Overflow::Drop | Overflow::Never => {
                return self.take(now, dial);
            }
            Overflow::Reject(rejection, hints, slots) => {
                // Decided when the rejections before it are done.
                let at = self.rejected_at.max(now);
                let Err(hint) = slots.admit(at, self.waiting.len()) else {
                    return self.take(now, dial);
                };
                slots.refused(*rejection);
                let seconds = Hint::whole_seconds(hint.retry_after.unwrap_or_default());
                let refusal = match hints {
                    Hints::CloseReason => Refusal::TryLater(seconds),
                    Hints::None | Hints::RetryAfter => Refusal::Unavailable(Some(seconds)),
                };
                (*rejection, refusal)
            }
        };
        self.served_at = self.served_at.max(now) + rejection;
        self.rejected_at = self.rejected_at.max(now) + rejection;
        Arrival::Refused(refusal, self.rejected_at)
    }

    fn take(&mut self, now: Instant, dial: Dial) -> Arrival {
        if self.waiting.is_empty() {
            self.served_at = self.served_at.max(now) + self.work;
        }
        self.waiting.push_back(dial);
        Arrival::Taken
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        (!self.waiting.is_empty()).then_some(self.served_at)
    }

    pub(super) fn poll_served(&mut self, now: Instant) -> Option<Dial> {
        if self.served_at > now {
            return None;
        }
        let served = self.waiting.pop_front()?;
        if !self.waiting.is_empty() {
            self.served_at = self.served_at + self.work;
        }
        Some(served)
    }
}
