//! What happens to the links of a session while they live and after they have died, as a fuzzer makes it up.

use std::time::Duration;

use arbitrary::Arbitrary;

/// The path, and what the page is like.
#[derive(Arbitrary, Clone, Copy, Debug)]
pub(super) struct Setup {
    pub(super) seed: u32,
    rtt: u8,
    rate: Option<u8>,
    lives_for: u8,
    links: u8,
    greeting: Option<u8>,
    rests: u8,
    /// Whether pongs may be held back. A link whose pongs are may be given up for that.
    pub(super) varies: bool,
    /// Whether timers of the hidden page run once a minute, not once a second.
    is_throttled: bool,
    /// The kinds of steps that are left out, a bit for each: a story of few kinds has them in a row.
    left_out: Option<[u8; 2]>,
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
    /// Nothing happens for a quarter of this many hours, once for each link.
    Rests(u8),
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

    /// Bytes a second that the path takes; absent for a path that takes any number. From the slowest rate that is
    /// supported to 256 KiB/s.
    pub(super) fn rate(&self) -> Option<u64> {
        self.rate.map(|rate| 16 * 1024 * (u64::from(rate % 16) + 1))
    }

    /// The number of links, one after the other: from 1 to 3.
    pub(super) fn links(&self) -> usize {
        usize::from(self.links % 3) + 1
    }

    /// After how many of the steps a link dies.
    pub(super) fn lives_for(&self, steps: usize) -> usize {
        steps * usize::from(self.lives_for) / 256
    }

    /// For how long a new link is busy with what its server sends first. A link is given 18 s for that.
    pub(super) fn greeting(&self) -> Duration {
        let share = self.greeting.map_or(0.0, |share| f64::from(share) / 255.0);
        Duration::from_secs_f64(17.0 * share).saturating_sub(self.rtt())
    }

    /// Whether hours may pass: seldom, since that takes thousands of pings.
    pub(super) fn rests(&self) -> bool {
        self.rests < 16
    }

    /// The time between two moments at which timers run in the hidden page.
    pub(super) fn tick(&self) -> Duration {
        Duration::from_secs(if self.is_throttled { 60 } else { 1 })
    }

    pub(super) fn has(&self, step: Step) -> bool {
        let kind = match step {
            Step::Blocks(_) => 0,
            Step::ClockSet(_) => 1,
            Step::Freezes(_) => 2,
            Step::Hides => 3,
            Step::HoldsBack(_) => 4,
            Step::NetworkChanged => 5,
            Step::Offline => 6,
            Step::Online => 7,
            Step::Rests(_) => 8,
            Step::Send(_) => 9,
            Step::Shows => 10,
            Step::Sleeps(_) => 11,
            Step::Speaks => 12,
            Step::StandsStill(..) => 13,
        };
        self.left_out.is_none_or(|kinds| u16::from_le_bytes(kinds) & 1 << kind == 0)
    }
}

impl Timed {
    /// From 0 to 43 s, and more often a short time: less than a second in two of five.
    pub(super) fn after(self) -> Duration {
        Duration::from_secs_f64(43.0 * (f64::from(self.after) / 65_535.0).powi(4))
    }
}

impl Pause {
    pub(super) fn duration(self) -> Duration {
        Duration::from_millis(u64::from(self.0).pow(2))
    }
}

/// The length of a message: up to 4 MiB, and more often a short one.
pub(super) fn length(share: u16) -> usize {
    usize::from(share).pow(2) >> 10
}
