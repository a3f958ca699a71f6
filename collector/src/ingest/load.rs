use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use steadfast_core::report::Advice;
use steadfast_core::time::Instant;

/// How busy the ingest is, and what follows for clients: how long those who are refused should stay
/// away, and how often the others should report.
///
/// Of the queue's fill an average is kept that rises within a second, and falls within half a
/// minute, so that clients are not called back into the storm that they were sent away from.
#[derive(Debug)]
pub(super) struct Load {
    capacity: usize,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The average fill of the queue, from 0 to 1.
    fill: f64,
    at: Instant,
    /// How many reports are written a second.
    per_second: f64,
    /// The slot that was given last to one who was refused.
    slot: Instant,
}

/// How fast the average follows a queue that fills, and one that empties.
const RISE: Duration = Duration::from_secs(1);
const FALL: Duration = Duration::from_secs(30);

/// The fill above which clients are asked to report less often.
const BUSY: f64 = 0.5;

/// The requested time between two reports as the queue begins to be busy, and when it is
/// full.
const INTERVAL: Duration = Duration::from_secs(30);
const LONGEST_INTERVAL: Duration = Duration::from_mins(5);

/// The shortest and the longest that one who is refused is asked to stay away.
const SHORTEST_WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_mins(5);

/// How fast is assumed before anything was written, in reports a second.
const FIRST_RATE: f64 = 500.0;

impl Load {
    /// Of a queue of that capacity that is empty.
    pub(super) fn new(capacity: usize) -> Self {
        let state =
            State { fill: 0.0, at: Instant::ORIGIN, per_second: FIRST_RATE, slot: Instant::ORIGIN };
        Self { capacity, state: Mutex::new(state) }
    }

    /// Somebody looks, while that many are waiting.
    pub(super) fn waiting(&self, now: Instant, waiting: usize) {
        let mut state = self.lock();
        let fill = waiting as f64 / self.capacity.max(1) as f64;
        let follow = if fill > state.fill { RISE } else { FALL };
        let passed = now.saturating_since(state.at).as_secs_f64();
        state.fill += (fill - state.fill) * (1.0 - (-passed / follow.as_secs_f64()).exp());
        state.at = state.at.max(now);
    }

    /// That many reports were written together.
    pub(super) fn written(&self, reports: usize, took: Duration) {
        let per_second = reports as f64 / took.as_secs_f64().max(1e-6);
        let mut state = self.lock();
        // A commit of many says more of what can be done than one of few.
        let weight = (reports as f64 / 256.0).clamp(0.02, 0.5);
        state.per_second += (per_second - state.per_second) * weight;
    }

    /// The average fill of the queue, from 0 to 1.
    pub(super) fn fill(&self) -> f64 {
        self.lock().fill
    }

    /// How long one who is refused should stay away: until its slot. Slots are given at the pace
    /// at which reports are written, and begin when half of the queue will have been:
    /// `slot = max(slot, now + queue/2) + 1.1/C`, as of `steadfast_core::protocol::server::Slots`.
    pub(super) fn wait(&self, now: Instant) -> Duration {
        let mut state = self.lock();
        let time = |reports: f64| {
            let seconds = reports / state.per_second.max(1e-3);
            Duration::from_secs_f64(seconds.min(LONGEST_WAIT.as_secs_f64()))
        };
        let slot = state.slot.max(now + time(self.capacity as f64 / 2.0)) + time(1.1);
        state.slot = slot.min(now + LONGEST_WAIT);
        state.slot.saturating_since(now).max(SHORTEST_WAIT)
    }

    /// The slot that was given last to one who was refused; absent if nobody was.
    pub(super) fn last_slot(&self) -> Option<Instant> {
        Some(self.lock().slot).filter(|&slot| slot > Instant::ORIGIN)
    }

    /// How often clients should report, and how many of their windows.
    pub(super) fn advice(&self) -> Advice {
        // From 0 to 1, as the queue goes from busy to full.
        let pressure = ((self.fill() - BUSY) / (1.0 - BUSY)).clamp(0.0, 1.0);
        if pressure <= 0.0 {
            return Advice { interval: Some(Duration::ZERO), sampling: Some(1.0) };
        }
        let more = LONGEST_INTERVAL.saturating_sub(INTERVAL).mul_f64(pressure);
        // Longer waits come first: they lose nothing.
        let share = 1.0 - (1.0 - Advice::LEAST_SAMPLING) * (2.0 * pressure - 1.0).max(0.0);
        Advice {
            interval: Some(Duration::from_secs((INTERVAL + more).as_secs())),
            sampling: Some((share * 100.0).round() / 100.0),
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: u64) -> Instant {
        Instant::from_millis(millis)
    }

    /// Reports come every 10 ms for so long, and find that many waiting.
    fn busy(load: &Load, from: u64, until: u64, waiting: usize) {
        (from..until).step_by(10).for_each(|millis| load.waiting(at(millis), waiting));
    }

    #[test]
    fn a_queue_that_is_seldom_full_asks_for_nothing() {
        let load = Load::new(100);
        busy(&load, 1000, 10_000, 40);
        load.waiting(at(10_010), 100);
        let nothing = Advice { interval: Some(Duration::ZERO), sampling: Some(1.0) };
        assert_eq!(load.advice(), nothing);
    }

    #[test]
    fn the_fuller_the_queue_the_longer_the_wait_and_then_the_smaller_the_share() {
        let load = Load::new(100);
        let mut before = (Duration::ZERO, 1.0);
        for waiting in [60, 75, 90, 100] {
            let begin = 10_000 * waiting as u64;
            busy(&load, begin, begin + 9000, waiting);
            let Advice { interval, sampling } = load.advice();
            let now = (interval.unwrap(), sampling.unwrap());
            assert!(now.0 > before.0 && now.1 <= before.1, "{waiting}: {now:?}");
            before = now;
        }
        assert_eq!(before, (Duration::from_mins(5), 0.1));
    }

    #[test]
    fn a_storm_is_noticed_within_seconds_and_forgotten_within_a_minute() {
        let load = Load::new(100);
        busy(&load, 1000, 60_000, 0);
        busy(&load, 60_000, 62_000, 100);
        assert!(load.advice().interval > Some(Duration::from_mins(2)));
        busy(&load, 62_000, 70_000, 0);
        assert!(load.advice().interval > Some(Duration::ZERO), "not at once");
        busy(&load, 70_000, 120_000, 0);
        assert_eq!(load.advice().interval, Some(Duration::ZERO));
    }

    #[test]
    fn those_who_are_refused_come_back_one_after_the_other_at_the_pace_of_the_writer() {
        let load = Load::new(1000);
        (0..100).for_each(|_| load.written(256, Duration::from_millis(2560)));
        let waits: Vec<_> = (0..1000).map(|_| load.wait(at(1000)).as_secs_f64()).collect();
        assert!((waits[0] - 5.0).abs() < 0.1, "half of the queue takes 5 s: {}", waits[0]);
        assert!((waits[999] - 16.0).abs() < 0.3, "a thousand take 11 s more: {}", waits[999]);
        assert!(waits.is_sorted());
    }

    #[test]
    fn nobody_is_asked_to_stay_away_for_no_time_or_for_ever() {
        let fast = Load::new(1);
        fast.written(256, Duration::ZERO);
        assert_eq!(fast.wait(at(1)), SHORTEST_WAIT);
        let slow = Load::new(100_000);
        (0..100).for_each(|_| slow.written(1, Duration::from_secs(15)));
        (0..10).for_each(|_| assert!(slow.wait(at(1)) <= LONGEST_WAIT));
    }
}
