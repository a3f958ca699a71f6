//! From a score to a level that does not flap.

use super::score::Score;
use crate::snapshot::codec::{Decoder, Encoder};

/// How good a link is. Ordered: `Excellent` is the greatest.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum Quality {
    /// A score below 40: hardly usable.
    Critical,
    /// A score from 40: a delay that everybody notices.
    Poor,
    /// A score from 70.
    Good,
    /// A score from 90.
    Excellent,
}

impl Quality {
    /// From the worst to the best.
    pub const ALL: [Self; 4] = [Self::Critical, Self::Poor, Self::Good, Self::Excellent];

    /// The level that a score (0 … 100) falls into.
    #[must_use]
    pub fn of(score: f64) -> Self {
        match score {
            90.0.. => Self::Excellent,
            70.0.. => Self::Good,
            40.0.. => Self::Poor,
            _ => Self::Critical,
        }
    }

    /// The name on the wire: `EXCELLENT`, `GOOD`, `POOR`, `CRITICAL`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Critical => "CRITICAL",
            Self::Excellent => "EXCELLENT",
            Self::Good => "GOOD",
            Self::Poor => "POOR",
        }
    }

    /// The best level that so many missed heartbeats in a row allow.
    #[must_use]
    pub fn at_most(missed_in_a_row: u32) -> Self {
        match missed_in_a_row {
            0 => Self::Excellent,
            1 => Self::Good,
            2 => Self::Poor,
            _ => Self::Critical,
        }
    }

    /// The least score that falls into this level.
    fn line(self) -> f32 {
        match self {
            Self::Critical => 0.0,
            Self::Poor => 40.0,
            Self::Good => 70.0,
            Self::Excellent => 90.0,
        }
    }

    /// The smoothed score from which a link may rise into this level: 10 points over its line, 5
    /// and 3 for the better ones, so that noise at a line does not move it. A worse level lies at a
    /// greater delay, whose noise is greater, too.
    fn rises_at(self) -> f32 {
        match self {
            Self::Critical => 0.0,
            Self::Poor => 50.0,
            Self::Good => 75.0,
            Self::Excellent => 93.0,
        }
    }

    fn steps_to(self, other: Self) -> u8 {
        (self as u8).abs_diff(other as u8)
    }
}

/// A level with hysteresis.
///
/// The score is smoothed, by 0.8 falling and 0.4 rising. The level falls after 2 evaluations below
/// its line by more than the [`noise`](Score::noise), at once by two levels or more, and rises after
/// 5 evaluations well over the line of a better one.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase", deny_unknown_fields))]
pub struct Level {
    current: Option<Quality>,
    smoothed: f32,
    below: u8,
    /// How many evaluations in a row allowed a better level, and the best that all of them allowed.
    above: Option<(u8, Quality)>,
}

const FALLING: f32 = 0.8;
const RISING: f32 = 0.4;
const EVALUATIONS_TO_FALL: u8 = 2;
const EVALUATIONS_TO_RISE: u8 = 5;

impl Level {
    /// What is saved: the level and the score, but not the steps towards another.
    pub(crate) fn encode(self, to: &mut Encoder) {
        to.option(self.current, |to, level| to.u8(level as u8));
        to.f64(self.smoothed.into());
    }

    pub(crate) fn decode(from: &mut Decoder<'_>) -> Option<Self> {
        let level = from.option(Decoder::u8)?;
        let current = match level {
            Some(level) => Some(*Quality::ALL.get(usize::from(level))?),
            None => None,
        };
        #[allow(clippy::cast_possible_truncation)] // It was an `f32`.
        let smoothed = from.f64()? as f32;
        let is_score = (0.0..=100.0).contains(&smoothed);
        is_score.then(|| Self { current, smoothed, ..Self::default() })
    }

    /// The level; absent before the first evaluation.
    #[must_use]
    pub fn current(&self) -> Option<Quality> {
        self.current
    }

    /// The smoothed score, 0 … 100.
    #[must_use]
    pub fn smoothed(&self) -> f64 {
        self.smoothed.into()
    }

