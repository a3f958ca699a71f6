//! Rules that change while a monitor runs.

use super::*;

#[test]
fn a_rule_that_changes_is_judged_by_at_once_and_what_was_measured_stays() {
    let mut bench = Bench::new(4);
    bench.rtt = 800;
    bench.pass(120);
    assert!(bench.alerts.is_empty(), "{:?}", bench.told);
    let before = bench.monitor.current_health_metrics(at(bench.now), &bench.manager);

    let mut config = HealthConfig::default();
    (config.high_latency.raise, config.high_latency.clear) = (500.0, 400.0);
    bench.monitor.reconfigure(config).unwrap();
    let after = bench.monitor.current_health_metrics(at(bench.now), &bench.manager);
    assert_eq!(after, before);
    bench.pass(60);
    assert!(
        bench.alerts.iter().any(|alert| alert.kind == AlertKind::HighLatency),
        "{:?}",
        bench.told
    );
}

#[test]
fn rules_that_make_no_sense_are_refused_and_those_before_stay() {
    let mut bench = Bench::new(4);
    let mut config = HealthConfig::default();
    (config.high_latency.raise, config.high_latency.clear) = (100.0, 200.0);
    assert!(bench.monitor.reconfigure(config).is_err());
    bench.rtt = 800;
    bench.pass(120);
    assert!(bench.alerts.is_empty(), "{:?}", bench.told);
}
