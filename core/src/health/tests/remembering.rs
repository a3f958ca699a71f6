//! Which alerts are remembered.

use super::*;

#[test]
fn no_more_than_64_alerts_are_remembered() {
    let mut bench = Bench::with(1, at_once());
    for turn in 0..300 {
        bench.load.cpu = Some(if turn % 2 == 0 { 1.0 } else { 0.1 });
        bench.wait(5);
    }
    assert_eq!(bench.names().len(), 300);
    // Five places are kept for those that are not over.
    let ids: Vec<_> = bench.monitor.alerts().map(|alert| alert.id).collect();
    let expected: Vec<_> = (92..=150).rev().collect();
    assert_eq!(ids, expected, "the last ones, the last one first");
}

#[test]
fn one_that_is_over_is_forgotten_after_the_time_that_was_set() {
    let config = HealthConfig { keep_resolved: Duration::from_mins(10), ..<_>::default() };
    let mut bench = Bench::with(0, config);
    bench.lag(250);
    bench.wait(60);
    bench.lag(10);
    bench.wait(65);
    assert_eq!(bench.told[1], (125, "resolved".into()));
    bench.wait(599);
    assert_eq!(bench.monitor.alerts().count(), 1);
    bench.wait(1);
    assert_eq!(bench.monitor.alerts().count(), 0);
}