    /// Takes in one evaluation.
    pub fn evaluate(&mut self, score: Score) {
        // From 0 to 100, of which an `f32` holds more digits than matter.
        #[allow(clippy::cast_possible_truncation)]
        let (score, noise) = (score.points as f32, score.noise as f32);
        let Some(current) = self.current else {
            (self.current, self.smoothed) = (Some(Quality::of(score.into())), score);
            return;
        };
        let weight = if score < self.smoothed { FALLING } else { RISING };
        self.smoothed += weight * (score - self.smoothed);
        let target = Quality::of(self.smoothed.into());
        let rises_to = Quality::ALL.into_iter().rfind(|level| self.smoothed >= level.rises_at());

        let below = self.smoothed < current.line() - noise;
        self.below = if below { self.below.saturating_add(1) } else { 0 };
        self.above = rises_to.filter(|&level| level > current).map(|level| match self.above {
            Some((evaluations, lowest)) => (evaluations.saturating_add(1), lowest.min(level)),
            None => (1, level),
        });

        if self.below >= EVALUATIONS_TO_FALL || (self.below > 0 && target.steps_to(current) >= 2) {
            self.settle(target);
        } else if let Some((EVALUATIONS_TO_RISE.., level)) = self.above {
            self.settle(level);
        }
    }

    fn settle(&mut self, level: Quality) {
        (self.current, self.below, self.above) = (Some(level), 0, None);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(scores: &[f64]) -> Option<Quality> {
        let mut level = Level::default();
        for &points in scores {
            level.evaluate(Score { points, noise: 0.0 });
        }
        level.current()
    }

    #[test]
    fn the_first_score_sets_the_level() {
        assert_eq!(after(&[]), None);
        assert_eq!(after(&[85.0]), Some(Quality::Good));
    }

    #[test]
    fn it_falls_one_level_after_two_evaluations_and_two_levels_at_once() {
        assert_eq!(after(&[95.0, 80.0]), Some(Quality::Excellent));
        assert_eq!(after(&[95.0, 80.0, 80.0]), Some(Quality::Good));
        assert_eq!(after(&[95.0, 30.0]), Some(Quality::Poor));
    }

    #[test]
    fn it_rises_after_five_evaluations_well_over_the_line() {
        let mut scores = std::vec![60.0];
        scores.extend([100.0; 4]);
        assert_eq!(after(&scores), Some(Quality::Poor));
        scores.extend([100.0; 1]);
        assert_eq!(after(&scores), Some(Quality::Good), "it was not at EXCELLENT all five times");
        scores.extend([100.0; 5]);
        assert_eq!(after(&scores), Some(Quality::Excellent));
    }

    #[test]
    fn it_does_not_rise_when_the_score_only_touches_the_line() {
        let mut scores = std::vec![60.0];
        scores.extend([73.0; 200]);
        assert_eq!(after(&scores), Some(Quality::Poor));
    }

    #[test]
    fn what_is_saved_goes_on_unless_its_score_makes_no_sense() {
        let restored = |smoothed| {
            let mut saved = Encoder::default();
            let level = Level { current: Some(Quality::Good), smoothed, ..Level::default() };
            level.encode(&mut saved);
            Level::decode(&mut Decoder::new(&saved.bytes)).map(|level| level.smoothed())
        };
        assert_eq!([0.0, 80.0, 100.0].map(restored), [Some(0.0), Some(80.0), Some(100.0)]);
        assert_eq!([-0.1, 100.1, f32::NAN].map(restored), [None; 3]);
    }

    #[test]
    fn what_noise_explains_does_not_make_it_fall() {
        let mut level = Level::default();
        level.evaluate(Score { points: 80.0, noise: 4.0 });
        (0..20).for_each(|_| level.evaluate(Score { points: 66.5, noise: 4.0 }));
        assert_eq!(level.current(), Some(Quality::Good));
        (0..2).for_each(|_| level.evaluate(Score { points: 66.5, noise: 3.0 }));
        assert_eq!(level.current(), Some(Quality::Poor));
    }
}
