//! The life of an alert, from its first moment to the day it is forgotten.

use super::*;

#[test]
fn high_latency_is_raised_after_30_s_and_over_after_a_minute() {
    let mut bench = Bench::new(10);
    bench.pass(120);
    assert_eq!(bench.names(), [""; 0]);
    bench.rtt = 1400;
    bench.pass(10);
    let all = bench.monitor.alerts();
    let pending: Vec<_> = all.filter(|alert| alert.state == AlertState::Pending).collect();
    assert!(pending.iter().any(|alert| alert.kind == AlertKind::HighLatency));
    assert_eq!(bench.active(), []);
    bench.pass(110);
    let created = bench.alerts.iter().position(|alert| alert.kind == AlertKind::HighLatency);
    let (created, raised_at) = (&bench.alerts[created.unwrap()], bench.told[created.unwrap()].0);
    let of = (created.kind, created.severity, created.state);
    assert_eq!(of, (AlertKind::HighLatency, Severity::Low, AlertState::Firing));
    assert!((created.value / 1400.0 - 1.0).abs() < 0.044 && created.threshold > 999.0);
    assert!((150..=160).contains(&raised_at), "{raised_at}");
    assert!(bench.active().contains(&AlertKind::HighLatency));
    bench.rtt = 50;
    bench.pass(300);
    let resolved = bench.alerts.iter().rfind(|alert| alert.kind == AlertKind::HighLatency);
    assert_eq!(resolved.unwrap().state, AlertState::Resolved);
    assert_eq!(bench.active(), []);
    assert!(bench.monitor.alerts().count() >= 1, "it is remembered for an hour");
    bench.pass(3700);
    assert_eq!(bench.monitor.alerts().count(), 0);
}

#[test]
fn a_short_peak_raises_nothing_and_a_value_between_the_lines_changes_nothing() {
    let config = HealthConfig {
        system_overload: OverloadRule { for_at_least: Duration::from_secs(15), ..<_>::default() },
        ..HealthConfig::default()
    };
    let mut bench = Bench::with(1, config);
    bench.load.cpu = Some(0.95);
    bench.pass(14);
    bench.load.cpu = Some(0.7);
    bench.pass(5);
    assert_eq!((bench.active(), bench.monitor.alerts().count()), (Vec::new(), 0));
    bench.load.cpu = Some(0.95);
    bench.pass(30);
    assert_eq!(bench.names(), ["created"]);
    bench.load.cpu = Some(0.7);
    bench.pass(600);
    assert_eq!(bench.names(), ["created"], "between raise and clear it goes on");
    bench.load.cpu = Some(0.5);
    bench.pass(70);
    assert_eq!(bench.names(), ["created", "resolved"]);
}

#[test]
fn an_acknowledged_alert_speaks_again_only_when_it_grows_worse() {
    let mut bench = Bench::new(1);
    bench.load.queue = Some(0.81);
    bench.load.loop_lag_p95 = Some(Duration::from_millis(250));
    bench.pass(30);
    let id = bench.alerts[0].id;
    let acknowledged = bench.monitor.acknowledge_alert(at(30), id).unwrap();
    assert_eq!(acknowledged.state, AlertState::Acknowledged);
    assert_eq!(acknowledged.acknowledged_at, Some(at(30)));
    bench.pass(60);
    assert_eq!(bench.names(), ["created", "acknowledged"], "it is silent");
    bench.load.loop_lag_p95 = Some(Duration::from_millis(500));
    bench.pass(5);
    assert_eq!(bench.names(), ["created", "acknowledged", "changed"]);
    let worse = bench.monitor.active_alerts().next().unwrap();
    assert_eq!((worse.severity, worse.state), (Severity::High, AlertState::Firing));
    assert_eq!(worse.id, id);
    // It gets better, and says so once it has been for a while.
    bench.load.loop_lag_p95 = Some(Duration::from_millis(250));
    bench.pass(10);
    assert_eq!(bench.names().len(), 3);
    bench.pass(20);
    assert_eq!(bench.alerts.last().unwrap().severity, Severity::Low);
    let code = |refused: Result<Alert, HealthError>| refused.unwrap_err().code();
    assert_eq!(code(bench.monitor.acknowledge_alert(at(200), 99)), "health.unknown_alert");
    bench.load = SystemLoad { queue: Some(0.1), ..SystemLoad::default() };
    bench.pass(200);
    assert_eq!(code(bench.monitor.acknowledge_alert(at(400), id)), "health.not_firing");
}

#[test]
fn an_alert_of_which_nothing_is_known_any_more_expires() {
    let mut bench = Bench::new(1);
    bench.rtt = 5000;
    bench.pass(40);
    assert!(bench.active().contains(&AlertKind::HighLatency));
    bench.set_status("s0", Status::Suspended);
    bench.wait(70);
    assert_eq!(bench.active(), []);
    assert!(bench.monitor.alerts().all(|alert| alert.state == AlertState::Expired));
}

#[test]
fn no_more_than_64_alerts_are_remembered() {
    let rule = OverloadRule {
        for_at_least: Duration::ZERO,
        keep_firing_for: Duration::ZERO,
        ..OverloadRule::default()
    };
    let config = HealthConfig { system_overload: rule, ..HealthConfig::default() };
    let mut bench = Bench::with(1, config);
    for turn in 0..300 {
        bench.load.cpu = Some(if turn % 2 == 0 { 1.0 } else { 0.1 });
        bench.wait(5);
    }
    let ids: Vec<_> = bench.monitor.alerts().map(|alert| alert.id).collect();
    assert!(ids.len() > 55 && ids.len() <= 64, "{}", ids.len());
    assert_eq!(bench.names().len(), 300);
}
