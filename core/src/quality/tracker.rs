use core::time::Duration;

use super::level::{Level, Quality};
use super::score::score;
use super::window::Window;
use crate::codec::{Decoder, Encoder};
use crate::time::Instant;

/// The quality of one link: its window, its score and its level together.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase", deny_unknown_fields))]
pub struct QualityTracker {
    window: Window,
    level: Level,
    missed_in_a_row: u8,
    shown: Option<Quality>,
    suspended: bool,
}

/// The quality of a link became another.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct QualityChange {
    /// What it was; absent while there was too little to judge by.
    pub from: Option<Quality>,
    /// What it is; absent while it cannot be judged.
    pub to: Option<Quality>,
    /// The smoothed score, 0 … 100.
    pub score: f64,
}

/// Minimum number of round-trip times before a link is judged: a label without data would be a guess.
const SAMPLES_NEEDED: usize = 3;

impl QualityTracker {
    /// The quality; absent below 3 samples, and while suspended.
    #[must_use]
    pub fn quality(&self) -> Option<Quality> {
        self.shown
    }

    /// The smoothed score, 0 … 100; absent where the quality is.
    #[must_use]
    pub fn score(&self) -> Option<f64> {
        self.shown.map(|_| self.level.smoothed())
    }

    /// The level that pings are paced by. While suspended that is the last known level, or the best
    /// one if none is known: nobody looks at a label then.
    pub(crate) fn pace(&self) -> Option<Quality> {
        if self.suspended { self.level.current().or(Some(Quality::Excellent)) } else { self.shown }
    }

    /// The same history, for a link of which nothing is known yet: without a label.
    pub(crate) fn of_a_new_link(self) -> Self {
        Self { missed_in_a_row: 0, shown: None, suspended: false, ..self }
    }

    /// What is saved: the window and the level, but not what is shown.
    pub(crate) fn encode(&self, to: &mut Encoder) {
        self.window.encode(to);
        self.level.encode(to);
    }

    pub(crate) fn decode(from: &mut Decoder<'_>) -> Option<Self> {
        let (window, level) = (Window::decode(from)?, Level::decode(from)?);
        Some(Self { window, level, ..Self::default() })
    }

    /// What is measured from now on says nothing of the link: the page is hidden, or the session
    /// suspended. The quality is absent until [`resume`](Self::resume) and the next measurement.
    pub fn suspend(&mut self) -> Option<QualityChange> {
        self.suspended = true;
        let from = self.shown.take()?;
        Some(QualityChange { from: Some(from), to: None, score: self.level.smoothed() })
    }

    /// What is measured counts again.
    pub fn resume(&mut self) {
        self.suspended = false;
    }

    /// A ping was answered after `rtt`.
    pub fn answered(&mut self, now: Instant, rtt: Duration) -> Option<QualityChange> {
        if self.suspended {
            return None;
        }
        self.window.answered(rtt);
        self.missed_in_a_row = 0;
        self.is_judged().then(|| self.level.evaluate(score(&self.window, now)))?;
        self.show()
    }

    /// A ping was not answered in time.
    pub fn missed(&mut self, now: Instant) -> Option<QualityChange> {
        if self.suspended {
            return None;
        }
        self.window.missed();
        self.missed_in_a_row = self.missed_in_a_row.saturating_add(1);
        let at_most = Quality::at_most(self.missed_in_a_row.into());
        self.is_judged().then(|| self.level.evaluate_miss(score(&self.window, now), at_most))?;
        self.show()
    }

    /// The link was lost without anybody having meant it. What was missed in a row belongs to the
    /// socket that is gone.
    pub fn disconnected(&mut self, now: Instant) {
        self.window.disconnected(now);
        self.missed_in_a_row = 0;
    }

    fn is_judged(&self) -> bool {
        self.window.samples() >= SAMPLES_NEEDED
    }

