//! Waits until the machine has slept, or a clock was set: the task that it wakes looks at the clocks.

use std::io;
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use steadfast_core::time::{Clock, Sleep};

use super::asleep;

/// How often the clocks are looked at where the system gives no signal.
const TICK: Duration = Duration::from_secs(2);

/// What tells of a sleep.
#[derive(Debug)]
pub(super) struct Signal {
    /// The kernel's, where there is one.
    #[cfg(any(target_os = "android", target_os = "linux"))]
    timer: Option<kernel::Timer>,
}

impl Signal {
    pub(super) fn new() -> Self {
        Self {
            #[cfg(any(target_os = "android", target_os = "linux"))]
            timer: kernel::Timer::new()
                .inspect_err(|error| tracing::debug!(%error, "the kernel tells of no sleep"))
                .ok(),
        }
    }

    /// Whether waiting costs nothing, so that it may go on for ever.
    pub(super) fn is_free(&self) -> bool {
        #[cfg(any(target_os = "android", target_os = "linux"))]
        if self.timer.is_some() {
            return true;
        }
        false
    }

    /// Blocks until the machine may have slept: true; or for a moment.
    pub(super) fn wait(&mut self) -> bool {
        #[cfg(any(target_os = "android", target_os = "linux"))]
        if let Some(timer) = &self.timer {
            match timer.wait() {
                Ok(()) => return true,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => return false,
                Err(error) => {
                    tracing::debug!(%error, "the kernel tells of no sleep any more");
                    self.timer = None;
                }
            }
        }
        tick()
    }
}

/// Waits for a moment: true if it took much longer, by any clock.
fn tick() -> bool {
    let (begin, wall, slept) = (Instant::now(), SystemTime::now(), asleep());
    thread::sleep(TICK);
    let most = TICK + Clock::TOLERANCE;
    let has_slept = match (slept, asleep()) {
        (Sleep::Total(before), Sleep::Total(after)) => {
            after.saturating_sub(before) > Clock::TOLERANCE
        }
        _ => wall.elapsed().unwrap_or_default() > most,
    };
    has_slept || begin.elapsed() > most
}

#[cfg(any(target_os = "android", target_os = "linux"))]
mod kernel {
    use std::io;
    use std::os::fd::OwnedFd;

    use rustix::io::Errno;
    use rustix::time::{
        Itimerspec, TimerfdClockId, TimerfdFlags, TimerfdTimerFlags, Timespec, timerfd_create,
        timerfd_settime,
    };

    /// In the year 2240. A timer cannot be set for more than 292 years after the epoch.
    const NEVER: i64 = 8_520_000_000;

    /// A timer that never fires, and is cancelled when the wall clock is set or the machine has slept
    /// (`TFD_TIMER_CANCEL_ON_SET` of `timerfd_create(2)`; the kernel takes the end of a sleep for a clock
    /// that was set). Nobody is woken up in between.
    #[derive(Debug)]
    pub(super) struct Timer(OwnedFd);

    impl Timer {
        pub(super) fn new() -> io::Result<Self> {
            let timer = timerfd_create(TimerfdClockId::Realtime, TimerfdFlags::CLOEXEC)?;
            let flags = TimerfdTimerFlags::ABSTIME | TimerfdTimerFlags::CANCEL_ON_SET;
            let at = |tv_sec| Timespec { tv_sec, tv_nsec: 0 };
            timerfd_settime(
                &timer,
                flags,
                &Itimerspec { it_interval: at(0), it_value: at(NEVER) },
            )?;
            Ok(Self(timer))
        }

        /// Blocks until it is cancelled.
        pub(super) fn wait(&self) -> io::Result<()> {
            match rustix::io::read(&self.0, &mut [0; 8]) {
                Err(Errno::CANCELED) | Ok(_) => Ok(()),
                Err(error) => Err(error.into()),
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::sync::mpsc::{TryRecvError, channel};

    /// Sets the clock of the machine by a nanosecond, which it has to allow.
    #[allow(unsafe_code, reason = "no crate that is used here has the call")]
    fn set_clock_by_a_nanosecond() -> bool {
        // SAFETY: all of it is numbers, for which zero is a value.
        let mut change: libc::timex = unsafe { std::mem::zeroed() };
        change.modes = libc::ADJ_SETOFFSET | libc::ADJ_NANO;
        change.time.tv_usec = 1;
        // SAFETY: the kernel reads and writes this structure only.
        unsafe { libc::adjtimex(&raw mut change) >= 0 }
    }

    #[test]
    fn a_clock_that_is_set_wakes_whoever_waits_and_nothing_else_does() {
        let mut signal = Signal::new();
        assert!(signal.is_free(), "Linux has such a timer");
        let (woken, wakes) = channel();
        thread::spawn(move || while woken.send(signal.wait()).is_ok() {});
        thread::sleep(Duration::from_millis(100));
        assert_eq!(wakes.try_recv(), Err(TryRecvError::Empty), "nothing has happened");
        if !set_clock_by_a_nanosecond() {
            return println!("this process may not set the clock");
        }
        assert_eq!(wakes.recv_timeout(Duration::from_secs(20)), Ok(true));
    }

    #[test]
    fn where_there_is_no_signal_clocks_are_compared_now_and_then() {
        let mut signal = Signal { timer: None };
        assert!(!signal.is_free() && !signal.wait());
    }
}
