//! From round-trip times, misses and disconnections to a score.

use super::window::Window;
use crate::time::Instant;

/// What a window says of a link.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Score {
    /// From 0, the worst, to 100.
    pub points: f64,
    /// By how many points the noise of the round-trip times moves them: 0 … 10.
    pub noise: f64,
}

/// The score of a link.
///
/// ```text
/// E = p50 + 4·MAD of the last 10 round-trip times, in ms
/// I = E/80 if E ≤ 320, else (E − 240)/20
/// S = clamp(100 − I − 2.5·miss% − 15·D, 0, 100)
/// N = min(2·MAD·dI/dE, 10)
/// ```
///
/// `I` is the delay term of `LiveKit`'s connection quality, in round-trip units, so the levels'
/// lines fall at 440, 840 and 1440 ms (ITU-T G.114's 400 ms one way; the Network Information API's
/// 1400); 2.5 per % of misses is the slope of ITU-T G.107's E-model; `D` is
/// [`Window::faded_disconnections`]. `N` is what [`Level`](super::Level) lets pass for noise: half
/// of what the noise costs in `S`.
#[must_use]
pub fn score(window: &Window, now: Instant) -> Score {
    let (centre, stray) = window.centre_and_stray();
    let effective = centre + 4.0 * stray;
    let (delay, slope) = if effective <= 320.0 {
        (effective / 80.0, 1.0 / 80.0)
    } else {
        ((effective - 240.0) / 20.0, 1.0 / 20.0)
    };
    let misses = 2.5 * 100.0 * window.miss_share();
    let points = 100.0 - delay - misses - 15.0 * window.faded_disconnections(now);
    let noise = (2.0 * stray * slope).min(10.0);
    Score { points: points.clamp(0.0, 100.0), noise }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::quality::Quality::{self, Critical, Excellent, Good, Poor};
    use core::time::Duration;

    fn steady(rtt: u64) -> Window {
        let mut window = Window::default();
        (0..20).for_each(|_| window.answered(Duration::from_millis(rtt)));
        window
    }

    fn points(window: &Window) -> f64 {
        score(window, Instant::ORIGIN).points
    }

    fn level(window: &Window) -> Quality {
        Quality::of(points(window))
    }

    #[test]
    fn the_lines_of_a_steady_link_fall_at_440_840_and_1440_ms() {
        let levels = [440, 441, 840, 841, 1440, 1441].map(|rtt| level(&steady(rtt)));
        assert_eq!(levels, [Excellent, Good, Good, Poor, Poor, Critical]);
    }

    #[test]
    fn one_outlier_among_ten_does_not_move_the_score() {
        let mut window = steady(50);
        let before = points(&window);
        window.answered(Duration::from_secs(5));
        assert!((points(&window) - before).abs() < f64::EPSILON);
    }

    #[test]
    fn each_percent_of_misses_costs_two_and_a_half_points() {
        let mut window = steady(0);
        window.missed();
        assert!((points(&window) - (100.0 - 12.5)).abs() < 1e-9);
        (0..20).for_each(|_| window.answered(Duration::ZERO));
        assert!((points(&window) - 100.0).abs() < 1e-9);
    }

    #[test]
    fn a_disconnection_costs_fifteen_points_and_fades_by_half_in_five_minutes() {
        let mut window = steady(0);
        window.disconnected(Instant::ORIGIN);
        let at = |secs| score(&window, Instant::ORIGIN + Duration::from_secs(secs)).points;
        assert!((at(0) - 85.0).abs() < 1e-9);
        assert!((at(300) - 92.5).abs() < 1e-9);
    }

    #[test]
    fn noise_is_half_of_what_it_costs_and_at_most_ten_points() {
        let noise = |stray: u64| {
            let mut window = Window::default();
            for rtt in [1000 - stray, 1000 + stray].into_iter().cycle().take(10) {
                window.answered(Duration::from_millis(rtt));
            }
            (score(&window, Instant::ORIGIN), points(&steady(1000)) - points(&window))
        };
        let (quiet, cost) = noise(50);
        assert!((quiet.noise - 5.0).abs() < 1e-9 && (cost - 10.0).abs() < 1e-9);
        assert!((noise(150).0.noise - 10.0).abs() < 1e-9);
    }
}
