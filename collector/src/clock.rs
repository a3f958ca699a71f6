//! The time, as the core wants it.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use steadfast_core::time::Instant;

/// Tells instants since the Unix epoch: the wall clock as it was at the start, carried on by the
/// monotonic clock, so that they never run backwards.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    started: std::time::Instant,
    started_at: Duration,
}

impl Clock {
    /// A clock that starts now. One that lies before 1970 counts as 1970.
    #[must_use]
    pub fn start() -> Self {
        let started_at = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { started: std::time::Instant::now(), started_at }
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from_origin(self.started_at.saturating_add(self.started.elapsed()))
    }
}
