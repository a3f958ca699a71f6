//! What an alert keeps from being raised.

use super::*;

#[test]
fn an_overloaded_machine_raises_no_alert_about_what_it_measures() {
    let mut bench = Bench::new(1);
    bench.load.cpu = Some(1.0);
    bench.pass(20);
    bench.rtt = 5000;
    bench.pass(300);
    assert_eq!(bench.active(), [AlertKind::SystemOverload]);
    bench.load.cpu = Some(0.1);
    bench.pass(70);
    let active = [AlertKind::HighLatency, AlertKind::LowConnectionQuality];
    assert_eq!(bench.active(), active, "what goes on is raised when the inhibition ends");
}

#[test]
fn an_overload_of_sessions_alone_holds_no_alert_back() {
    let mut bench = Bench::new(1);
    bench.load.sessions = Some(0.9);
    bench.load.cpu = Some(0.1);
    bench.rtt = 5000;
    bench.pass(60);
    assert!(bench.active().contains(&AlertKind::HighLatency), "{:?}", bench.active());
    assert!(bench.active().contains(&AlertKind::SystemOverload), "{:?}", bench.active());
}

#[test]
fn an_overload_of_who_measures_nothing_holds_no_alert_back() {
    let system_overload = OverloadRule { inhibits: false, ..OverloadRule::default() };
    let mut bench = Bench::with(1, HealthConfig { system_overload, ..HealthConfig::default() });
    bench.load.cpu = Some(1.0);
    bench.rtt = 5000;
    bench.pass(60);
    assert!(bench.active().contains(&AlertKind::HighLatency), "{:?}", bench.active());
    assert!(bench.active().contains(&AlertKind::SystemOverload), "{:?}", bench.active());
}
