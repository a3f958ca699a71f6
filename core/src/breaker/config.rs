use core::time::Duration;

use super::{packed_state, window};
use crate::error::{ConfigError, ensure};
use crate::time::millis;

/// When a [`CircuitBreaker`](super::CircuitBreaker) opens, and for how long. In JSON durations are
/// milliseconds.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase", deny_unknown_fields))]
pub struct BreakerConfig {
    /// The number of failures in a row that opens it, whatever the rates below. At least 1; absent by
    /// default.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub consecutive_failures: Option<u32>,
    /// It opens when at least this share of the calls in the window failed. Above 0 and at most 1;
    /// 0.5 by default, and absent where only `consecutive_failures` counts.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub failure_rate: Option<f64>,
    /// It opens when at least this share of the calls in the window were slow. Above 0 and at most
    /// 1; 0.5 by default. Without `slow_call` no call is slow.
    pub slow_rate: f64,
    /// A call that takes longer is slow. Above zero; absent by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    pub slow_call: Option<Duration>,
    /// With fewer calls in the window no rate is judged. From 1 to `window_calls`; 5 by default.
    pub minimum_calls: u32,
    /// The number of calls in the window. From 1 to 64; 20 by default.
    pub window_calls: u32,
    /// The window reaches back no further than this, in steps of a tenth of it. From 10 ms to a
    /// day; 30 s by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub window_time: Duration,
    /// How long it stays open at first. From 1 ms to `max_open_for`; 30 s by default. While probes
    /// fail it doubles, and half of it is spread ("equal jitter"), so that the breakers of a fleet
    /// do not probe in step.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub open_for: Duration,
    /// It never stays open for longer. At most a day; 300 s by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub max_open_for: Duration,
    /// The number of probes that pass when it is half open. From 1 to 7; 1 by default. It opens
    /// again as soon as `failure_rate` of them have failed, or the first where no rate is judged,
    /// and closes when all have ended without that.
    pub probes: u32,
    /// A probe that has not ended after this is given up, and another may go. From 1 ms to a day;
    /// 30 s by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub probe_timeout: Duration,
}

impl Default for BreakerConfig {
    fn default() -> Self {
        Self {
            consecutive_failures: None,
            failure_rate: Some(0.5),
            slow_rate: 0.5,
            slow_call: None,
            minimum_calls: 5,
            window_calls: 20,
            window_time: Duration::from_secs(30),
            open_for: Duration::from_secs(30),
            max_open_for: Duration::from_mins(5),
            probes: 1,
            probe_timeout: Duration::from_secs(30),
        }
    }
}

impl BreakerConfig {
    /// A breaker that opens after `threshold` failures in a row, for `timeout` at first: what
    /// `circuitBreakerThreshold` and `circuitBreakerTimeout` ask for.
    #[must_use]
    pub fn consecutive(threshold: u32, timeout: Duration) -> Self {
        let default = Self::default();
        Self {
            consecutive_failures: Some(threshold),
            failure_rate: None,
            open_for: timeout,
            max_open_for: default.max_open_for.max(timeout),
            ..default
        }
    }

    /// Refuses parameters that make no sense.
    ///
    /// # Errors
    ///
    /// Names the field, its value and what is allowed.
    pub fn validate(&self) -> Result<(), ConfigError> {
        let share = |field, share: f64| {
            ensure(share > 0.0 && share <= 1.0, field, share, "more than 0 and at most 1")
        };
        let time = |field, time: Duration, least: u64| {
            let range = Duration::from_millis(least)..=Duration::from_hours(24);
            let allowed = if least == 1 { "1 to 86400000 ms" } else { "10 to 86400000 ms" };
            ensure(range.contains(&time), field, millis(time), allowed)
        };
        let consecutive = self.consecutive_failures.unwrap_or(1);
        ensure(consecutive >= 1, "breaker.consecutiveFailures", consecutive, "at least 1")?;
        share("breaker.failureRate", self.failure_rate.unwrap_or(1.0))?;
        share("breaker.slowRate", self.slow_rate)?;
        time("breaker.slowCall", self.slow_call.unwrap_or(Duration::from_secs(1)), 1)?;
        let (calls, minimum) = (self.window_calls, self.minimum_calls);
        let range = 1..=window::MOST_CALLS;
        ensure(range.contains(&calls), "breaker.windowCalls", calls, "1 to 64")?;
        let allowed = "1 to breaker.windowCalls";
        ensure((1..=calls).contains(&minimum), "breaker.minimumCalls", minimum, allowed)?;
        time("breaker.windowTime", self.window_time, 10)?;
        time("breaker.openFor", self.open_for, 1)?;
        time("breaker.maxOpenFor", self.max_open_for, 1)?;
        let (open_for, ordered) = (millis(self.open_for), self.open_for <= self.max_open_for);
        ensure(ordered, "breaker.openFor", open_for, "at most breaker.maxOpenFor")?;
        ensure(
            (1..=packed_state::MOST_PROBES).contains(&self.probes),
            "breaker.probes",
            self.probes,
            "1 to 7",
        )?;
        time("breaker.probeTimeout", self.probe_timeout, 1)
    }
}
