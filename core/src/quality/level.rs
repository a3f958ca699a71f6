//! From a score to a level that does not flap.

use super::score::Score;
use crate::codec::{Decoder, Encoder};

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

    /// The best level that a number of missed heartbeats in a row allows.
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
/// its line by more than the [`noise`](Score::noise), at once by two levels or more, and at once to
/// what misses in a row allow. It rises after 5 evaluations well over the line of a better one.
///
/// A fall within 250 evaluations of a rise is a flap, and the level is cautious from then on: the
/// weights of the smoothing are an eighth, and a rise takes 80 evaluations. 250 evaluations without
/// a flap halve what a rise takes. Routers suppress routes that flap in the same way (RFC 2439).
#[derive(Clone, Copy, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase", deny_unknown_fields))]
pub struct Level {
    current: Option<Quality>,
    /// In parts of a point, of which there are [`PARTS`].
    smoothed: u16,
    /// Whether the last evaluation was below the line.
    below: bool,
    /// How many evaluations in a row allowed a better level, and the best that all of them allowed.
    above: Option<(u8, Quality)>,
    /// How often the evaluations that a rise takes are doubled: at most [`CAUTION`].
    caution: u8,
    /// For how many more evaluations a fall is a flap. Above zero while there is caution.
    unsettled: u8,
}

const PARTS: f32 = 512.0;
/// Weights, in fifths: 0.8 and 0.4.
const FALLING: i32 = 4;
const RISING: i32 = 2;
const EVALUATIONS_TO_RISE: u8 = 5;
const EVALUATIONS_TO_SETTLE: u8 = 250;
const CAUTION: u8 = 4;
/// The weights are halved as often as there is caution, but no more often than this.
const LEAST_WEIGHT: u8 = 3;

impl Level {
    /// What is saved: the level and the score, but not the steps towards another.
    pub(crate) fn encode(self, to: &mut Encoder) {
        to.option(self.current, |to, level| to.u8(level as u8));
        to.f64(self.smoothed());
    }

    pub(crate) fn decode(from: &mut Decoder<'_>) -> Option<Self> {
        let level = from.option(Decoder::u8)?;
        let current = match level {
            Some(level) => Some(*Quality::ALL.get(usize::from(level))?),
            None => None,
        };
        let smoothed = from.f64()?;
        let is_score = (0.0..=100.0).contains(&smoothed);
        is_score.then(|| Self { current, smoothed: parts(smoothed), ..Self::default() })
    }

    /// The level; absent before the first evaluation.
    #[must_use]
    pub fn current(&self) -> Option<Quality> {
        self.current
    }

    /// The smoothed score, 0 … 100.
    #[must_use]
    pub fn smoothed(&self) -> f64 {
        self.points().into()
    }

    /// Takes in the score after an answer. One that equals the smoothed score lowers no level.
    pub fn evaluate(&mut self, score: Score) {
        self.fall(score, Quality::Excellent);
        if let (Some((evaluations, level)), wait) = (self.above, self.evaluations_to_rise())
            && evaluations >= wait
        {
            self.become_level(level);
            self.unsettled = EVALUATIONS_TO_SETTLE;
        }
    }

    /// Takes in the score after a miss, and the best level that the misses allow. The level stays
    /// or falls.
    pub fn evaluate_miss(&mut self, score: Score, at_most: Quality) {
        self.fall(score, at_most);
    }

    /// Smooths the score, and lowers the level as far as the score and the misses say.
    fn fall(&mut self, score: Score, at_most: Quality) {
        let points = parts(score.points);
        let Some(current) = self.current else {
            self.smoothed = points;
            self.current = Some(Quality::of(self.smoothed()).min(at_most));
            return;
        };
        self.settle();
        let is_worse = points < self.smoothed;
        self.smooth(points);
        let (points, target) = (self.points(), Quality::of(self.smoothed()));
        let rises_to = Quality::ALL.into_iter().rfind(|level| points >= level.rises_at());
        self.above = rises_to.filter(|&level| level > current).map(|level| match self.above {
            Some((evaluations, lowest)) => (evaluations.saturating_add(1), lowest.min(level)),
            None => (1, level),
        });
        #[allow(clippy::cast_possible_truncation)] // 0 … 10
        let is_below = points < current.line() - score.noise as f32;
        let was_below = core::mem::replace(&mut self.below, is_below);
        let falls = is_worse && is_below && (was_below || target.steps_to(current) >= 2);
        let to = if falls { target.min(at_most) } else { current.min(at_most) };
        if to < current {
            self.become_level(to);
            if self.unsettled > 0 {
                (self.caution, self.unsettled) = (CAUTION, EVALUATIONS_TO_SETTLE);
            }
        }
    }

    /// One more evaluation without a flap.
    fn settle(&mut self) {
        self.unsettled = self.unsettled.saturating_sub(1);
        if self.unsettled == 0 && self.caution > 0 {
            self.caution -= 1;
            self.unsettled = if self.caution > 0 { EVALUATIONS_TO_SETTLE } else { 0 };
        }
    }

    fn smooth(&mut self, points: u16) {
        let difference = i32::from(points) - i32::from(self.smoothed);
        let weight = if difference < 0 { FALLING } else { RISING };
        let slowed = 5 << self.caution.min(LEAST_WEIGHT);
        let smoothed = i32::from(self.smoothed) + difference * weight / slowed;
        // Between two that are in range.
        self.smoothed = u16::try_from(smoothed).unwrap_or_default();
    }

    fn evaluations_to_rise(self) -> u8 {
        EVALUATIONS_TO_RISE << self.caution.min(CAUTION)
    }

    fn points(self) -> f32 {
        f32::from(self.smoothed) / PARTS
    }

    fn become_level(&mut self, level: Quality) {
        (self.current, self.below, self.above) = (Some(level), false, None);
    }
}

/// A score in parts of a point.
fn parts(points: f64) -> u16 {
    // From 0 to 100. A cast from a float saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let parts = (points as f32 * PARTS + 0.5) as u16;
    parts
}

#[cfg(test)]
mod tests;
