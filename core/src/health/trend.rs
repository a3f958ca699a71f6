//! Where a value is going, and whether that is more than chance.

use core::time::Duration;

use crate::order::{median, sort};
use crate::time::{Instant, duration_from_millis};

/// Where values are going. Absent below 10 points.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase"))]
pub struct HealthTrends {
    /// The sessions that have a link: `GROWING`, `STABLE`, `DECLINING`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub connections: Option<Trend>,
    /// The error rate: `IMPROVING`, `STABLE`, `WORSENING`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub errors: Option<Trend>,
    /// The median round-trip time in milliseconds: `IMPROVING`, `STABLE`, `DEGRADING`.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "Option::is_none"))]
    pub latency: Option<Trend>,
}

/// Where one value is going.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Trend {
    /// The word for it.
    pub direction: Direction,
    /// By how much the fitted line rises in a minute.
    pub slope: f64,
    /// By how much it has risen over the window.
    pub change: f64,
    /// How sure it is that there is a trend: the statistic of Mann and Kendall, in standard
    /// deviations. |Z| > 1.96 is what chance alone would do in one of 20 cases.
    pub z: f64,
    /// When the value will cross the threshold of its alert, if it goes on like this.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub forecast: Option<Forecast>,
}

/// The word for a trend.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "SCREAMING_SNAKE_CASE"))]
#[allow(missing_docs)]
pub enum Direction {
    Declining,
    Degrading,
    Growing,
    Improving,
    Stable,
    Worsening,
}

/// When a threshold will be crossed: given only if the trend is sure (|Z| > 2.58), the threshold is
/// not crossed yet, and it will be within a window from now.
#[derive(Clone, Copy, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct Forecast {
    /// The threshold.
    pub threshold: f64,
    /// When the line crosses it.
    pub expected_at: Instant,
    /// When the steepest line that the points allow crosses it, at 95 % confidence.
    pub earliest_at: Instant,
    /// When the flattest one does; absent if it never does.
    #[cfg_attr(feature = "serde", serde(default, skip_serializing_if = "Option::is_none"))]
    pub latest_at: Option<Instant>,
}

/// A line through equidistant points, and how sure it is that they rise or fall.
///
/// The slope is the median of those between any two points (Sen, "Estimates of the Regression
/// Coefficient Based on Kendall's Tau", 1968). The test is Mann's and Kendall's, with ties, its
/// variance multiplied by (1 + ρ₁)/(1 − ρ₁), where ρ₁ is the autocorrelation of what is left when
/// the line is taken away (Hamed and Rao, 1998, for a process of first order), from 0 to 0.85:
/// uncorrected, the test cries wolf in 13 to 48 % of the cases.
///
/// A rise of 50 % is found at |Z| > 2.58 in half of the series with ρ₁ = 0.3 if the points scatter by
/// no more than 17 % of their level. Pre-whitening, other estimates of ρ₁ and more lags find no more
/// of them unless they are wrong more often: `sim_trends` keeps the tables.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Fit {
    /// By how much the line rises from one point to the next.
    pub slope: f64,
    /// The bounds of the slope at 95 % confidence, by the ranks of the slopes.
    pub slopes: (f64, f64),
    /// Where the line is at the last point.
    pub level: f64,
    /// The median of the points.
    pub median: f64,
    /// Mann's and Kendall's statistic, in standard deviations.
    pub z: f64,
    /// How many steps lie between the first point and the last.
    pub steps: f64,
}

/// What a trend is worth: below it, it is none, however sure.
#[derive(Clone, Copy, Debug)]
pub(super) struct Meaning {
    /// The least change over the window, beside a fifth of the median.
    pub(super) least: f64,
    /// The words for falling and rising.
    pub(super) words: [Direction; 2],
    /// What is crossed, if it rises.
    pub(super) threshold: Option<f64>,
}

/// Below so many points there is no trend.
const LEAST_POINTS: usize = 10;

/// At most so many points, and pairs of them.
const POINTS: usize = 30;
const PAIRS: usize = POINTS * (POINTS - 1) / 2;

/// |Z| for a word, and for a forecast.
const SURE_ENOUGH: f64 = 1.96;
const SURE: f64 = 2.58;

