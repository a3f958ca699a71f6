//! Where values are going.

use super::*;

#[test]
fn rising_latency_is_called_so_and_its_crossing_foretold() {
    let mut bench = Bench::new(20);
    assert_eq!(bench.monitor.trends(at(0)), HealthTrends::default());
    for minute in 0..30 {
        bench.rtt = 300 + 20 * minute;
        bench.pass(60);
    }
    let summary = bench.monitor.health_summary(at(bench.now), &bench.manager);
    let latency = summary.trends.latency.unwrap();
    assert_eq!(latency.direction, Direction::Degrading);
    assert!((latency.slope - 20.0).abs() < 2.0, "{} ms a minute", latency.slope);
    let forecast = latency.forecast.unwrap();
    // Each minute's latency stands for its middle: 880 ms half a minute ago and 20 more every minute
    // are 1000 in five and a half.
    let minutes = |at: Instant, now: u64| at.as_millis() as f64 / 60e3 - now as f64 / 60.0;
    let expected = minutes(forecast.expected_at, bench.now);
    assert!((5.2..5.8).contains(&expected), "{expected}");
    assert!(forecast.earliest_at <= forecast.expected_at);
    assert!(forecast.latest_at.unwrap() >= forecast.expected_at);
    assert_eq!(summary.trends.connections.unwrap().direction, Direction::Stable);
    assert_eq!(summary.trends.errors.unwrap().direction, Direction::Stable);
}

#[test]
fn falling_latency_growing_fleets_and_rising_errors_have_words_of_their_own() {
    let mut bench = Bench::new(20);
    for minute in 0..25_u64 {
        bench.rtt = 500 - 15 * minute;
        for number in 0..2 {
            let id = std::format!("m{minute}-{number}");
            let registration = Registration::new(id, "web");
            bench.manager.register_connection(at(bench.now), registration).unwrap();
        }
        for _ in 0..minute {
            bench.manager.disconnect(at(bench.now), "s0", Cause::Network).unwrap();
            bench.set_status("s0", Status::Connected);
        }
        bench.pass(60);
    }
    let HealthTrends { connections, errors, latency } = bench.monitor.trends(at(bench.now));
    assert_eq!(connections.unwrap().direction, Direction::Growing);
    assert_eq!(latency.unwrap().direction, Direction::Improving);
    let errors = errors.unwrap();
    assert!(errors.slope >= 0.0 && errors.forecast.is_none());
}

#[test]
fn a_pause_leaves_a_gap_and_constant_values_have_no_trend() {
    let mut bench = Bench::new(2);
    bench.pass(60 * 15);
    bench.now += 60 * 10;
    bench.pass(60 * 8);
    let latency = bench.monitor.trends(at(bench.now)).latency.unwrap();
    assert_eq!(latency.direction, Direction::Stable);
    assert!(latency.z.abs() < 1e-9 && latency.change.abs() < 1e-9);
    bench.now += 60 * 60 * 24;
    bench.pass(60 * 5);
    assert_eq!(bench.monitor.trends(at(bench.now)).latency, None, "too few points are left");
}
