//! Trends, tested as what they are: statistics.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

mod peers;

use std::fmt::Write as _;

use steadfast_core::health::Fit;
use steadfast_core::rng::{Random, SeededRandom};

const POINTS: usize = 30;
const SERIES: u32 = 4000;

/// Box and Muller, 1958.
fn normal(random: &mut SeededRandom) -> f64 {
    let radius = (-2.0 * (1.0 - random.next_unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.next_unit()).cos()
}

/// Latencies around 100 ms whose deviations, of the share `noise`, are a process of first order with
/// the autocorrelation `phi`, and which rise by the share `rise` over the window.
fn latencies(random: &mut SeededRandom, phi: f64, noise: f64, rise: f64) -> [f32; POINTS] {
    let innovation = (1.0 - phi * phi).sqrt();
    let mut deviation = normal(random);
    std::array::from_fn(|point| {
        let time = f64::from(u32::try_from(point).unwrap()) / (POINTS - 1) as f64;
        let value = 100.0 * (1.0 + rise * time) * (1.0 + noise * deviation);
        deviation = phi * deviation + innovation * normal(random);
        #[allow(clippy::cast_possible_truncation, reason = "to seven digits")]
        let value = value as f32;
        value
    })
}

/// The share of the series, in percent, of which the test says at |Z| > `sure` that there is a
/// trend; a rising one, if they rise.
fn found(phi: f64, noise: f64, rise: f64, sure: f64) -> f64 {
    let found = (0..SERIES).filter(|&seed| {
        let mut random = SeededRandom::new(seed.into());
        let fit = Fit::new(&latencies(&mut random, phi, noise, rise)).unwrap();
        if rise > 0.0 { fit.z > sure } else { fit.z.abs() > sure }
    });
    100.0 * found.count() as f64 / f64::from(SERIES)
}

const PHIS: [f64; 3] = [0.0, 0.3, 0.6];

/// How far the medians of buckets scatter, as a share of them.
const NOISES: [f64; 3] = [0.10, 0.15, 0.20];

/// What was found when this was written.
const TABLE: &str = "\
series found, %           none, 1.96  none, 2.58  +50 %, 1.96  +50 %, 2.58
phi 0.0, noise 10 %           4.4          1.0        100.0         99.6
phi 0.0, noise 15 %           4.4          1.0         96.8         85.6
phi 0.0, noise 20 %           4.4          1.0         81.7         56.2
phi 0.3, noise 10 %           8.0          2.4         98.5         91.3
phi 0.3, noise 15 %           8.0          2.4         85.0         62.7
phi 0.3, noise 20 %           8.0          2.4         64.0         38.9
phi 0.6, noise 10 %          11.8          4.1         86.3         64.8
phi 0.6, noise 15 %          11.8          4.1         62.5         38.4
phi 0.6, noise 20 %          11.8          4.1         44.9         24.6
";

#[test]
fn trends_are_found_where_there_are_some_and_seldom_where_there_is_none() {
    let mut table = String::from(
        "series found, %           none, 1.96  none, 2.58  +50 %, 1.96  +50 %, 2.58\n",
    );
    for phi in PHIS {
        for noise in NOISES {
            write!(table, "phi {phi:.1}, noise {:>2.0} % ", noise * 100.0).unwrap();
            for (rise, sure) in [(0.0, 1.96), (0.0, 2.58), (0.5, 1.96), (0.5, 2.58)] {
                let share = found(phi, noise, rise, sure);
                write!(table, "{share:>13.1}").unwrap();
                // False alarms do not depend on the noise; what is found does.
                if rise == 0.0 && sure > 2.0 {
                    assert!(share <= 5.0, "false at {phi} {noise}: {share}");
                }
                if rise > 0.0 && sure > 2.0 && phi < 0.5 && noise <= 0.15 {
                    assert!(share >= 50.0, "found at {phi} {noise}: {share}");
                }
            }
            table.push('\n');
        }
    }
    println!("{table}");
    assert_eq!(table, TABLE);
}
