//! Levels of quality, tested as what they are: statistics.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::fmt::Write as _;
use std::time::Duration;

use steadfast_core::quality::QualityTracker;
use steadfast_core::rng::{Random, SeededRandom};
use steadfast_core::time::Instant;

/// Box and Muller, 1958.
fn normal(random: &mut SeededRandom) -> f64 {
    let radius = (-2.0 * (1.0 - random.next_unit()).ln()).sqrt();
    radius * (std::f64::consts::TAU * random.next_unit()).cos()
}

fn at(evaluation: u64) -> Instant {
    Instant::from_millis(20_000 * evaluation)
}

fn millis(millis: f64) -> Duration {
    Duration::from_secs_f64(millis.max(0.0) / 1e3)
}

/// How often in 1000 evaluations the level changes on a link that is steady but for noise, with its
/// effective round-trip time at a line between two levels, or that many times it.
fn changes(line: f64, noise: f64, times: f64) -> f64 {
    const EVALUATIONS: u32 = 20_000;
    let mut random = SeededRandom::new(1);
    let mut tracker = QualityTracker::default();
    // p50 + 4·MAD, and a normal distribution's MAD is 0.6745 standard deviations.
    let centre = times * line / (1.0 + 4.0 * 0.6745 * noise);
    let changes = (0..EVALUATIONS).filter(|&evaluation| {
        let rtt = centre * (1.0 + noise * normal(&mut random));
        tracker.answered(at(evaluation.into()), millis(rtt)).is_some()
    });
    f64::from(u32::try_from(changes.count()).unwrap()) * 1000.0 / f64::from(EVALUATIONS)
}

/// The most changes that a link has whose effective round-trip time is anywhere near a line: the
/// level it is called depends on where it comes from.
fn most_changes(line: f64, noise: f64) -> f64 {
    (0..9).map(|step| changes(line, noise, 0.88 + 0.02 * f64::from(step))).fold(0.0, f64::max)
}

/// After how many evaluations a link whose round-trip time becomes another is called something else.
fn follows(from: f64, to: f64) -> usize {
    let mut tracker = QualityTracker::default();
    (0..50).for_each(|evaluation| {
        tracker.answered(at(evaluation), millis(from));
    });
    let before = tracker.quality();
    (50..100)
        .take_while(|&evaluation| {
            tracker.answered(at(evaluation), millis(to));
            tracker.quality() == before
        })
        .count()
        + 1
}

/// What was found when this was written, and in brackets by the rule before: 5 points over POOR's
/// line to leave CRITICAL, and a fall wherever the score is below a line, whatever the noise.
const TABLE: &str = "\
changes in 1000    noise  2 %     noise  5 %     noise 10 %
line at   440 ms    0.1 ( 0.0)    0.1 ( 0.0)    1.4 ( 2.8)
  around  440 ms    0.1 ( 0.0)    0.2 ( 4.5)    1.4 (19.1)
line at   840 ms    0.1 ( 0.0)    0.2 ( 0.0)    2.1 ( 6.3)
  around  840 ms    0.1 ( 0.0)    0.2 ( 6.6)    2.1 (22.5)
line at  1440 ms    0.1 ( 0.0)    0.1 ( 5.1)    1.3 (26.7)
  around 1440 ms    0.1 ( 2.5)    0.1 (22.7)    2.4 (37.3)
50 to 1000 ms: followed after 5 (5) evaluations
1000 to 50 ms: followed after 12 (12) evaluations
";

#[test]
fn near_a_line_the_level_seldom_changes_and_a_step_is_followed_at_once() {
    let mut table = String::from("changes in 1000    noise  2 %     noise  5 %     noise 10 %\n");
    // With the old rule, at the line and at worst.
    let before = [
        [[0.0, 0.0], [0.0, 4.5], [2.8, 19.1]],
        [[0.0, 0.0], [0.0, 6.6], [6.3, 22.5]],
        [[0.0, 2.5], [5.1, 22.7], [26.7, 37.3]],
    ];
    for (line, before) in [440.0, 840.0, 1440.0].into_iter().zip(before) {
        let noises = [0.02, 0.05, 0.1];
        let at_the_line = noises.map(|noise| changes(line, noise, 1.0));
        let at_worst = noises.map(|noise| most_changes(line, noise));
        for (what, found, old) in [("line at", at_the_line, 0), ("  around", at_worst, 1)] {
            write!(table, "{what:<8} {line:>4} ms").unwrap();
            for (found, before) in found.into_iter().zip(before) {
                write!(table, "{found:>7.1} ({:>4.1})", before[old]).unwrap();
                assert!(found <= 10.0, "{found:.1} {what} {line} ms");
            }
            table.push('\n');
        }
    }
    let steps = follows(50.0, 1000.0);
    writeln!(table, "50 to 1000 ms: followed after {steps} (5) evaluations").unwrap();
    let back = follows(1000.0, 50.0);
    writeln!(table, "1000 to 50 ms: followed after {back} (12) evaluations").unwrap();
    println!("{table}");
    assert!(steps <= 5, "{steps}");
    assert_eq!(table, TABLE);
}