impl Fit {
    /// The line through the last 30 points, the oldest first; NaN is a gap. Absent below 10 points.
    #[must_use]
    pub fn new(points: &[f32]) -> Option<Self> {
        let mut known = [(0.0_f32, 0.0_f32); POINTS];
        let mut count = 0;
        let last = points.len().saturating_sub(POINTS);
        for (time, &value) in (0_u8..).zip(&points[last..]) {
            if value.is_finite() {
                known[count] = (time.into(), value);
                count += 1;
            }
        }
        let known = &known[..count];
        if count < LEAST_POINTS {
            return None;
        }
        let mut slopes = [0.0_f32; PAIRS];
        let (mut pairs, mut rising) = (0, 0_i32);
        for (index, &(time, value)) in known.iter().enumerate() {
            for &(later, other) in &known[index + 1..] {
                slopes[pairs] = (other - value) / (later - time);
                pairs += 1;
                rising += i32::from(other > value) - i32::from(other < value);
            }
        }
        let slopes = &mut slopes[..pairs];
        let slope = median(slopes);
        let values = |of: &dyn Fn((f32, f32)) -> f32| {
            let mut values = [0.0_f32; POINTS];
            values.iter_mut().zip(known).for_each(|(value, &point)| *value = of(point));
            values
        };
        let mut sorted = values(&|(_, value)| value);
        let middle = median(&mut sorted[..count]);
        let left = values(&|(time, value)| value - slope * time);
        let mut ordered = left;
        let intercept = median(&mut ordered[..count]);
        let variance = variance(&sorted[..count]) * inflation(&left[..count]);
        let deviation = libm::sqrt(variance);
        // The continuity correction.
        let distance = f64::from(rising - rising.signum());
        let z = if deviation > 0.0 { distance / deviation } else { 0.0 };
        let (end, begin) = (known[count - 1].0, known[0].0);
        Some(Self {
            slope: slope.into(),
            slopes: confidence(slopes, deviation),
            level: f64::from(intercept + slope * end),
            median: middle.into(),
            z,
            steps: (end - begin).into(),
        })
    }
}

impl Trend {
    /// What a line means, whose last point is of `now` and whose steps take so long.
    pub(super) fn new(fit: &Fit, now: Instant, step: Duration, meaning: &Meaning) -> Self {
        let change = fit.slope * fit.steps;
        let enough = change.abs() > (0.2 * fit.median.abs()).max(meaning.least);
        let direction = if enough && fit.z.abs() > SURE_ENOUGH {
            meaning.words[usize::from(fit.slope > 0.0)]
        } else {
            Direction::Stable
        };
        let forecast = meaning.threshold.filter(|_| enough && fit.z > SURE);
        Self {
            direction,
            slope: fit.slope / step.as_secs_f64() * 60.0,
            change,
            z: fit.z,
            forecast: forecast.and_then(|threshold| Forecast::new(fit, now, step, threshold)),
        }
    }
}

impl Forecast {
    fn new(fit: &Fit, now: Instant, step: Duration, threshold: f64) -> Option<Self> {
        let missing = threshold - fit.level;
        let steps = |slope: f64| {
            let steps = missing / slope;
            (slope > 0.0 && steps <= 1e6).then_some(steps)
        };
        let at = |steps: f64| now + duration_from_millis(steps * step.as_secs_f64() * 1e3);
        let expected = steps(fit.slope).filter(|&steps| missing > 0.0 && steps <= fit.steps)?;
        Some(Self {
            threshold,
            expected_at: at(expected),
            earliest_at: at(steps(fit.slopes.1).unwrap_or(expected)),
            latest_at: steps(fit.slopes.0).map(at),
        })
    }
}

/// Of the statistic, for independent values, given in order: (n(n−1)(2n+5) − Σ t(t−1)(2t+5))/18
/// over the groups of t equal ones.
fn variance(sorted: &[f32]) -> f64 {
    let term = |n: usize| {
        let n = n as f64;
        n * (n - 1.0) * (2.0 * n + 5.0)
    };
    // Equal bits are equal values here.
    #[allow(clippy::float_cmp)]
    let ties: f64 = sorted.chunk_by(|a, b| a == b).map(|group| term(group.len())).sum();
    (term(sorted.len()) - ties) / 18.0
}

/// By how much autocorrelation inflates the variance.
fn inflation(left: &[f32]) -> f64 {
    let mean = left.iter().map(|&value| f64::from(value)).sum::<f64>() / left.len() as f64;
    let off = |value: f32| f64::from(value) - mean;
    let all: f64 = left.iter().map(|&value| off(value) * off(value)).sum();
    let pairs: f64 = left.windows(2).map(|pair| off(pair[0]) * off(pair[1])).sum();
    let correlation = if all > 0.0 { (pairs / all).clamp(0.0, 0.85) } else { 0.0 };
    (1.0 + correlation) / (1.0 - correlation)
}

/// The slopes that lie 1.96 deviations of the statistic from the middle, by rank.
fn confidence(slopes: &mut [f32], deviation: f64) -> (f64, f64) {
    sort(slopes);
    let (count, width) = (slopes.len() as f64, SURE_ENOUGH * deviation);
    // A cast from a float saturates.
    #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
    let rank = |rank: f64| slopes[(rank as usize).min(slopes.len() - 1)].into();
    (rank((count - width) / 2.0 - 1.0), rank((count + width) * 0.5))
}
