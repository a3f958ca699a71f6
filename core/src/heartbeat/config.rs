use core::time::Duration;

use crate::error::{ConfigError, ensure};
use crate::time::{millis, saturating_nanos};

/// How the peer's life is probed. In JSON durations are milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase", deny_unknown_fields))]
pub struct HeartbeatConfig {
    /// The time between two pings, by quality.
    pub intervals: Intervals,
    /// The spread of the interval, as a share of it, so that a fleet does not beat in step. From
    /// 0 to 0.5; 0.1 by default.
    pub jitter: f64,
    /// A pong is late after `clamp(2·RTO, late_min, max(1.25·RTO, late_max / 2))`, or later where the link's past has taught
    /// patience, and by the bytes that its ping waits behind ([`Self::SLOWEST_RATE`]). Above zero; 2.4 s by
    /// default, so that TCP's retransmissions after 1, 3 and 7 s come before a link is given up.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub late_min: Duration,
    /// The longest that a pong may take, but for the bytes that its ping waits behind. At least `late_min`;
    /// 20 s by default. Up to twenty times as long where the answer to a message is expected, and links of the session were
    /// silent for longer and yet alive, or may have been.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub late_max: Duration,
    /// The number of late pongs in a row that means that the peer is dead. From 1 to 100; 3 by default.
    pub max_missed: u32,
    /// A sent message to which nothing at all came back is followed by a ping after this long,
    /// however far away the next regular one is. Above zero; 1 s by default. A message that is sent after
    /// a second or more in which nothing came is preceded by a ping.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub probe_after_send: Duration,
}

/// The time between two pings, by quality: each above zero and at most a day.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase", deny_unknown_fields))]
pub struct Intervals {
    /// 25 s by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub excellent: Duration,
    /// 20 s by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub good: Duration,
    /// 10 s by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub poor: Duration,
    /// 5 s by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub critical: Duration,
    /// While there is too little to judge by: after a first connect the quality is known within
    /// three of these. 1 s by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub unknown: Duration,
}

impl Default for HeartbeatConfig {
    fn default() -> Self {
        Self {
            intervals: Intervals::default(),
            jitter: 0.1,
            late_min: Duration::from_millis(2400),
            late_max: Duration::from_secs(20),
            max_missed: 3,
            probe_after_send: Duration::from_secs(1),
        }
    }
}

impl Default for Intervals {
    fn default() -> Self {
        Self {
            excellent: Duration::from_secs(25),
            good: Duration::from_secs(20),
            poor: Duration::from_secs(10),
            critical: Duration::from_secs(5),
            unknown: Duration::from_secs(1),
        }
    }
}

impl Intervals {
    /// The same interval whatever the quality.
    #[must_use]
    pub fn fixed(interval: Duration) -> Self {
        Self {
            excellent: interval,
            good: interval,
            poor: interval,
            critical: interval,
            unknown: interval,
        }
    }

    /// The longest of them.
    pub(crate) fn longest(&self) -> Duration {
        let Self { excellent, good, poor, critical, unknown } = *self;
        [good, poor, critical, unknown].into_iter().fold(excellent, Duration::max)
    }
}

impl HeartbeatConfig {
    /// The slowest link that is worth keeping up, in bytes a second. A pong may be late by as long as the
    /// bytes sent before its ping take at this rate.
    pub const SLOWEST_RATE: u64 = 16 * 1024;

    /// How long a pong may take where the link's past has taught a patience of `learned`, and the bytes that its ping waits
    /// behind explain so much of a silence. Both are in nanoseconds. `is_known`: whether the link has
    /// answered before.
    pub(crate) fn late_after(
        &self,
        rto: Duration,
        learned: u64,
        is_known: bool,
        explained: u64,
    ) -> Duration {
        // A link that was opened a moment ago is sooner busy than dead, and its pings follow each other
        // fast, so that it is noticed no later than others if it is dead.
        let (min, max) = (saturating_nanos(self.late_min), saturating_nanos(self.late_max));
        let least = if is_known { min } else { min.saturating_mul(5) / 2 };
        let missed = u64::from(self.max_missed);
        let least = least.min(max).max(learned / missed);
        let rto = saturating_nanos(rto);
        // A path whose round trip varies has an RTO beyond what it needs.
        let most = (max / 2).max(rto.saturating_add(rto / 4)).min(max).max(least);
        let late = rto.saturating_mul(2).clamp(least, most);
        Duration::from_nanos(late.saturating_add(explained / missed))
    }

    /// The most patience that is learned with a link from which only a pong is expected, in nanoseconds. At most 100 days.
    pub(crate) fn most_learned(&self) -> u64 {
        saturating_nanos(self.late_max) * u64::from(self.max_missed)
    }

    /// Refuses parameters that make no sense.
    ///
    /// # Errors
    ///
    /// Names the field, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let up_to_a_day = |field, value: Duration| {
            let allowed = "more than 0 ms and at most a day";
            let holds = !value.is_zero() && value <= Duration::from_hours(24);
            ensure(holds, field, millis(value), allowed)
        };
        up_to_a_day("heartbeat.intervals.excellent", self.intervals.excellent)?;
        up_to_a_day("heartbeat.intervals.good", self.intervals.good)?;
        up_to_a_day("heartbeat.intervals.poor", self.intervals.poor)?;
        up_to_a_day("heartbeat.intervals.critical", self.intervals.critical)?;
        up_to_a_day("heartbeat.intervals.unknown", self.intervals.unknown)?;
        up_to_a_day("heartbeat.lateMin", self.late_min)?;
        up_to_a_day("heartbeat.probeAfterSend", self.probe_after_send)?;
        up_to_a_day("heartbeat.lateMax", self.late_max)?;
        let late_max = millis(self.late_max);
        let ordered = self.late_max >= self.late_min;
        ensure(ordered, "heartbeat.lateMax", late_max, "at least heartbeat.lateMin")?;
        ensure((0.0..=0.5).contains(&self.jitter), "heartbeat.jitter", self.jitter, "0 to 0.5")?;
        let missed = self.max_missed;
        ensure((1..=100).contains(&missed), "heartbeat.maxMissed", missed, "1 to 100")
    }
}

/// Transfer time of `bytes` bytes, in nanoseconds, at [`HeartbeatConfig::SLOWEST_RATE`].
pub(crate) fn nanos_on_slowest_link(bytes: u64) -> u64 {
    bytes.saturating_mul(1_000_000_000 / HeartbeatConfig::SLOWEST_RATE)
}
