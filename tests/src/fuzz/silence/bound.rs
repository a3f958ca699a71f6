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
    /// Whether a ping of the present silence has gone out.
    is_settled: bool,
    /// Whether a demand for proof is under way for certain.
    is_demanded: bool,
    /// How many pauses the machine has noticed for certain, and whether there may have been more.
    pauses: u32,
    may_be_demanded: bool,
}

/// After a pause the driver reads what has arrived before the machine decides.
const READS_WITHIN: Duration = Duration::from_millis(250);

/// How many pauses in a row restart the proof.
const RESTARTS: u32 = 3;

impl Bound {
    /// The link dies now. `ping_by` is when its next ping is due at the latest.
    pub(super) fn new(
        now: Instant,
        ping_by: Instant,
        known: Known,
        is_settled: bool,
        unproved: u64,
    ) -> Self {
        let by = ping_by.max(now) + known.silence(now, unproved);
        Self { by, known, is_settled, is_demanded: false, pauses: 0, may_be_demanded: false }
    }

    pub(super) fn by(&self) -> Instant {
        self.by
    }

    /// A message was handed to the socket, with this many bytes unproved. The link is pinged by `ping_by`. A silence is
    /// judged by what was sent before its first ping.
    pub(super) fn sent(&mut self, now: Instant, ping_by: Instant, unproved: u64) {
        let by = ping_by + self.known.silence(now, unproved);
        if self.is_demanded || self.may_be_demanded || self.pauses > 0 {
            return;
        }
        self.by = if self.is_settled { self.by.min(by) } else { by };
    }

    /// A ping goes out.
    pub(super) fn pinged(&mut self) {
        self.is_settled = true;
    }

    /// A timer that is late in a hidden page may demand a proof.
    pub(super) fn demanded_late(&mut self, tick: Instant, unproved: u64) {
        self.by = self.by.max(tick + self.known.proof(tick, unproved));
    }

    /// Something demands a proof. `settles`: whether no demand before the death is still remembered, so that this one
    /// decides.
    pub(super) fn demanded(&mut self, now: Instant, settles: bool, unproved: u64) {
        if self.is_demanded {
            return;
        }
        let by = now + self.known.proof(now, unproved);
        let decides = settles && self.pauses == 0 && !self.may_be_demanded;
        self.by = if decides { by } else { self.by.max(by) };
        self.is_demanded = settles;
    }

    /// The page, whose timers were throttled, is seen again now.
    pub(super) fn shown(&mut self, now: Instant, hidden_for: Duration, unproved: u64) {
        self.paused(now, hidden_for, false, unproved);
    }

    /// This side was paused until now, which the machine may have noticed, or has for certain.
    pub(super) fn paused(
        &mut self,
        now: Instant,
        pause: Duration,
        is_noticed: bool,
        unproved: u64,
    ) {
        self.by = self.by + pause + READS_WITHIN;
        if self.pauses < RESTARTS {
            self.by = self.by.max(now + self.known.proof(now, unproved));
        }
        self.pauses += u32::from(is_noticed && !pause.is_zero());
        self.may_be_demanded |= !is_noticed;
    }

    /// Timers run at these moments only.
    pub(super) fn ticked(&self, from: Instant, tick: Duration) -> Instant {
        // Each of the steps until the link is given up may wait for a tick.
        tick_after(self.by, from, tick) + tick * 3
    }
}

/// The longest time between two pings after one that is sent at this level (`None` while it is not known), where a
/// silence may last this long.
pub(super) fn longest_interval(
    config: &HeartbeatConfig,
    level: Option<Quality>,
    is_judged: bool,
    known: &Known,
    silence: Duration,
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
    let in_flight = silence / (2 * config.max_missed);
    nominal.mul_f64(1.0 + config.jitter).max(in_flight)
}
