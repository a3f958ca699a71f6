//! What the metrics speak of.

use super::*;
use crate::health::history::History;
use crate::health::series::Series;

#[test]
fn metrics_speak_of_the_sessions_now_and_of_the_last_minute() {
    let mut bench = Bench::new(1);
    bench.rtt = 100;
    bench.pass(2);
    bench.set_status("s0", Status::Reconnecting);
    bench.wait(3);
    let metrics = bench.metrics();
    assert_eq!((metrics.total_connections, metrics.unhealthy_connections), (1, 1));
    assert_eq!(metrics.average_latency, Some(Duration::from_millis(100)));
    assert!((metrics.disconnection_rate - 12.0).abs() < 1e-9, "one in 5 s is 12 a minute");
    assert!((metrics.error_rate - 1.0 / 4.0).abs() < 1e-9);

    bench.wait(100);
    let later = bench.metrics();
    assert_eq!(later.average_latency, None, "what is older than a minute is forgotten");
    let five = later.last_5_minutes.unwrap();
    assert_eq!((five.count, five.average), (2, Duration::from_millis(100)));
    assert_eq!(later.last_hour, Some(five));
    bench.wait(400);
    assert_eq!(bench.metrics().last_5_minutes, None);
    assert_eq!(bench.metrics().last_hour, Some(five));
    bench.wait(4000);
    assert_eq!(bench.metrics().last_hour, None);
}

#[test]
fn an_event_tells_each_collection_and_extra_calls_do_nothing() {
    let mut bench = Bench::new(1);
    bench.monitor.handle_timeout(at(4), &mut bench.manager);
    assert_eq!(bench.monitor.poll_output(), None);
    bench.monitor.handle_timeout(at(5), &mut bench.manager);
    bench.monitor.handle_timeout(at(5), &mut bench.manager);
    let event = bench.monitor.poll_output().unwrap();
    assert_eq!(event.kind.name(), "health.metrics.collected");
    assert_eq!(bench.monitor.poll_output(), None);
    assert!(bench.monitor.poll_timeout() > at(5));
}

#[test]
fn the_whole_history_takes_less_than_10_kb() {
    let bytes = size_of::<History>() + size_of::<Series>();
    assert!(bytes <= 10_000, "{bytes} B");
}

#[test]
fn events_that_nobody_polls_are_bounded_and_the_last_ones_stay() {
    let mut monitor = HealthMonitor::new(at_once(), at(0)).unwrap();
    let mut manager = Bench::new(0).manager;
    for turn in 1..=200 {
        let cpu = Some(if turn % 2 == 0 { 1.0 } else { 0.1 });
        monitor.handle_load(at(5 * turn), SystemLoad { cpu, ..<_>::default() });
        monitor.handle_timeout(at(5 * turn), &mut manager);
    }
    let events: Vec<_> = core::iter::from_fn(|| monitor.poll_output()).collect();
    assert_eq!(events.len(), 64);
    assert_eq!(events[63].at, at(1000));
    let collected = events.iter().filter(|event| event.kind.name() == "health.metrics.collected");
    assert_eq!(collected.count(), 1, "metrics that nobody polled are replaced by newer ones");
}
