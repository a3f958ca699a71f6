use std::time::Duration;

use steadfast_core::rng::{Random, SeededRandom};
use steadfast_core::time::Instant;

/// What a path does to what is sent over it.
#[derive(Clone, Copy, Debug)]
pub struct Conditions {
    /// The delay in one direction, without the jitter.
    pub delay: Duration,
    /// Up to so much more, uniformly.
    pub jitter: Duration,
    /// The share of segments that are lost, 0 … 1. The stream on top of them stays reliable and in
    /// order, so a loss is seen as the wait for its retransmission.
    pub loss: f64,
}

/// One direction of one stream: reliable and in order, as TCP makes it.
#[derive(Debug, Default)]
pub struct Link {
    last_arrival: Instant,
}

/// The smallest retransmission time-out that systems use (Linux: `TCP_RTO_MIN`).
const RETRANSMISSION: Duration = Duration::from_millis(200);

impl Conditions {
    /// A path with this delay in each direction, and nothing else.
    #[must_use]
    pub fn delay(delay: Duration) -> Self {
        Self { delay, jitter: Duration::ZERO, loss: 0.0 }
    }

    /// How long a segment takes, retransmissions included.
    fn transit(&self, random: &mut SeededRandom) -> Duration {
        let mut transit = self.delay + self.jitter.mul_f64(random.next_unit());
        let mut timeout = RETRANSMISSION;
        while random.next_unit() < self.loss.min(0.99) {
            transit += timeout;
            timeout = (timeout * 2).min(Duration::from_mins(1));
        }
        transit
    }
}

impl Link {
    /// When what is sent now arrives: never before what was sent earlier.
    pub fn arrival(
        &mut self,
        now: Instant,
        conditions: &Conditions,
        random: &mut SeededRandom,
    ) -> Instant {
        self.last_arrival = self.last_arrival.max(now + conditions.transit(random));
        self.last_arrival
    }
}
