use core::time::Duration;

use super::Instant;

/// Tells instants from the two clocks of a machine, and how long it was asleep.
///
/// Monotonic clocks stop while a machine sleeps on most systems, and wall clocks do not. So where
/// the wall clock has run ahead of the monotonic one by more than [`Clock::TOLERANCE`] since the
/// last reading, the machine was asleep for the difference. A wall clock that somebody sets forward
/// looks the same, and costs a probe; one that is set back changes nothing.
///
/// Instants read as Unix time: the wall clock as of the start, carried on by the monotonic clock
/// and by the sleeps. They never run backwards.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    monotonic: Duration,
    wall: Duration,
    now: Instant,
}

/// What a [`Clock`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The present instant.
    pub now: Instant,
    /// How long the machine was asleep since the last reading, if it was: to be told to the
    /// machines as [`Input::Slept`](crate::connection::Input::Slept), before anything else.
    pub slept: Option<Duration>,
}

impl Clock {
    /// A wall clock that is ahead by less was corrected, or read a moment later.
    pub const TOLERANCE: Duration = Duration::from_secs(2);

    /// A clock that starts now: `monotonic` since any origin, `wall` since the Unix epoch.
    #[must_use]
    pub fn new(monotonic: Duration, wall: Duration) -> Self {
        Self { monotonic, wall, now: Instant::from_origin(wall) }
    }

    /// Reads both clocks. To be called whenever the driver wakes up.
    pub fn read(&mut self, monotonic: Duration, wall: Duration) -> Reading {
        let passed = monotonic.saturating_sub(self.monotonic);
        let ahead = wall.saturating_sub(self.wall).saturating_sub(passed);
        let slept = (ahead > Self::TOLERANCE).then_some(ahead);
        self.monotonic = self.monotonic.max(monotonic);
        // Small differences are not taken over, so that many of them do not look like a sleep.
        self.wall = wall;
        self.now = self.now + passed + slept.unwrap_or_default();
        Reading { now: self.now, slept }
    }

    /// The instant at which the monotonic clock shows this, as far as the last reading tells: for
    /// what happens between two wake-ups.
    #[must_use]
    pub fn at(&self, monotonic: Duration) -> Instant {
        self.now + monotonic.saturating_sub(self.monotonic)
    }

    /// What the monotonic clock shows at this instant, unless the machine sleeps before.
    #[must_use]
    pub fn monotonic_at(&self, instant: Instant) -> Duration {
        self.monotonic.saturating_add(instant.saturating_since(self.now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn a_wall_clock_that_ran_ahead_of_the_monotonic_one_tells_a_sleep() {
        let mut clock = Clock::new(secs(10), Duration::ZERO);
        let reading = clock.read(secs(15), secs(5));
        assert_eq!(reading, Reading { now: Instant::from_millis(5000), slept: None });
        let reading = clock.read(secs(16), secs(6) + HOUR);
        assert_eq!(reading.slept, Some(HOUR));
        assert_eq!(reading.now, Instant::from_millis(6000) + HOUR);
        assert_eq!(clock.read(secs(17), secs(7) + HOUR).slept, None);
    }

    #[test]
    fn a_wall_clock_that_is_set_back_changes_nothing() {
        let mut clock = Clock::new(Duration::ZERO, HOUR);
        let reading = clock.read(secs(1), secs(1));
        assert_eq!(reading, Reading { now: Instant::ORIGIN + HOUR + secs(1), slept: None });
        assert_eq!(clock.read(secs(2), secs(2)).slept, None);
    }

    #[test]
    fn corrections_below_the_tolerance_do_not_add_up_to_a_sleep() {
        let mut clock = Clock::new(Duration::ZERO, Duration::ZERO);
        let mut wall = Duration::ZERO;
        for second in 1..100 {
            wall += secs(2);
            assert_eq!(clock.read(secs(second), wall).slept, None);
        }
    }

    #[test]
    fn an_instant_between_two_readings_follows_the_monotonic_clock_both_ways() {
        let mut clock = Clock::new(secs(5), HOUR);
        clock.read(secs(6), HOUR + secs(1));
        let later = clock.at(secs(9));
        assert_eq!(later, Instant::ORIGIN + HOUR + secs(4));
        assert_eq!(clock.monotonic_at(later), secs(9));
    }
}
