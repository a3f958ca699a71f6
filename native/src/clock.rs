use std::time::{Duration, SystemTime, UNIX_EPOCH};

use steadfast_core::time::{self, Instant, Reading};

/// The time as the machines take it: the Unix epoch as the origin, read once from the wall clock
/// and carried on by the monotonic one, and by the sleeps that the former shows.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    clock: time::Clock,
    begin: tokio::time::Instant,
}

impl Clock {
    /// A clock that starts at the present wall time, or at the epoch if that lies before it.
    pub(crate) fn start() -> Self {
        let clock = time::Clock::new(Duration::ZERO, wall());
        Self { clock, begin: tokio::time::Instant::now() }
    }

    /// Looks at both clocks. To be called whenever the driver wakes up.
    pub(crate) fn read(&mut self) -> Reading {
        self.clock.read(self.begin.elapsed(), wall())
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.at(self.begin.elapsed())
    }

    /// When to wake up for a deadline of a machine.
    pub(crate) fn to_tokio(self, at: Instant) -> tokio::time::Instant {
        self.begin + self.clock.monotonic_at(at)
    }
}

fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
