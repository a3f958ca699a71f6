use core::time::Duration;

use super::config::HeartbeatConfig;
use crate::quality::Quality;
use crate::rng::Random;
use crate::time::scaled;

/// The time until the next ping: the interval for this quality, spread by the jitter, and well
/// within what the server lets pass in silence.
pub(crate) fn interval(
    config: &HeartbeatConfig,
    quality: Option<Quality>,
    max_idle: Option<Duration>,
    random: &mut impl Random,
) -> Duration {
    let nominal = match quality {
        Some(Quality::Critical) => config.intervals.critical,
        Some(Quality::Poor) => config.intervals.poor,
        Some(Quality::Good) => config.intervals.good,
        Some(Quality::Excellent) => config.intervals.excellent,
        None => config.intervals.unknown,
    };
    let spread = scaled(nominal, random.next_between(1.0 - config.jitter, 1.0 + config.jitter));
    // A ping takes its time to get there.
    max_idle.map_or(spread, |max_idle| spread.min(max_idle / 4 * 3))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SeededRandom;

    #[test]
    fn worse_quality_beats_faster_and_no_two_beats_are_in_step() {
        let config = HeartbeatConfig::default();
        let mut random = SeededRandom::new(1);
        let mut draw = |quality| interval(&config, Some(quality), None, &mut random).as_secs_f64();
        let (first, second) = (draw(Quality::Excellent), draw(Quality::Excellent));
        assert!((22.5..=27.5).contains(&first) && (22.5..=27.5).contains(&second));
        assert!((first - second).abs() > f64::EPSILON);
        assert!((4.5..=5.5).contains(&draw(Quality::Critical)));
    }

    #[test]
    fn no_ping_is_farther_away_than_the_server_lets_pass_in_silence() {
        let config = HeartbeatConfig::default();
        let max_idle = Some(Duration::from_secs(8));
        let draw = interval(&config, Some(Quality::Good), max_idle, &mut SeededRandom::new(1));
        assert_eq!(draw, Duration::from_secs(6));
    }
}
