//! By when a dead link has to be given up.

use std::time::Duration;

use steadfast_core::heartbeat::HeartbeatConfig;
use steadfast_core::quality::Quality;
use steadfast_core::time::Instant;

use super::known::{Known, tick_after};

/// The bound of one dead link. Events after its death add to it only what is documented:
///
/// - a message that is sent brings it forward, since the link is probed within a second;
/// - the first demand for proof (a change of the network, a clock that was set, a page that is seen) may replace
///   it by the time that a proof takes, and all further demands change nothing;
/// - a pause of this side moves it by that pause, and a proof follows: three times, since more pauses without an
///   answer between them earn no more.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bound {
    by: Instant,
    known: Known,
    /// Whether a demand for proof is under way for certain.
    is_demanded: bool,
    pauses: u32,
}

/// After a pause the driver reads what has arrived before the machine decides.
const READS_WITHIN: Duration = Duration::from_millis(250);

/// How many pauses in a row restart the proof.
const RESTARTS: u32 = 3;

impl Bound {
    /// The link dies now. `ping_by` is when its next ping is due at the latest.
    pub(super) fn new(now: Instant, ping_by: Instant, known: Known, unproved: u64) -> Self {
        let by = ping_by.max(now) + known.silence(unproved);
        Self { by, known, is_demanded: false, pauses: 0 }
    }

    pub(super) fn by(&self) -> Instant {
        self.by
    }

    /// A message was handed to the socket, with this many bytes unproved.
    pub(super) fn sent(&mut self, now: Instant, probed_after: Duration, unproved: u64) {
        let by = now + probed_after + self.known.silence(unproved);
        if !self.is_demanded && self.pauses == 0 {
            self.by = self.by.min(by);
        }
    }

    /// Something demands a proof. `settles`: whether no demand before the death is still remembered.
    pub(super) fn demanded(&mut self, now: Instant, settles: bool, unproved: u64) {
        if !self.is_demanded {
            self.by = self.by.max(now + self.known.proof(unproved));
            self.is_demanded = settles;
        }
    }

    /// The page, whose timers were throttled, is seen again now.
    pub(super) fn shown(&mut self, now: Instant, hidden_for: Duration, unproved: u64) {
        let pauses = self.pauses;
        self.paused(now, hidden_for, unproved);
        self.pauses = pauses;
    }

    /// This side was paused until now.
    pub(super) fn paused(&mut self, now: Instant, pause: Duration, unproved: u64) {
        self.by = self.by + pause + READS_WITHIN;
        if self.pauses < RESTARTS {
            self.by = self.by.max(now + self.known.proof(unproved));
        }
        self.pauses += u32::from(!pause.is_zero());
    }

    /// Timers run at these moments only.
    pub(super) fn ticked(&self, from: Instant, tick: Duration) -> Instant {
        // Each of the steps until the link is given up may wait for a tick.
        tick_after(self.by, from, tick) + tick * 3
    }
}

/// The longest time between two pings after one that is sent at this level; `None` while it is not known.
pub(super) fn longest_interval(
    config: &HeartbeatConfig,
    level: Option<Quality>,
    is_judged: bool,
    known: &Known,
    unproved: u64,
) -> Duration {
    let intervals = &config.intervals;
    let nominal = match level {
        Some(Quality::Critical) => intervals.critical,
        Some(Quality::Poor) => intervals.poor,
        Some(Quality::Good) => intervals.good,
        None if is_judged => intervals.unknown.max(Duration::from_secs_f64(known.rto())),
        // Without a judgement it is that of the last level, which stays hidden.
        Some(Quality::Excellent) | None => intervals.excellent,
    };
    // While a ping is in flight the next follows after half of what its pong may take.
    let in_flight = known.silence(unproved) / (2 * config.max_missed);
    nominal.mul_f64(1.0 + config.jitter).max(in_flight)
}
