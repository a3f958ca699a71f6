use core::time::Duration;

use super::level::{Level, Quality};
use super::score::{Window, score};
use crate::time::Instant;

/// The quality of one link: its window, its score and its level together.
#[derive(Clone, Debug, Default)]
pub struct QualityTracker {
    window: Window,
    level: Level,
    missed_in_a_row: u32,
    shown: Option<Quality>,
}

/// The quality of a link became another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QualityChange {
    /// What it was; absent while there was too little to judge by.
    pub from: Option<Quality>,
    /// What it is.
    pub to: Quality,
    /// The smoothed score, 0 … 100.
    pub score: f64,
}

/// Below so many round-trip times a link is not judged: a label without data would be a guess.
const SAMPLES_NEEDED: usize = 3;

impl QualityTracker {
    /// The quality; absent below 3 samples.
    #[must_use]
    pub fn quality(&self) -> Option<Quality> {
        self.shown
    }

    /// The smoothed score, 0 … 100; absent below 3 samples.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        self.shown.map(|_| self.level.smoothed())
    }

    /// A ping was answered after `rtt`.
    pub fn answered(&mut self, now: Instant, rtt: Duration) -> Option<QualityChange> {
        self.window.answered(rtt);
        self.missed_in_a_row = 0;
        self.evaluate(now)
    }

    /// A ping was not answered in time.
    pub fn missed(&mut self, now: Instant) -> Option<QualityChange> {
        self.window.missed();
        self.missed_in_a_row = self.missed_in_a_row.saturating_add(1);
        self.evaluate(now)
    }

    /// The link was lost without anybody having meant it. What was missed in a row belongs to the
    /// socket that is gone.
    pub fn disconnected(&mut self, now: Instant) {
        self.window.disconnected(now);
        self.missed_in_a_row = 0;
    }

    fn evaluate(&mut self, now: Instant) -> Option<QualityChange> {
        if self.window.samples() < SAMPLES_NEEDED {
            return None;
        }
        self.level.evaluate(score(&self.window, now));
        let to = self.level.current()?.min(Quality::at_most(self.missed_in_a_row));
        let from = self.shown.replace(to);
        (from != Some(to)).then(|| QualityChange { from, to, score: self.level.smoothed() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answered(times: u32) -> QualityTracker {
        let mut tracker = QualityTracker::default();
        (0..times).for_each(|_| {
            tracker.answered(Instant::ORIGIN, Duration::from_millis(20));
        });
        tracker
    }

    #[test]
    fn below_three_samples_there_is_no_label() {
        assert_eq!(answered(2).quality(), None);
        assert_eq!(answered(3).quality(), Some(Quality::Excellent));
    }

    #[test]
    fn misses_in_a_row_cap_the_label_at_once() {
        let mut tracker = answered(20);
        let mut miss = || tracker.missed(Instant::ORIGIN).map(|change| change.to);
        assert_eq!(miss(), Some(Quality::Good));
        assert!(miss() <= Some(Quality::Poor));
        miss();
        assert_eq!(tracker.quality(), Some(Quality::Critical));
    }

    #[test]
    fn a_link_that_recovers_gets_its_label_back() {
        let mut tracker = answered(20);
        (0..3).for_each(|_| {
            tracker.missed(Instant::ORIGIN);
        });
        (0..30).for_each(|_| {
            tracker.answered(Instant::ORIGIN, Duration::from_millis(20));
        });
        assert_eq!(tracker.quality(), Some(Quality::Excellent));
    }
}
