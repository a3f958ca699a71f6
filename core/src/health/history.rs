//! What happened lately, at three grains.

use core::time::Duration;

use crate::activity::Activity;
use crate::histogram::Histogram;
use crate::time::Instant;

/// What happened in the last minute, the last five and the last hour, each to within one of its own
/// slots. Every slot has counters and a histogram, which add up; so a window is a sum, and the
/// percentiles are those of all its values.
#[derive(Clone, Debug)]
pub(super) struct History {
    slots: [Slot; SLOTS],
    tiers: [Filled; Window::ALL.len()],
}

/// A stretch of time that metrics can speak of.
#[derive(Clone, Copy, Debug)]
pub(super) enum Window {
    Minute = 0,
    FiveMinutes = 1,
    Hour = 2,
}

/// What happened within a stretch of time.
#[derive(Clone, Debug)]
struct Slot {
    began: Instant,
    latency: Histogram,
    /// In the order of [`counters`].
    counts: [u32; 7],
}

/// Which slots of a window are filled.
#[derive(Clone, Copy, Debug, Default)]
struct Filled {
    count: usize,
    /// The place of the newest.
    newest: usize,
}

const SLOTS: usize = 16;

impl Window {
    const ALL: [Self; 3] = [Self::Minute, Self::FiveMinutes, Self::Hour];

    /// The first of its slots, how many there are, and how long each is.
    const fn layout(self) -> (usize, usize, Duration) {
        match self {
            Self::Minute => (0, 5, History::GRAIN),
            Self::FiveMinutes => (5, 5, Duration::from_mins(1)),
            Self::Hour => (10, 6, Duration::from_mins(10)),
        }
    }
}

impl History {
    /// The shortest distinguished stretch of time.
    pub(super) const GRAIN: Duration = Duration::from_secs(12);

    pub(super) fn new() -> Self {
        let slot =
            || Slot { began: Instant::ORIGIN, latency: Histogram::default(), counts: [0; 7] };
        Self { slots: core::array::from_fn(|_| slot()), tiers: <_>::default() }
    }

    /// Takes in what happened since `began`.
    pub(super) fn push(&mut self, began: Instant, activity: &mut Activity) {
        let counts = counters(activity).map(|count| u32::try_from(*count).unwrap_or(u32::MAX));
        for window in Window::ALL {
            let (first, most, span) = window.layout();
            let Filled { count, newest } = self.tiers[window as usize];
            let open = count > 0
                && began.saturating_since(self.slots[first + newest].began) + Self::GRAIN / 2
                    < span;
            if !open {
                let newest = if count == 0 { 0 } else { (newest + 1) % most };
                self.tiers[window as usize] = Filled { count: (count + 1).min(most), newest };
                self.slots[first + newest] =
                    Slot { began, latency: Histogram::default(), counts: [0; 7] };
            }
            let slot = &mut self.slots[first + self.tiers[window as usize].newest];
            slot.latency.merge(&activity.latency);
            for (mine, theirs) in slot.counts.iter_mut().zip(counts) {
                *mine = mine.saturating_add(theirs);
            }
        }
    }

    /// Adds what happened within the window to what has happened since `since`, and says when the
    /// window began.
    pub(super) fn add(
        &self,
        window: Window,
        now: Instant,
        since: Instant,
        to: &mut Activity,
    ) -> Instant {
        let (first, most, span) = window.layout();
        let reach = span.saturating_mul(u32::try_from(most).unwrap_or(u32::MAX));
        let mut began = since;
        for place in 0..self.tiers[window as usize].count {
            let slot = &self.slots[first + place];
            // After a pause what is left may be older than the window.
            if slot.began + span + reach <= now {
                continue;
            }
            began = began.min(slot.began);
            to.latency.merge(&slot.latency);
            for (mine, theirs) in counters(to).into_iter().zip(slot.counts) {
                *mine = mine.saturating_add(theirs.into());
            }
        }
        began
    }
}

fn counters(activity: &mut Activity) -> [&mut u64; 7] {
    [
        &mut activity.connects,
        &mut activity.disconnections,
        &mut activity.unplanned_disconnections,
        &mut activity.failed_attempts,
        &mut activity.heartbeats,
        &mut activity.missed_heartbeats,
        &mut activity.reconnections,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Instant {
        Instant::ORIGIN + Duration::from_secs(secs)
    }

    /// One heartbeat a second, whose latency is the number of the second.
    fn second(activity: &mut Activity, number: u64) {
        activity.heartbeats += 1;
        activity.latency.record(Duration::from_millis(number));
    }

    #[test]
    fn each_window_holds_what_happened_in_it_to_within_a_slot() {
        let mut history = History::new();
        for slot in 0..400 {
            let mut activity = Activity::default();
            (slot * 12..slot * 12 + 12).for_each(|number| second(&mut activity, number));
            history.push(at(slot * 12), &mut activity);
        }
        let now = at(4800);
        for (window, least, most) in
            [(Window::Minute, 60, 60), (Window::FiveMinutes, 240, 300), (Window::Hour, 3000, 3600)]
        {
            let mut sum = Activity::default();
            let began = history.add(window, now, now, &mut sum);
            assert!((least..=most).contains(&sum.heartbeats), "{window:?}: {}", sum.heartbeats);
            assert_eq!(sum.latency.count(), sum.heartbeats);
            assert_eq!(now.saturating_since(began).as_secs(), sum.heartbeats);
            let mut whole = Histogram::default();
            (4800 - sum.heartbeats..4800)
                .for_each(|number| whole.record(Duration::from_millis(number)));
            for p in [0.0, 0.5, 0.95, 1.0] {
                assert_eq!(sum.latency.percentile(p), whole.percentile(p), "{window:?} {p}");
            }
        }
        let mut sum = Activity::default();
        history.add(Window::Minute, now + Duration::from_mins(3), now, &mut sum);
        assert_eq!(sum.heartbeats, 0, "what is older than the window does not count");
    }
}
