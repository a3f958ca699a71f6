use std::collections::VecDeque;
use std::time::Duration;

use steadfast_core::time::Instant;

use super::{Arrival, Dial, Refusal};

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
}

/// What happens beyond the bound.
#[derive(Clone, Copy, Debug)]
enum Overflow {
    /// There is no bound.
    Never,
    /// Nothing comes back.
    Drop,
    /// A rejection, which takes the server this long.
    Reject(Duration),
}

impl Queue {
    pub(super) fn bounded(work: Duration, rejection: Duration) -> Self {
        Self::new(work, Overflow::Reject(rejection))
    }

    pub(super) fn dropping(work: Duration) -> Self {
        Self::new(work, Overflow::Drop)
    }

    pub(super) fn unbounded(work: Duration) -> Self {
        Self::new(work, Overflow::Never)
    }

    fn new(work: Duration, overflow: Overflow) -> Self {
        Self { work, overflow, waiting: VecDeque::new(), served_at: Instant::ORIGIN }
    }

    pub(super) fn arrive(&mut self, now: Instant, dial: Dial) -> Arrival {
        let waiting = self.work.mul_f64(self.waiting.len() as f64);
        match self.overflow {
            Overflow::Drop if waiting >= BOUND => Arrival::Dropped,
            Overflow::Reject(rejection) if waiting >= BOUND => {
                self.served_at = self.served_at + rejection;
                Arrival::Refused(Refusal::Unavailable)
            }
            _ => {
                if self.waiting.is_empty() {
                    self.served_at = self.served_at.max(now) + self.work;
                }
                self.waiting.push_back(dial);
                Arrival::Taken
            }
        }
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
