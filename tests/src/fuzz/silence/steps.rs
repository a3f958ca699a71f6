//! What happens to a link while it lives and after it has died, as a fuzzer makes it up.

use std::time::Duration;

use arbitrary::Arbitrary;

/// The path, and what the page is like.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) struct Setup {
    pub(super) seed: u32,
    rtt: u8,
    rate: Option<u8>,
    lives_for: u8,
    /// Whether pongs may be held back. A link whose pongs are may be given up for that.
    pub(super) varies: bool,
    /// Whether timers of the hidden page run once a minute, not once a second.
    is_throttled: bool,
}

/// A step, and the time before it.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) struct Timed {
    after: u16,
    pub(super) step: Step,
}

#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) enum Step {
    /// The socket's buffer is full for this many milliseconds.
    Blocks(u8),
    /// The wall clock was set by this many seconds.
    ClockSet(u16),
    /// The page is frozen for a time.
    Freezes(Pause),
    Hides,
    /// The next pong is held back, with those behind it, where round trips vary.
    HoldsBack(Pause),
    NetworkChanged,
    Offline,
    Online,
    Send(u16),
    Shows,
    /// The machine sleeps, and the driver notices.
    Sleeps(Pause),
    /// The peer says something without being asked, if it lives.
    Speaks,
    /// The process stands still, and nobody notices. Whether what has arrived is read before the timers run.
    StandsStill(Pause, bool),
}

/// From 0 to 65 s, and more often a short time.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) struct Pause(u8);

impl Setup {
    /// From 0 to 15 s, and more often a short time.
    pub(super) fn rtt(&self) -> Duration {
        Duration::from_micros(u64::from(self.rtt).pow(2) * 230)
    }

    /// Bytes a second that the path takes; absent for a path that takes any number. The slowest is the slowest
    /// rate that is supported.
    pub(super) fn rate(&self) -> Option<u64> {
        self.rate.map(|rate| 16 * 1024 * (u64::from(rate) + 1))
    }

    /// After how many of the steps the link dies.
    pub(super) fn lives_for(&self, steps: usize) -> usize {
        steps * usize::from(self.lives_for) / 256
    }

    /// The time between two moments at which timers run in the hidden page.
    pub(super) fn tick(&self) -> Duration {
        Duration::from_secs(if self.is_throttled { 60 } else { 1 })
    }
}

impl Timed {
    /// From 0 to 43 s, and more often a short time.
    pub(super) fn after(self) -> Duration {
        Duration::from_micros(u64::from(self.after).pow(2) / 100)
    }
}

impl Pause {
    pub(super) fn duration(self) -> Duration {
        Duration::from_millis(u64::from(self.0).pow(2))
    }
}
