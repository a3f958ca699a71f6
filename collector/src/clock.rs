//! The time, as the core wants it.

use std::sync::{LazyLock, Mutex, PoisonError};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use steadfast_core::time::Instant;

/// Tells instants since the Unix epoch that never run backwards. Clones tell the same.
///
/// They are the wall clock's, whatever that is set to, except while it is behind what was reported
/// before: then they go on at half the speed until it has caught up. So collectors that share a
/// database agree as well as their machines do, a machine that slept or was set forward is right at
/// once, and nothing stands still where one was set back.
#[derive(Clone, Copy, Debug)]
pub struct Clock(&'static SteadyClock);

/// What a [`Clock`] tells the time by.
#[derive(Debug)]
pub struct SteadyClock {
    read: fn() -> ClockReading,
    told: Mutex<Option<LastReading>>,
}

/// What the two clocks of a machine show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockReading {
    /// Since any origin; it only ever grows, and cannot be set.
    pub monotonic: Duration,
    /// Since the Unix epoch.
    pub wall: Duration,
}

/// The instant reported last, and when by the monotonic clock.
#[derive(Clone, Copy, Debug)]
struct LastReading {
    now: Duration,
    monotonic: Duration,
    leapt_at: Option<Duration>,
}

/// A wall clock that is ahead by more than this did not merely run: it was set, or the machine
/// slept.
const LEAP: Duration = Duration::from_mins(1);

static SYSTEM: SteadyClock = SteadyClock::new(system);

impl Clock {
    /// The clock of this machine.
    #[must_use]
    pub fn start() -> Self {
        Self(&SYSTEM)
    }

    /// A clock that is read in another way, for tests.
    #[must_use]
    pub fn of(clock: &'static SteadyClock) -> Self {
        Self(clock)
    }

    /// The present.
    #[must_use]
    pub fn now(&self) -> Instant {
        Instant::from_origin(self.0.tell().now)
    }

    /// How long ago it leapt forward by more than a minute; nothing if it never did.
    #[must_use]
    pub fn since_leap(&self) -> Option<Duration> {
        let told = self.0.tell();
        told.leapt_at.map(|leapt_at| told.monotonic.saturating_sub(leapt_at))
    }
}

impl SteadyClock {
    /// A clock that is read by this function.
    #[must_use]
    pub const fn new(read: fn() -> ClockReading) -> Self {
        Self { read, told: Mutex::new(None) }
    }

    fn tell(&self) -> LastReading {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        let ClockReading { monotonic, wall } = (self.read)();
        let next = match *told {
            None => LastReading { now: wall, monotonic, leapt_at: None },
            Some(before) => {
                let passed = monotonic.saturating_sub(before.monotonic);
                let leapt = wall > before.now + passed + LEAP;
                LastReading {
                    now: wall.max(before.now + passed / 2),
                    monotonic: monotonic.max(before.monotonic),
                    leapt_at: if leapt { Some(monotonic) } else { before.leapt_at },
                }
            }
        };
        *told = Some(next);
        next
    }
}

/// A wall clock that shows a time before 1970 counts as 1970.
fn system() -> ClockReading {
    static ORIGIN: LazyLock<std::time::Instant> = LazyLock::new(std::time::Instant::now);
    ClockReading {
        monotonic: ORIGIN.elapsed(),
        wall: SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default(),
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    thread_local! {
        static SHOWN: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
    }

    fn shown() -> ClockReading {
        let (monotonic, wall) = SHOWN.get();
        ClockReading { monotonic: secs(monotonic), wall: secs(wall) }
    }

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    /// What a clock tells at each of these readings, in seconds.
    fn told(readings: &[(u64, u64)]) -> Vec<u64> {
        let clock = SteadyClock::new(shown);
        let tell = |reading| {
            SHOWN.set(reading);
            clock.tell().now.as_secs()
        };
        readings.iter().copied().map(tell).collect()
    }

    #[test]
    fn it_follows_the_wall_clock_and_forward_at_once() {
        assert_eq!(told(&[(0, 1000), (5, 1005), (6, 4606), (7, 4607)]), [1000, 1005, 4606, 4607]);
    }

    #[test]
    fn while_the_wall_clock_is_behind_it_goes_on_at_half_the_speed() {
        let readings = [(0, 1000), (10, 910), (20, 920), (180, 1080), (200, 1100), (300, 1200)];
        assert_eq!(told(&readings), [1000, 1005, 1010, 1090, 1100, 1200]);
    }

    #[test]
    fn it_knows_how_long_ago_it_leapt() {
        static CLOCK: SteadyClock = SteadyClock::new(shown);
        let clock = Clock::of(&CLOCK);
        let since = |reading| {
            SHOWN.set(reading);
            clock.since_leap()
        };
        assert_eq!(since((0, 1000)), None);
        assert_eq!(since((10, 1060)), None, "a correction is no leap");
        assert_eq!(since((20, 5000)), Some(secs(0)));
        assert_eq!(since((50, 5030)), Some(secs(30)));
    }
}
