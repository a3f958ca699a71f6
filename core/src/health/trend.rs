//! Where values are going, in words, and when they will cross a threshold.

use core::time::Duration;

use super::config::HealthConfig;
use super::fit::Fit;
use super::series::{Series, Value};
use crate::time::{Instant, duration_from_millis};

/// Where values are going. Absent below 10 points.
///
/// What changes over the window by less than a fifth of its median, or by less than 10 ms, a share of
/// 0.005 or one session, is `STABLE`, however sure the change is.
#[derive(Clone, Debug, Default, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
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

/// What a trend is worth: below it, it is none, however sure.
#[derive(Clone, Copy, Debug)]
struct Meaning {
    /// The least change over the window, beside a fifth of the median.
    least: f64,
    /// The words for falling and rising.
    words: [Direction; 2],
    /// What is crossed, if it rises.
    threshold: Option<f64>,
}

/// When the last point of a line was, and the present.
#[derive(Clone, Copy, Debug)]
struct Times {
    last: Instant,
    now: Instant,
}

/// |Z| for a word, and for a forecast.
const SURE_ENOUGH: f64 = 1.96;
const SURE: f64 = 2.58;

impl HealthTrends {
    /// Through the points of a series.
    pub(super) fn new(series: &Series, config: &HealthConfig, now: Instant) -> Self {
        let (step, times) = (config.trend_bucket, Times { last: series.last_at(), now });
        let trend = |value, meaning: &Meaning| {
            let fit = series.fit(value)?;
            Some(Trend::new(&fit, step, meaning, times))
        };
        Self {
            connections: trend(
                Value::Connections,
                &Meaning {
                    least: 1.0,
                    words: [Direction::Declining, Direction::Growing],
                    threshold: None,
                },
            ),
            errors: trend(
                Value::Errors,
                &Meaning {
                    least: 0.005,
                    words: [Direction::Improving, Direction::Worsening],
                    threshold: Some(config.high_error_rate.raise),
                },
            ),
            latency: trend(
                Value::Latency,
                &Meaning {
                    least: 10.0,
                    words: [Direction::Improving, Direction::Degrading],
                    threshold: Some(config.high_latency.raise),
                },
            ),
        }
    }
}

impl Trend {
    /// What a line means, whose steps take so long.
    fn new(fit: &Fit, step: Duration, meaning: &Meaning, times: Times) -> Self {
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
            forecast: forecast.and_then(|threshold| Forecast::new(fit, step, threshold, times)),
        }
    }
}

impl Forecast {
    fn new(fit: &Fit, step: Duration, threshold: f64, times: Times) -> Option<Self> {
        let Times { last, now } = times;
        let after = |steps: f64| duration_from_millis(steps * step.as_secs_f64() * 1e3);
        let crosses = |slope: f64| {
            let steps = (threshold - fit.level) / slope;
            (slope > 0.0 && steps <= 1e6).then(|| last + after(steps))
        };
        let ahead = |&at: &Instant| at > now && at <= now + after(fit.steps);
        let expected_at = crosses(fit.slope).filter(ahead)?;
        Some(Self {
            threshold,
            expected_at,
            earliest_at: crosses(fit.slopes.1).unwrap_or(expected_at).max(now),
            latest_at: crosses(fit.slopes.0),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_mins(1);

    fn at(minutes: f64) -> Instant {
        Instant::ORIGIN + MINUTE.mul_f64(minutes)
    }

    /// From 500 to 790 ms within 29 minutes, and half an hour of times to speak of.
    fn rising() -> Fit {
        Fit { slope: 10.0, slopes: (5.0, 15.0), level: 790.0, median: 645.0, z: 4.0, steps: 29.0 }
    }

    fn trend(fit: &Fit, threshold: f64) -> Trend {
        let words = [Direction::Improving, Direction::Degrading];
        let meaning = Meaning { least: 10.0, words, threshold: Some(threshold) };
        let times = Times { last: at(100.0), now: at(101.0) };
        Trend::new(fit, MINUTE, &meaning, times)
    }

    fn direction(change: fn(&mut Fit)) -> Direction {
        let mut fit = rising();
        change(&mut fit);
        trend(&fit, 1000.0).direction
    }

    #[test]
    fn a_word_is_given_when_the_change_is_sure_and_matters() {
        assert_eq!(direction(|_| ()), Direction::Degrading);
        assert_eq!(direction(|fit| (fit.slope, fit.z) = (-10.0, -4.0)), Direction::Improving);
        assert_eq!(direction(|fit| fit.z = 1.97), Direction::Degrading);
        assert_eq!(direction(|fit| fit.z = 1.96), Direction::Stable);
        assert_eq!(direction(|fit| fit.median = 1449.0), Direction::Degrading);
        assert_eq!(direction(|fit| fit.median = 1451.0), Direction::Stable, "less than a fifth");
        let small = |fit: &mut Fit| (fit.median, fit.slope) = (20.0, 10.1 / 29.0);
        assert_eq!(direction(small), Direction::Degrading);
        let smaller = |fit: &mut Fit| (fit.median, fit.slope) = (20.0, 9.9 / 29.0);
        assert_eq!(direction(smaller), Direction::Stable, "less than 10 ms");
    }

    #[test]
    fn the_slope_is_told_by_the_minute_whatever_a_step_is() {
        let meaning = Meaning { least: 10.0, words: [Direction::Stable; 2], threshold: None };
        let times = Times { last: at(100.0), now: at(101.0) };
        let trend = Trend::new(&rising(), Duration::from_secs(12), &meaning, times);
        assert!((trend.slope - 50.0).abs() < 1e-9 && (trend.change - 290.0).abs() < 1e-9);
    }

    #[test]
    fn a_forecast_is_of_the_line_and_of_the_steepest_and_flattest_that_the_points_allow() {
        let forecast = trend(&rising(), 895.0).forecast.unwrap();
        assert_eq!(forecast.threshold.to_bits(), 895.0_f64.to_bits());
        assert_eq!(forecast.expected_at, at(110.5));
        assert_eq!(forecast.earliest_at, at(107.0));
        assert_eq!(forecast.latest_at, Some(at(121.0)));
        let may_fall = Fit { slopes: (-1.0, 200.0), ..rising() };
        let forecast = trend(&may_fall, 895.0).forecast.unwrap();
        assert_eq!(forecast.latest_at, None, "the flattest never crosses it");
        assert_eq!(forecast.earliest_at, at(101.0), "what was not seen to happen is not past");
    }

    #[test]
    fn a_forecast_needs_a_sure_rise_that_matters() {
        let forecast = |fit: Fit| trend(&fit, 895.0).forecast;
        assert!(forecast(Fit { z: 2.59, ..rising() }).is_some());
        assert_eq!(forecast(Fit { z: 2.58, ..rising() }), None);
        assert_eq!(forecast(Fit { z: -4.0, slope: -10.0, ..rising() }), None);
        assert_eq!(forecast(Fit { median: 1451.0, ..rising() }), None);
    }

    #[test]
    fn what_is_crossed_already_or_lies_more_than_a_window_ahead_is_not_foretold() {
        let forecast = |threshold| trend(&rising(), threshold).forecast.map(|it| it.expected_at);
        assert_eq!(forecast(780.0), None);
        assert_eq!(forecast(800.0), None, "the line crosses it now");
        assert_eq!(forecast(801.0), Some(at(101.1)));
        assert_eq!(forecast(1090.0), Some(at(130.0)));
        assert_eq!(forecast(1091.0), None);
    }
}