    fn show(&mut self) -> Option<QualityChange> {
        let to = self.level.current();
        let from = core::mem::replace(&mut self.shown, to);
        (from != to).then(|| QualityChange { from, to, score: self.level.smoothed() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::{Random as _, SeededRandom};

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
        let mut miss = || tracker.missed(Instant::ORIGIN).and_then(|change| change.to);
        assert_eq!(miss(), Some(Quality::Good));
        assert!(miss() <= Some(Quality::Poor));
        miss();
        assert_eq!(tracker.quality(), Some(Quality::Critical));
    }

    #[test]
    fn a_miss_costs_points_until_twenty_pings_later() {
        let mut tracker = answered(20);
        let before = tracker.score().unwrap();
        tracker.missed(Instant::ORIGIN);
        (0..10).for_each(|_| {
            tracker.answered(Instant::ORIGIN, Duration::from_millis(20));
        });
        let lasting = before - tracker.score().unwrap();
        assert!((12.0..12.6).contains(&lasting), "one of twenty is 12.5 points: {lasting}");
    }

    #[test]
    fn what_was_missed_in_a_row_on_a_socket_that_is_gone_does_not_cap_the_next() {
        let mut tracker = answered(20);
        tracker.missed(Instant::ORIGIN);
        tracker.missed(Instant::ORIGIN);
        tracker.disconnected(Instant::ORIGIN);
        let change = tracker.missed(Instant::ORIGIN);
        assert!(tracker.quality() >= Some(Quality::Poor), "{change:?}: it is the first again");
    }

    #[test]
    fn a_new_link_has_missed_nothing_yet() {
        let mut tracker = answered(20).of_a_new_link();
        assert_eq!(tracker.quality(), None);
        tracker.missed(Instant::ORIGIN);
        assert_eq!(tracker.quality(), Some(Quality::Good));
    }

    #[test]
    fn while_suspended_there_is_no_label_and_with_the_next_answer_it_is_back() {
        let mut tracker = answered(20);
        let withdrawn = tracker.suspend().unwrap();
        assert_eq!((withdrawn.from, withdrawn.to), (Some(Quality::Excellent), None));
        assert_eq!(tracker.suspend(), None);
        let answer = |tracker: &mut QualityTracker| {
            tracker.answered(Instant::ORIGIN, Duration::from_millis(20))
        };
        assert_eq!(answer(&mut tracker), None);
        assert_eq!(tracker.missed(Instant::ORIGIN), None);
        assert_eq!((tracker.quality(), tracker.score()), (None, None));
        tracker.resume();
        assert_eq!(tracker.quality(), None);
        let change = answer(&mut tracker).unwrap();
        assert_eq!((change.from, change.to), (None, Some(Quality::Excellent)));
    }

    #[test]
    fn it_is_small_enough_for_a_million_of_them() {
        assert!(size_of::<QualityTracker>() <= 48);
    }

    #[cfg(feature = "serde")]
    #[test]
    fn a_record_from_outside_that_makes_no_sense_does_not_panic() {
        let mut json = serde_json::to_value(answered(20)).unwrap();
        assert_eq!(serde_json::from_value::<QualityTracker>(json.clone()).unwrap(), answered(20));
        for field in ["rttCount", "rttNext", "pings"] {
            json["window"][field] = 255.into();
        }
        json["missedInARow"] = 255.into();
        for field in ["caution", "smoothed", "unsettled"] {
            json["level"][field] = 255.into();
        }
        let mut tracker: QualityTracker = serde_json::from_value(json).unwrap();
        (0..20).for_each(|_| {
            tracker.missed(Instant::ORIGIN);
            tracker.answered(Instant::ORIGIN, Duration::from_secs(1));
        });
        assert!(tracker.quality().is_some());
    }

    #[test]
    fn on_paths_of_every_kind_no_miss_raises_a_level() {
        let mut random = SeededRandom::new(1);
        for _ in 0..200 {
            let mut tracker = QualityTracker::default();
            let mut now = Instant::ORIGIN;
            let (mut rtt, mut loss) = (0.0, 0.0);
            for ping in 0..400 {
                if ping % 20 == 0 {
                    (rtt, loss) = (random.next_unit() * 2.0, random.next_unit() / 2.0);
                }
                now = now + Duration::from_secs(5);
                if random.next_unit() < 0.01 {
                    tracker.disconnected(now);
                }
                if random.next_unit() >= loss {
                    tracker.answered(now, Duration::from_secs_f64(rtt));
                } else if let Some(change) = tracker.missed(now) {
                    assert!(change.from.is_none() || change.to < change.from, "{change:?}");
                }
            }
        }
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
