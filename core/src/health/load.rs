//! What the machine or the page has to do.

use core::time::Duration;

use crate::order::sort;
use crate::time::{Instant, duration_from_millis};

/// What the machine or the page has to do, as far as it may be known.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase"))]
pub struct SystemLoad {
    /// The share of the processors' time that was used, 0 … 1.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub cpu: Option<f64>,
    /// The share of a queue that is filled, 0 … 1.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub queue: Option<f64>,
    /// The share of the limit of sessions that is in use, 0 … 1. A collector reports the greatest
    /// share of live sessions of any organisation.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub sessions: Option<f64>,
    /// 95 % of the last minute's turns of the event loop began no later than they should have.
    /// Computed from [`HealthMonitor::handle_lag`](super::HealthMonitor::handle_lag).
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis::option"))]
    #[cfg_attr(feature = "schema", schemars(with = "Option<crate::schema::Millis>"))]
    pub loop_lag_p95: Option<Duration>,
    /// The share of the time that went into tasks of more than 50 ms, 0 … 1.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub long_tasks: Option<f64>,
    /// The memory in use, in bytes.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub memory_used: Option<u64>,
    /// The memory there is, in bytes.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub memory_total: Option<u64>,
}

/// What was said of the load, and when: it counts for a minute. A [`HealthMonitor`](super::HealthMonitor)
/// has one; this is for who knows of a load without judging it.
#[derive(Clone, Debug)]
pub struct Load {
    said: SystemLoad,
    said_at: Instant,
    /// In milliseconds, at most a minute.
    lags: [u16; LAGS],
    lag_count: usize,
    lag_next: usize,
    lag_at: Instant,
}

/// As many as come in a minute, at two a second.
const LAGS: usize = 120;

/// What was said longer ago says nothing of now.
const STALE: Duration = Duration::from_mins(1);

impl Load {
    /// Of which nothing is known.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            said: SystemLoad {
                cpu: None,
                queue: None,
                sessions: None,
                loop_lag_p95: None,
                long_tasks: None,
                memory_used: None,
                memory_total: None,
            },
            said_at: Instant::ORIGIN,
            lags: [0; LAGS],
            lag_count: 0,
            lag_next: 0,
            lag_at: Instant::ORIGIN,
        }
    }

    /// The load as of now. Shares are put into their range.
    pub fn say(&mut self, now: Instant, load: SystemLoad) {
        let share = |share: Option<f64>| {
            share.filter(|share| share.is_finite()).map(|share| share.clamp(0.0, 1.0))
        };
        self.said = SystemLoad {
            cpu: share(load.cpu),
            queue: share(load.queue),
            sessions: share(load.sessions),
            long_tasks: share(load.long_tasks),
            ..load
        };
        self.said_at = now;
    }

    /// A turn of the event loop began so much later than it should have. To be told about twice a
    /// second.
    pub fn lagged(&mut self, now: Instant, lag: Duration) {
        if now.saturating_since(self.lag_at) > STALE {
            (self.lag_count, self.lag_next) = (0, 0);
        }
        self.lag_at = now;
        self.lags[self.lag_next] = u16::try_from(lag.as_millis()).unwrap_or(u16::MAX);
        self.lag_next = (self.lag_next + 1) % LAGS;
        self.lag_count = (self.lag_count + 1).min(LAGS);
    }

    /// What is known now.
    #[must_use]
    pub fn known(&self, now: Instant) -> SystemLoad {
        let fresh = |at| now.saturating_since(at) <= STALE;
        let said = if fresh(self.said_at) { self.said } else { SystemLoad::default() };
        let lag = if fresh(self.lag_at) { self.lag_p95() } else { None };
        SystemLoad { loop_lag_p95: lag.or(said.loop_lag_p95), ..said }
    }

    fn lag_p95(&self) -> Option<Duration> {
        let mut lags = self.lags.map(f32::from);
        sort(&mut lags[..self.lag_count]);
        let rank = (self.lag_count * 95).div_ceil(100).checked_sub(1)?;
        Some(duration_from_millis(lags[rank].into()))
    }
}

impl Default for Load {
    fn default() -> Self {
        Self::new()
    }
}

impl SystemLoad {
    /// Whether nothing is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}
