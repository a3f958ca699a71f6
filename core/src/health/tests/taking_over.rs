//! Monitors that carry on what others have begun.

use super::*;

#[test]
fn a_monitor_that_takes_over_carries_on_the_lives_of_alerts() {
    let mut bench = Bench::new(4);
    bench.rtt = 1200;
    bench.pass(80);
    let id = bench.alerts[0].id;
    bench.monitor.acknowledge_alert(at(bench.now), id).unwrap();
    bench.wait(1);
    bench.told.clear();

    let judged = bench.monitor.remembered_alerts().clone();
    let mut other = HealthMonitor::new(HealthConfig::default(), at(bench.now)).unwrap();
    other.restore_alerts(judged);
    bench.monitor = other;
    bench.pass(60);
    assert!(bench.told.is_empty(), "nothing is raised anew: {:?}", bench.told);
    let alert = bench.monitor.active_alerts().find(|alert| alert.id == id).unwrap();
    assert_eq!(alert.state, AlertState::Acknowledged);
    bench.rtt = 50;
    bench.pass(140);
    assert!(!bench.names().contains(&"created"), "{:?}", bench.told);
    assert!(bench.alerts.iter().any(|over| over.id == id && over.state == AlertState::Resolved));
}

#[test]
fn one_that_only_collects_leaves_alerts_to_another() {
    let mut bench = Bench::new(1);
    let critical = Some(crate::quality::Quality::Critical);
    let mut bad = bench.manager.connection("s0").unwrap();
    bad.status = Status::Connected;
    bad.connection_quality = critical;
    for second in (5..=60).step_by(5) {
        bench.manager.observe(at(second), &bad, &<_>::default(), Duration::from_secs(30)).unwrap();
        assert!(bench.monitor.collect_metrics(at(second), &mut bench.manager));
        assert!(!bench.monitor.collect_metrics(at(second), &mut bench.manager));
    }
    assert_eq!(bench.monitor.alerts().count(), 0);
    bench.monitor.judge_alerts(at(60), &bench.manager);
    bench.monitor.judge_alerts(at(75), &bench.manager);
    assert_eq!(bench.active(), [AlertKind::LowConnectionQuality]);
}

#[test]
fn what_happened_before_it_began_counts_in_windows_and_trends() {
    let mut bench = Bench::new(0);
    bench.now = 3600;
    bench.monitor = HealthMonitor::new(HealthConfig::default(), at(3600)).unwrap();
    for minute in 40..60 {
        let mut activity = Activity::default();
        // In one of them nothing happened.
        let beats = if minute == 50 { 0 } else { 10 };
        activity.heartbeats = beats;
        (0..beats).for_each(|_| activity.latency.record(Duration::from_millis(10 * minute)));
        bench.monitor.restore_activity(at(60 * minute), at(60 * (minute + 1)), activity);
    }
    let metrics = bench.metrics();
    assert_eq!(metrics.last_hour.unwrap().count, 190);
    assert_eq!(metrics.last_5_minutes.unwrap().count, 50);
    let summary = bench.monitor.health_summary(at(3600), &bench.manager);
    let latency = summary.trends.latency.unwrap();
    assert_eq!(latency.direction, Direction::Degrading);
    assert!((latency.slope - 10.0).abs() < 1.0, "ms in a minute: {}", latency.slope);
    assert_eq!(summary.trends.connections, None);
    bench.pass(60);
    assert_eq!(bench.monitor.trends(at(3660)).latency.unwrap().direction, Direction::Degrading);
}

#[cfg(feature = "serde")]
#[test]
fn of_stored_alerts_what_no_monitor_would_have_kept_is_left_out() {
    let mut bench = Bench::new(0);
    bench.lag(250);
    bench.wait(60);
    let mut stored = serde_json::to_value(bench.monitor.remembered_alerts()).unwrap();
    assert_eq!(serde_json::from_value::<Alerts>(stored.clone()).unwrap().all().count(), 1);
    let overload = stored["live"][0].clone();
    let alert = overload["alert"].clone();
    stored["live"] = serde_json::json!([overload, null, null, overload]);
    stored["over"] = (0..100).map(|_| alert.clone()).collect();
    bench.monitor.restore_alerts(serde_json::from_value(stored).unwrap());
    assert_eq!(bench.active(), [AlertKind::SystemOverload], "one of a kind");
    assert_eq!(bench.monitor.alerts().count(), 60);
}
