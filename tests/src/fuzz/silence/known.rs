//! What the answers of a link have told, computed without the machine.

use std::time::Duration;

use steadfast_core::heartbeat::HeartbeatConfig;
use steadfast_core::time::Instant;

use super::learned::Learned;

/// What is known of one link, and of the session's links before it. Times are in seconds.
#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    config: Times,
    dial: f64,
    /// `SRTT` and `RTTVAR` of RFC 6298; absent without a sample.
    smoothed: Option<(f64, f64)>,
    answers: u32,
    pub(super) learned: Learned,
}

/// The parameters of the heartbeat.
#[derive(Clone, Copy, Debug)]
struct Times {
    late_min: f64,
    late_max: f64,
    max_missed: f64,
    probe_after_send: f64,
}

impl Known {
    /// Nothing but how long the dial took.
    pub(super) fn new(config: &HeartbeatConfig, dial: Duration, learned: Learned) -> Self {
        let config = Times {
            late_min: config.late_min.as_secs_f64(),
            late_max: config.late_max.as_secs_f64(),
            max_missed: config.max_missed.into(),
            probe_after_send: config.probe_after_send.as_secs_f64(),
        };
        Self { config, dial: dial.as_secs_f64(), smoothed: None, answers: 0, learned }
    }

    /// RFC 6298, (2.2) and (2.3). Of the round trip the bytes may explain so much that were sent, `unproved` by number.
    pub(super) fn answered(&mut self, now: Instant, rtt: Duration, unproved: u64) {
        let rtt = rtt.as_secs_f64();
        self.answers += 1;
        self.learned.answered(now, rtt, transfer(unproved).as_secs_f64());
        self.smoothed = Some(match self.smoothed {
            None => (rtt, rtt / 2.0),
            Some((srtt, rttvar)) => {
                (0.875 * srtt + 0.125 * rtt, 0.75 * rttvar + 0.25 * (srtt - rtt).abs())
            }
        });
    }

    pub(super) fn has_answered(&self) -> bool {
        self.answers > 0
    }

    /// The retransmission time-out; before the first sample half of the dial's duration, a second at least.
    pub(super) fn rto(&self) -> f64 {
        let sampled = self.smoothed.map(|(srtt, rttvar)| srtt + (4.0 * rttvar).max(0.001));
        sampled.unwrap_or_else(|| (self.dial / 2.0).max(1.0))
    }

    /// How long a pong may take at most when nothing is sent, as [`HeartbeatConfig::late_min`] documents it. A link
    /// that has not answered three pings has 2.5 times the least, and one that outlived a silence 2.25 times that
    /// silence for all pings together.
    pub(super) fn late_after(&self, now: Instant, is_busy: bool) -> f64 {
        let Times { late_min, late_max, max_missed, .. } = self.config;
        let least = if self.answers < 3 { 2.5 * late_min } else { late_min };
        let least = least.min(late_max).max(self.learned(now, is_busy) / max_missed);
        let most = (late_max / 2.0).max(1.25 * self.rto()).min(late_max).max(least);
        (2.0 * self.rto()).clamp(least, most)
    }

    fn learned(&self, now: Instant, is_busy: bool) -> f64 {
        let Times { late_max, max_missed, .. } = self.config;
        self.learned.at_most(now, is_busy || self.answers == 0, late_max * max_missed)
    }

    /// The longest time until the link is given up, from the first ping that is not answered, after this many bytes whose
    /// arrival no pong has proved.
    pub(super) fn silence(&self, now: Instant, unproved: u64) -> Duration {
        let late_after = self.late_after(now, unproved > 0);
        seconds(late_after * self.config.max_missed) + transfer(unproved)
    }

    /// The shortest time after a sign of life in which a link is given up of which no proof is demanded. A message that is
    /// probed has waited already.
    pub(super) fn least_silence(&self, now: Instant) -> Duration {
        let Times { late_min, late_max, max_missed, probe_after_send } = self.config;
        let learned = self.learned.at_least(now, late_max * max_missed);
        Duration::from_secs_f64((late_min * max_missed).max(learned) - probe_after_send - 1e-6)
    }

    /// How long a proof that was demanded may take.
    pub(super) fn proof(&self, now: Instant, unproved: u64) -> Duration {
        let rto = self.rto();
        let wait = (2.0 * rto).clamp(2.0, (1.25 * rto).max(5.0));
        let Times { late_max, max_missed, .. } = self.config;
        let wait = wait.min(late_max * max_missed).max(self.learned(now, unproved > 0) / 2.0);
        seconds(wait) + transfer(unproved)
    }
}

/// What these bytes take at the slowest rate that is supported.
fn transfer(bytes: u64) -> Duration {
    seconds(bytes as f64 / HeartbeatConfig::SLOWEST_RATE as f64)
}

/// Up to a microsecond more than these seconds, for what is lost by rounding.
fn seconds(seconds: f64) -> Duration {
    Duration::from_secs_f64(seconds + 1e-6)
}

/// The first moment that is a multiple of `tick` away from `from`.
pub(super) fn tick_after(at: Instant, from: Instant, tick: Duration) -> Instant {
    let ticks = at.saturating_since(from).as_nanos().div_ceil(tick.as_nanos());
    from + tick * u32::try_from(ticks).unwrap_or(u32::MAX)
}
