//! The calls that a breaker judges by: a number of the last ones, and none older than a limit.

use super::atomic::Ordering::Relaxed;
use super::atomic::{AtomicU32, AtomicU64};

/// The most calls that a window can hold.
pub(super) const MOST_CALLS: u32 = 64;

/// The number of steps in the time of a window.
const STEPS: u32 = 10;

const NEVER: u64 = 0;

/// A ring of outcomes. Recording is one addition and one store, without a lock.
#[derive(Debug)]
pub(super) struct Window {
    slots: [AtomicU32; MOST_CALLS as usize],
    next: AtomicU32,
    /// When the last call failed or was slow, plus 1 ms; or never.
    last_bad: AtomicU64,
    calls: u32,
    step_millis: u64,
}

/// How many calls a window holds, and of which kind.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Counts {
    pub(super) calls: u32,
    pub(super) failed: u32,
    pub(super) slow: u32,
}

// A slot: the step in the upper 22 bits (it wraps after years of steps), the generation's lower
// seven, and a bit each for filled, failed and slow.
const FILLED: u32 = 1;
const FAILED: u32 = 1 << 1;
const SLOW: u32 = 1 << 2;
const STEP_MASK: u32 = (1 << 22) - 1;

impl Window {
    pub(super) fn new(calls: u32, window_millis: u64) -> Self {
        Self {
            slots: core::array::from_fn(|_| AtomicU32::new(0)),
            next: AtomicU32::new(0),
            last_bad: AtomicU64::new(NEVER),
            calls,
            step_millis: (window_millis / u64::from(STEPS)).max(1),
        }
    }

    pub(super) fn record(&self, now: u64, generation: u16, failed: bool, slow: bool) {
        let index = self.next.fetch_add(1, Relaxed) % self.calls;
        let flags = FILLED | if failed { FAILED } else { 0 } | if slow { SLOW } else { 0 };
        if failed || slow {
            // Ahead of the outcome, so that a reader that finds that one also looks for it.
            self.last_bad.fetch_max(now + 1, Relaxed);
        }
        let outcome = self.step(now) << 10 | u32::from(generation & 0x7F) << 3 | flags;
        self.slots[index as usize].store(outcome, Relaxed);
    }

    /// Whether any call within reach can have failed or been slow. If none has, there is no need
    /// to count.
    pub(super) fn may_have_bad(&self, now: u64) -> bool {
        let last = self.last_bad.load(Relaxed);
        let reach = self.step_millis.saturating_mul(u64::from(STEPS));
        last != NEVER && now.saturating_sub(last) <= reach
    }

    /// What the window holds of this generation. Outcomes of earlier ones were wiped by the change.
    pub(super) fn counts(&self, now: u64, generation: u16) -> Counts {
        let (step, generation) = (self.step(now), u32::from(generation & 0x7F));
        let mut counts = Counts::default();
        for slot in &self.slots[..self.calls as usize] {
            let slot = slot.load(Relaxed);
            let age = step.wrapping_sub(slot >> 10) & STEP_MASK;
            if slot & FILLED != 0 && slot >> 3 & 0x7F == generation && age < STEPS {
                counts.calls += 1;
                counts.failed += u32::from(slot & FAILED != 0);
                counts.slow += u32::from(slot & SLOW != 0);
            }
        }
        counts
    }

    pub(super) fn clear(&self) {
        self.last_bad.store(NEVER, Relaxed);
        self.slots.iter().for_each(|slot| slot.store(0, Relaxed));
    }

    #[allow(
        clippy::cast_possible_truncation,
        reason = "the cast keeps the low bits, which is what wrapping means"
    )]
    fn step(&self, now: u64) -> u32 {
        (now / self.step_millis) as u32 & STEP_MASK
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_holds_the_last_calls_and_none_that_are_too_old() {
        let window = Window::new(3, 1000);
        window.record(0, 1, true, false);
        window.record(0, 1, true, false);
        window.record(500, 1, false, true);
        assert_eq!(window.counts(500, 1), Counts { calls: 3, failed: 2, slow: 1 });
        window.record(500, 1, false, false);
        assert_eq!(window.counts(500, 1), Counts { calls: 3, failed: 1, slow: 1 });
        assert_eq!(window.counts(1000, 1), Counts { calls: 2, failed: 0, slow: 1 });
        assert_eq!(window.counts(1500, 1), Counts::default());
    }

    #[test]
    fn outcomes_of_another_generation_do_not_count() {
        let window = Window::new(3, 1000);
        window.record(0, 1, true, false);
        assert_eq!(window.counts(0, 2), Counts::default());
    }
}
