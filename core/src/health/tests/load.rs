//! What is known of the machine or the page.

use super::*;

#[test]
fn lags_become_a_percentile_and_are_forgotten_after_a_minute() {
    let mut bench = Bench::new(1);
    for number in 1..=100 {
        bench.monitor.handle_lag(at(1), Duration::from_millis(number));
    }
    let lag = |bench: &Bench, secs| {
        let metrics = bench.monitor.current_health_metrics(at(secs), &bench.manager);
        metrics.system_load.and_then(|load| load.loop_lag_p95)
    };
    assert_eq!(lag(&bench, 2), Some(Duration::from_millis(95)));
    assert_eq!(lag(&bench, 62), None);
    bench.monitor.handle_lag(at(62), Duration::from_millis(7));
    assert_eq!(lag(&bench, 62), Some(Duration::from_millis(7)));
}
