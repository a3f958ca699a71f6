use core::time::Duration;

use super::config::HeartbeatConfig;
use crate::quality::Quality;
use crate::rng::Random;
use crate::time::scaled;

/// The time until the next ping: the interval for this quality, spread by the jitter.
pub(crate) fn interval(
    config: &HeartbeatConfig,
    quality: Option<Quality>,
    random: &mut impl Random,
) -> Duration {
    let nominal = match quality {
        Some(Quality::Critical) => config.intervals.critical,
        Some(Quality::Poor) => config.intervals.poor,
        Some(Quality::Good) => config.intervals.good,
        Some(Quality::Excellent) => config.intervals.excellent,
        None => config.intervals.unknown,
    };
    scaled(nominal, random.next_between(1.0 - config.jitter, 1.0 + config.jitter))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SeededRandom;

    #[test]
    fn worse_quality_beats_faster_and_no_two_beats_are_in_step() {
        let config = HeartbeatConfig::default();
        let mut random = SeededRandom::new(1);
        let mut draw = |quality| interval(&config, Some(quality), &mut random).as_secs_f64();
        let (first, second) = (draw(Quality::Excellent), draw(Quality::Excellent));
        assert!((22.5..=27.5).contains(&first) && (22.5..=27.5).contains(&second));
        assert!((first - second).abs() > f64::EPSILON);
        assert!((4.5..=5.5).contains(&draw(Quality::Critical)));
    }
}
