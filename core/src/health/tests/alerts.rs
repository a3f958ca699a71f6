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
    let mut bench = Bench::new(1);
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
fn it_is_raised_and_over_at_the_moment_that_its_rule_says() {
    let mut bench = Bench::new(0);
    bench.lag(250);
    bench.wait(60);
    assert_eq!(bench.told, [(20, "created".into())], "15 s after it was first seen, at 5 s");
    let created = bench.alerts[0].clone();
    assert_eq!((created.began_at, created.created_at), (at(5), Some(at(20))));
    bench.lag(10);
    bench.wait(120);
    assert_eq!(bench.told[1..], [(125, "resolved".into())], "60 s after it was last seen, at 60 s");
    let resolved = &bench.alerts[1];
    assert_eq!((resolved.id, resolved.resolved_at), (created.id, Some(at(125))));
}

#[test]
fn a_value_at_its_threshold_is_not_beyond_it() {
    let mut bench = Bench::new(0);
    bench.lag(200);
    bench.wait(60);
    assert_eq!(bench.monitor.alerts().count(), 0);
    bench.lag(250);
    bench.wait(60);
    bench.lag(120);
    bench.wait(120);
    assert_eq!(bench.active(), [AlertKind::SystemOverload], "60 % of it is not below 60 %");
}

#[test]
fn a_relapse_begins_the_time_anew_that_it_takes_to_be_over() {
    let mut bench = Bench::new(0);
    bench.lag(250);
    bench.wait(60);
    bench.lag(10);
    bench.wait(50);
    bench.lag(150);
    bench.wait(10);
    bench.lag(10);
    bench.wait(60);
    assert_eq!(bench.names(), ["created"]);
    bench.wait(10);
    assert_eq!(bench.names(), ["created", "resolved"]);
}

#[test]
fn what_is_unknown_in_between_does_not_keep_an_alert_that_is_clear_from_being_over() {
    let mut bench = Bench::new(0);
    bench.lag(250);
    bench.wait(30);
    bench.lag(10);
    bench.wait(30);
    bench.load = SystemLoad::default();
    bench.wait(20);
    bench.lag(10);
    bench.wait(20);
    assert_eq!(bench.alerts.last().unwrap().state, AlertState::Resolved);
    assert_eq!(bench.told[1].0, 95);
}

#[test]
fn one_expires_only_after_a_minute_in_which_nothing_was_known() {
    let mut bench = Bench::new(0);
    bench.lag(250);
    bench.wait(30);
    for _ in 0..3 {
        bench.load = SystemLoad::default();
        bench.wait(50);
        bench.lag(250);
        bench.wait(10);
    }
    assert_eq!(bench.names(), ["created"], "what is known begins the time anew");
    bench.load = SystemLoad::default();
    bench.wait(60);
    assert_eq!(bench.names(), ["created"]);
    bench.wait(5);
    assert_eq!(bench.alerts.last().unwrap().state, AlertState::Expired);
}

#[test]
fn what_is_unknown_while_it_is_pending_forgets_it() {
    let mut bench = Bench::new(0);
    bench.lag(250);
    bench.wait(10);
    assert_eq!(bench.monitor.alerts().count(), 1);
    bench.load = SystemLoad::default();
    bench.wait(5);
    assert_eq!(bench.monitor.alerts().count(), 0);
}

#[test]
fn it_tells_what_the_value_was_when_it_was_raised_and_shows_what_it_is() {
    let mut bench = Bench::new(0);
    bench.lag(220);
    bench.wait(10);
    bench.lag(500);
    bench.wait(10);
    let created = &bench.alerts[0];
    assert_eq!((created.severity, created.value.to_bits()), (Severity::High, 2.5_f64.to_bits()));
    assert_eq!(created.threshold.to_bits(), 1.0_f64.to_bits());
    bench.lag(450);
    bench.wait(5);
    let shown = bench.monitor.active_alerts().next().unwrap();
    assert_eq!(shown.value.to_bits(), 2.25_f64.to_bits());
}
