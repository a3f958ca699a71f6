//! What raises an alert.

use super::*;

#[test]
fn errors_raise_an_alert_only_when_there_are_enough_events() {
    let mut bench = Bench::new(2);
    for _ in 0..6 {
        bench.manager.disconnect(at(bench.now), "s0", Cause::Network).unwrap();
        bench.set_status("s0", Status::Connected);
        bench.wait(10);
    }
    assert!(bench.metrics().error_rate > 0.3);
    assert_eq!(bench.active(), [], "a dozen events are too few");
    for _ in 0..100 {
        bench.manager.disconnect(at(bench.now), "s0", Cause::Network).unwrap();
        bench.set_status("s0", Status::Connected);
        bench.wait(1);
    }
    assert_eq!(bench.active(), [AlertKind::HighErrorRate]);
    assert_eq!(bench.alerts[0].severity, Severity::Critical);
}

#[test]
fn a_fleet_is_judged_by_the_share_that_is_healthy() {
    let mut bench = Bench::new(20);
    bench.pass(5);
    for number in 0..5 {
        bench.set_status(&std::format!("s{number}"), Status::Reconnecting);
    }
    bench.pass(30);
    assert_eq!(bench.active(), [AlertKind::LowConnectionQuality]);
    assert!((bench.alerts[0].value - 0.75).abs() < 1e-9);
    assert_eq!(bench.alerts[0].severity, Severity::Low);
    for number in 0..5 {
        bench.set_status(&std::format!("s{number}"), Status::Connected);
    }
    bench.pass(70);
    assert_eq!(bench.active(), []);
}

#[test]
fn a_session_alone_is_judged_by_its_level() {
    let mut bench = Bench::new(1);
    bench.rtt = 1000;
    bench.pass(40);
    let alert = bench.monitor.active_alerts().last().unwrap();
    assert_eq!((alert.kind, alert.severity), (AlertKind::LowConnectionQuality, Severity::Medium));
}

#[test]
fn a_session_that_is_suspended_or_closed_raises_neither_latency_nor_quality() {
    for status in [Status::Suspended, Status::Disconnected] {
        let mut bench = Bench::new(1);
        bench.rtt = 5000;
        bench.pass(10);
        bench.set_status("s0", status);
        bench.wait(300);
        assert_eq!(bench.names(), [""; 0], "{status:?}");
    }
}
