use std::time::{Duration, SystemTime, UNIX_EPOCH};

use steadfast_core::time::{self, Dates, Instant, Reading};

use crate::sleep::asleep;

/// The time as the machines take it: the Unix epoch as the origin, read once from the wall clock
/// and carried on by the monotonic one, and by the sleeps that the system tells of. A wall clock that
/// is set moves dates only.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Clock {
    clock: time::Clock,
    begin: tokio::time::Instant,
}

impl Clock {
    /// A clock that starts at the present wall time, or at the epoch if that lies before it.
    pub(crate) fn start() -> Self {
        let clock = time::Clock::new(Duration::ZERO, wall(), asleep());
        Self { clock, begin: tokio::time::Instant::now() }
    }

    /// Looks at all clocks. To be called whenever the driver wakes up.
    pub(crate) fn read(&mut self) -> Reading {
        self.clock.read(self.begin.elapsed(), wall(), asleep())
    }

    pub(crate) fn now(&self) -> Instant {
        self.clock.at(self.begin.elapsed())
    }

    /// How dates follow from instants at present, where nobody reads the clock on every wake-up.
    pub(crate) fn dates(&self) -> Dates {
        let mut clock = self.clock;
        clock.read(self.begin.elapsed(), wall(), asleep());
        clock.dates()
    }

    /// How dates follow from instants, as of the last reading.
    pub(crate) fn dates_as_read(&self) -> Dates {
        self.clock.dates()
    }

    /// When to wake up for a deadline of a machine.
    pub(crate) fn to_tokio(self, at: Instant) -> tokio::time::Instant {
        self.begin + self.clock.monotonic_at(at)
    }
}

fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}
