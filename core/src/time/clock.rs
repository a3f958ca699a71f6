use core::time::Duration;

use super::{Instant, saturating_nanos};

/// Tells instants from the clocks of a machine, and whether it was asleep.
///
/// Instants follow the monotonic clock, and the sleeps that it does not count where the platform
/// tells of them. So no duration depends on the wall clock, which somebody may set. Only the origin
/// is its: instants read as Unix time as long as nobody sets it. [`Clock::dates`] tells dates from
/// instants after it was set, or after a sleep of which only the wall clock knows.
///
/// Instants never run backwards.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    monotonic: Duration,
    wall: Duration,
    asleep: Sleep,
    now: Instant,
    dates: Dates,
}

/// What a platform tells of the time for which the machine slept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sleep {
    /// The monotonic clock goes on meanwhile. A sleep shows by timers that are late.
    Counted,
    /// The monotonic clock stands still meanwhile, and this is the sum of all sleeps since any
    /// moment, such as `CLOCK_BOOTTIME − CLOCK_MONOTONIC`.
    Total(Duration),
    /// The monotonic clock stands still meanwhile, or goes on, and nobody tells. A wall clock that
    /// runs ahead of it was set, or the machine slept.
    Untold,
}

/// What a [`Clock`] says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reading {
    /// The present instant.
    pub now: Instant,
    /// How long the machine was asleep since the last reading, if it was; `now` has moved by it. To
    /// be told to the machines as [`Input::Slept`](crate::connection::Input::Slept), before
    /// anything else.
    pub slept: Option<Duration>,
    /// How far the wall clock ran ahead since the last reading, where that may be a sleep and may
    /// be a clock that was set; `now` has not moved by it. To be told to the machines as
    /// [`Input::MayHaveSlept`](crate::connection::Input::MayHaveSlept), before anything else.
    pub may_have_slept: Option<Duration>,
}

/// How dates follow from instants: see [`Clock::dates`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Dates {
    ahead: Duration,
    behind: Duration,
}

impl Clock {
    /// Shorter sleeps are not told, and a wall clock that is off by less was corrected, or read a
    /// moment later.
    pub const TOLERANCE: Duration = Duration::from_secs(2);

    /// A clock that starts now: `monotonic` since any origin, `wall` since the Unix epoch.
    #[must_use]
    pub fn new(monotonic: Duration, wall: Duration, asleep: Sleep) -> Self {
        let now = Instant::from_origin(wall);
        Self { monotonic, wall, asleep, now, dates: Dates::default() }
    }

    /// Reads the clocks. To be called whenever the driver wakes up.
    pub fn read(&mut self, monotonic: Duration, wall: Duration, asleep: Sleep) -> Reading {
        let passed = monotonic.saturating_sub(self.monotonic);
        let (mut slept, mut may_have_slept) = (None, None);
        match (self.asleep, asleep) {
            (Sleep::Total(before), Sleep::Total(total)) => {
                let since = total.saturating_sub(before);
                // Short ones add up to one that is reported.
                if since > Self::TOLERANCE {
                    slept = Some(since);
                    self.asleep = asleep;
                }
            }
            (Sleep::Untold, _) => {
                let ahead = wall.saturating_sub(self.wall).saturating_sub(passed);
                may_have_slept = (ahead > Self::TOLERANCE).then_some(ahead);
            }
            _ => {}
        }
        self.monotonic = self.monotonic.max(monotonic);
        // Small differences are not taken over, so that many of them do not look like a sleep.
        self.wall = wall;
        self.now = self.now + passed + slept.unwrap_or_default();
        self.dates.follow(self.now, wall);
        Reading { now: self.now, slept, may_have_slept }
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

    /// How dates follow from instants, by the wall clock as of the last reading.
    #[must_use]
    pub fn dates(&self) -> Dates {
        self.dates
    }
}

impl Dates {
    /// Those by which what is at `instant` has this date.
    #[must_use]
    pub fn between(instant: Instant, date: Instant) -> Self {
        Self { ahead: date.saturating_since(instant), behind: instant.saturating_since(date) }
    }

    /// The date of an instant, as Unix time.
    #[must_use]
    pub fn date(self, instant: Instant) -> Instant {
        instant + self.ahead - self.behind
    }

    /// The instant of a date.
    #[must_use]
    pub fn instant(self, date: Instant) -> Instant {
        date + self.behind - self.ahead
    }

