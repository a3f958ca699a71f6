//! How long the machine has slept, by clocks that nobody can set.

use steadfast_core::time::Sleep;

pub(crate) use self::watcher::wake_after_sleep;

mod signal;
mod watcher;

/// What the system tells of all sleeps so far.
pub(crate) fn asleep() -> Sleep {
    let asleep = system();
    #[cfg(test)]
    let asleep = pretended::on_top_of(asleep);
    asleep
}

/// `CLOCK_BOOTTIME` counts sleeps, and `CLOCK_MONOTONIC`, by which tokio waits, does not
/// (`clock_gettime(2)`).
#[cfg(any(target_os = "android", target_os = "linux"))]
fn system() -> Sleep {
    use rustix::time::{ClockId, clock_gettime};
    use std::time::Duration;

    // In this order, so that what passes between the two calls does not make the difference negative.
    let awake = Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default();
    let all = Duration::try_from(clock_gettime(ClockId::Boottime)).unwrap_or_default();
    Sleep::Total(all.saturating_sub(awake))
}

/// `CLOCK_MONOTONIC` counts sleeps there, and `CLOCK_UPTIME_RAW`, by which the standard library and
/// tokio count, does not (`clock_gettime(3)` of Darwin).
#[cfg(target_vendor = "apple")]
fn system() -> Sleep {
    use rustix::time::{ClockId, clock_gettime};
    use std::sync::OnceLock;
    use std::time::{Duration, Instant};

    static BEGIN: OnceLock<(Instant, Duration)> = OnceLock::new();
    let (awake, all) =
        (Instant::now(), Duration::try_from(clock_gettime(ClockId::Monotonic)).unwrap_or_default());
    let &(awake_before, all_before) = BEGIN.get_or_init(|| (awake, all));
    let passed = awake.saturating_duration_since(awake_before);
    Sleep::Total(all.saturating_sub(all_before).saturating_sub(passed))
}

/// `QueryPerformanceCounter`, by which the standard library and tokio count, goes on during sleeps.
#[cfg(windows)]
fn system() -> Sleep {
    Sleep::Counted
}

/// The wall clock has to do.
#[cfg(not(any(target_os = "android", target_os = "linux", target_vendor = "apple", windows)))]
fn system() -> Sleep {
    Sleep::Untold
}

/// Sleeps of which only the present thread knows.
#[cfg(test)]
pub(crate) mod pretended {
    use std::cell::Cell;
    use std::time::Duration;

    use steadfast_core::time::Sleep;

    thread_local! {
        static SLEPT: Cell<Duration> = const { Cell::new(Duration::ZERO) };
    }

    pub(crate) fn sleep(duration: Duration) {
        SLEPT.set(SLEPT.get() + duration);
    }

    pub(super) fn on_top_of(asleep: Sleep) -> Sleep {
        match asleep {
            Sleep::Total(total) => Sleep::Total(total + SLEPT.get()),
            other => other,
        }
    }
}

#[cfg(all(test, any(target_os = "android", target_os = "linux", target_vendor = "apple")))]
mod tests {
    use super::*;

    #[test]
    fn the_system_tells_how_long_it_has_slept_and_that_does_not_grow_while_it_is_awake() {
        let Sleep::Total(before) = asleep() else { panic!("it tells") };
        std::thread::sleep(std::time::Duration::from_millis(50));
        let Sleep::Total(after) = asleep() else { panic!("it tells") };
        assert!(after.saturating_sub(before) < std::time::Duration::from_millis(40));
    }
}
