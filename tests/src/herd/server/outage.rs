use steadfast_core::time::Instant;

use super::{Arrival, Dial, Refusal};

/// A server that cannot be reached for a while, and then serves every dial at once.
#[derive(Debug)]
pub(in super::super) struct Outage {
    until: Instant,
    refuses: bool,
    served: Vec<Dial>,
    now: Instant,
}

impl Outage {
    pub(super) fn new(until: Instant, refuses: bool) -> Self {
        Self { until, refuses, served: Vec::new(), now: Instant::ORIGIN }
    }

    pub(super) fn arrive(&mut self, now: Instant, dial: Dial) -> Arrival {
        if now >= self.until {
            self.now = now;
            self.served.push(dial);
            Arrival::Taken
        } else if self.refuses {
            Arrival::Refused(Refusal::Reset, now)
        } else {
            Arrival::Dropped
        }
    }

    pub(super) fn poll_timeout(&self) -> Option<Instant> {
        (!self.served.is_empty()).then_some(self.now)
    }

    pub(super) fn poll_served(&mut self, _now: Instant) -> Option<Dial> {
        self.served.pop()
    }
}
