use std::time::{SystemTime, UNIX_EPOCH};

use steadfast_core::time::Instant;

/// The time as the machines take it: the Unix epoch as the origin, read once from the wall clock
/// and carried on by the monotonic one. So instants are timestamps, and never run backwards.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    begin: Instant,
    begin_monotonic: tokio::time::Instant,
}

impl Clock {
    /// A clock that starts at the present wall time, or at the epoch if that lies before it.
    pub(crate) fn start() -> Self {
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        let begin_monotonic = tokio::time::Instant::now();
        Self { begin: Instant::from_origin(since_epoch), begin_monotonic }
    }

    pub(crate) fn now(&self) -> Instant {
        self.begin + self.begin_monotonic.elapsed()
    }

    /// When to wake up for a deadline of a machine.
    pub(crate) fn to_tokio(self, at: Instant) -> tokio::time::Instant {
        self.begin_monotonic + at.saturating_since(self.begin)
    }
}