    /// Takes over a wall clock that is off by more than was known, and lets others be: dates keep
    /// their distances while it is merely corrected.
    fn follow(&mut self, now: Instant, wall: Duration) {
        let wall = saturating_nanos(wall);
        let known = self.date(now).as_nanos();
        if known.abs_diff(wall) > saturating_nanos(Clock::TOLERANCE) {
            *self = Self::between(now, Instant::from_nanos(wall));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn date(clock: &Clock, reading: Reading) -> u64 {
        clock.dates().date(reading.now).as_millis() / 1000
    }

    #[test]
    fn a_sleep_that_the_platform_tells_of_is_a_sleep_and_moves_the_time() {
        let mut clock = Clock::new(secs(10), Duration::ZERO, Sleep::Total(secs(7)));
        let reading = clock.read(secs(15), secs(5), Sleep::Total(secs(7)));
        assert_eq!((reading.now, reading.slept), (Instant::from_millis(5000), None));
        let reading = clock.read(secs(16), secs(6) + HOUR, Sleep::Total(secs(7) + HOUR));
        assert_eq!((reading.slept, reading.may_have_slept), (Some(HOUR), None));
        assert_eq!(reading.now, Instant::from_millis(6000) + HOUR);
        assert_eq!(clock.dates(), Dates::default(), "the wall clock knew as well");
        assert_eq!(clock.read(secs(17), secs(7) + HOUR, Sleep::Total(secs(7) + HOUR)).slept, None);
    }

    #[test]
    fn short_sleeps_add_up_to_one_that_is_told() {
        let mut clock = Clock::new(Duration::ZERO, Duration::ZERO, Sleep::Total(Duration::ZERO));
        let mut slept = Duration::ZERO;
        for second in 1..=100 {
            let total = Duration::from_millis(500 * second);
            let reading = clock.read(secs(second), secs(second) + total, Sleep::Total(total));
            slept += reading.slept.unwrap_or_default();
        }
        assert_eq!(slept, secs(50));
    }

    #[test]
    fn a_clock_that_is_set_is_no_sleep_where_the_platform_tells_of_those() {
        for asleep in [Sleep::Counted, Sleep::Total(HOUR)] {
            let mut clock = Clock::new(Duration::ZERO, secs(100_000), asleep);
            for (second, wall) in [(1, 103_601), (2, 10), (3, 100_003), (4, 90_000_000)] {
                let reading = clock.read(secs(second), secs(wall), asleep);
                let now = Instant::ORIGIN + secs(100_000 + second);
                assert_eq!(reading, Reading { now, slept: None, may_have_slept: None });
                assert_eq!(date(&clock, reading), wall, "dates follow");
            }
        }
    }

    #[test]
    fn a_wall_clock_that_runs_ahead_may_tell_a_sleep_and_moves_nothing_but_dates() {
        let mut clock = Clock::new(secs(10), secs(1000), Sleep::Untold);
        let reading = clock.read(secs(12), secs(1002) + HOUR, Sleep::Untold);
        let now = Instant::ORIGIN + secs(1002);
        assert_eq!(reading, Reading { now, slept: None, may_have_slept: Some(HOUR) });
        assert_eq!(date(&clock, reading), 1002 + 3600);
        let reading = clock.read(secs(13), secs(1003) + HOUR, Sleep::Untold);
        assert_eq!(reading.may_have_slept, None);
        let reading = clock.read(secs(14), secs(4), Sleep::Untold);
        assert_eq!(reading.may_have_slept, None, "it was set back");
        assert_eq!(reading.now, Instant::ORIGIN + secs(1004));
        assert_eq!(date(&clock, reading), 4);
    }

    #[test]
    fn dates_and_instants_are_found_from_each_other() {
        let (early, late) = (Instant::from_millis(1000), Instant::from_millis(61_000));
        for dates in [Dates::default(), Dates::between(early, late), Dates::between(late, early)] {
            let at = Instant::from_millis(100_000);
            assert_eq!(dates.instant(dates.date(at)), at);
        }
    }

    #[test]
    fn corrections_below_the_tolerance_do_not_add_up_to_a_sleep_and_dates_catch_up() {
        let mut clock = Clock::new(Duration::ZERO, Duration::ZERO, Sleep::Untold);
        let mut wall = Duration::ZERO;
        for second in 1..100 {
            wall += secs(2);
            let reading = clock.read(secs(second), wall, Sleep::Untold);
            assert_eq!(reading.may_have_slept, None);
            assert!(date(&clock, reading).abs_diff(wall.as_secs()) <= 2);
        }
    }

    #[test]
    fn an_instant_between_two_readings_follows_the_monotonic_clock_both_ways() {
        let mut clock = Clock::new(secs(5), HOUR, Sleep::Untold);
        clock.read(secs(6), HOUR + secs(1), Sleep::Untold);
        let later = clock.at(secs(9));
        assert_eq!(later, Instant::ORIGIN + HOUR + secs(4));
        assert_eq!(clock.monotonic_at(later), secs(9));
    }
}
