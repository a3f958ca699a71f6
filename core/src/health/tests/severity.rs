//! How bad an alert is, and what somebody who knows of it hears.

use super::*;

#[test]
fn the_severity_follows_how_far_the_value_is_beyond_its_threshold() {
    use Severity::{Critical, High, Low, Medium};
    let severities = [1.01, 1.5, 1.51, 2.0, 2.01, 3.0, 3.01].map(Severity::of);
    assert_eq!(severities, [Low, Low, Medium, Medium, High, High, Critical]);
}

#[test]
fn the_severity_rises_at_once_and_falls_after_a_while() {
    let mut bench = Bench::new(0);
    bench.lag(250);
    bench.wait(30);
    bench.lag(500);
    bench.wait(5);
    assert_eq!(bench.told[1], (35, "changed".into()));
    bench.lag(250);
    bench.wait(10);
    bench.lag(500);
    bench.wait(5);
    bench.lag(250);
    bench.wait(15);
    assert_eq!(bench.names(), ["created", "changed"], "it was worse in between");
    bench.wait(10);
    assert_eq!(bench.told[2], (70, "changed".into()), "15 s after it was first less, at 55 s");
    assert_eq!(bench.alerts[2].severity, Severity::Low);
}

#[test]
fn it_falls_step_by_step_each_after_its_own_while() {
    let mut bench = Bench::new(0);
    bench.lag(700);
    bench.wait(30);
    bench.lag(350);
    bench.wait(20);
    assert_eq!(bench.told[1], (50, "changed".into()), "15 s after it was first less, at 35 s");
    bench.lag(250);
    bench.wait(15);
    assert_eq!(bench.told.len(), 2);
    bench.wait(5);
    assert_eq!(bench.told[2], (70, "changed".into()));
    let severities: Vec<_> = bench.alerts.iter().map(|alert| alert.severity).collect();
    assert_eq!(severities, [Severity::Critical, Severity::Medium, Severity::Low]);
}

#[test]
fn an_acknowledged_alert_speaks_again_only_when_it_grows_worse() {
    let mut bench = Bench::new(0);
    bench.lag(250);
    bench.wait(30);
    let id = bench.alerts[0].id;
    let acknowledged = bench.monitor.acknowledge_alert(at(30), id).unwrap();
    assert_eq!(acknowledged.state, AlertState::Acknowledged);
    assert_eq!(acknowledged.acknowledged_at, Some(at(30)));
    bench.wait(60);
    assert_eq!(bench.names(), ["created", "acknowledged"], "it is silent");
    bench.lag(500);
    bench.wait(5);
    assert_eq!(bench.names(), ["created", "acknowledged", "changed"]);
    let worse = bench.monitor.active_alerts().next().unwrap();
    assert_eq!((worse.severity, worse.state), (Severity::High, AlertState::Firing));
    assert_eq!(worse.id, id);
    assert_eq!(worse.acknowledged_at, None);
}

#[test]
fn an_acknowledged_alert_keeps_its_severity_while_it_is_less_bad() {
    let mut bench = Bench::new(0);
    bench.lag(500);
    bench.wait(30);
    bench.monitor.acknowledge_alert(at(30), bench.alerts[0].id).unwrap();
    for millis in [250, 500, 350, 600] {
        bench.lag(millis);
        bench.wait(60);
    }
    assert_eq!(bench.names(), ["created", "acknowledged"], "it is no worse than it was");
    let known = bench.monitor.active_alerts().next().unwrap();
    assert_eq!((known.severity, known.state), (Severity::High, AlertState::Acknowledged));
    bench.lag(700);
    bench.wait(5);
    assert_eq!(bench.names().last(), Some(&"changed"));
    assert_eq!(bench.alerts.last().unwrap().severity, Severity::Critical);
}

#[test]
fn only_an_alert_that_fires_can_be_acknowledged() {
    let mut bench = Bench::new(0);
    bench.lag(250);
    bench.wait(10);
    let id = bench.monitor.alerts().next().unwrap().id;
    let refused =
        |bench: &mut Bench, id| bench.monitor.acknowledge_alert(at(bench.now), id).unwrap_err();
    let pending = refused(&mut bench, id);
    assert_eq!(pending, HealthError::NotFiring { id, state: AlertState::Pending });
    assert_eq!(refused(&mut bench, id + 1), HealthError::UnknownAlert(id + 1));
    bench.wait(20);
    bench.monitor.acknowledge_alert(at(bench.now), id).unwrap();
    let acknowledged = HealthError::NotFiring { id, state: AlertState::Acknowledged };
    assert_eq!(refused(&mut bench, id), acknowledged);
    bench.lag(10);
    bench.wait(100);
    let resolved = refused(&mut bench, id);
    assert_eq!(resolved, HealthError::NotFiring { id, state: AlertState::Resolved });
    let codes = [resolved.code(), HealthError::UnknownAlert(9).code()];
    assert_eq!(codes, ["health.not_firing", "health.unknown_alert"]);
}
