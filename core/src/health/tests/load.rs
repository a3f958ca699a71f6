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

#[test]
fn the_last_120_lags_count_in_whatever_order_they_came() {
    let mut bench = Bench::new(0);
    let lag = |bench: &Bench, secs| {
        let metrics = bench.monitor.current_health_metrics(at(secs), &bench.manager);
        metrics.system_load.and_then(|load| load.loop_lag_p95).unwrap().as_millis()
    };
    (0..50).for_each(|_| bench.monitor.handle_lag(at(1), Duration::from_millis(900)));
    for millis in [30, 10, 20] {
        bench.monitor.handle_lag(at(100), Duration::from_millis(millis));
    }
    assert_eq!(lag(&bench, 100), 30, "what came more than a minute before is forgotten");
    bench.monitor.handle_lag(at(160), Duration::from_millis(40));
    assert_eq!(lag(&bench, 160), 40);
    (0..7).for_each(|_| bench.monitor.handle_lag(at(160), Duration::from_millis(700)));
    (0..113).for_each(|_| bench.monitor.handle_lag(at(160), Duration::from_millis(5)));
    assert_eq!(lag(&bench, 160), 700, "7 of 120 are more than 5 %");
    bench.monitor.handle_lag(at(160), Duration::from_millis(5));
    assert_eq!(lag(&bench, 160), 5, "6 of 120 are not");
    bench.monitor.handle_lag(at(160), Duration::MAX);
    assert_eq!(lag(&bench, 160), 5);
}

#[test]
fn shares_are_from_0_to_1_and_nonsense_is_unknown() {
    let mut bench = Bench::new(0);
    let said = SystemLoad {
        cpu: Some(7.0),
        queue: Some(-1.0),
        long_tasks: Some(f64::NAN),
        ..<_>::default()
    };
    bench.monitor.handle_load(at(1), said);
    let load = |bench: &Bench, secs| {
        bench.monitor.current_health_metrics(at(secs), &bench.manager).system_load
    };
    let none = Some(0.0);
    let known = SystemLoad { cpu: Some(1.0), queue: none, sessions: none, ..<_>::default() };
    assert_eq!(load(&bench, 61), Some(known));
    let rest = SystemLoad { sessions: none, ..<_>::default() };
    assert_eq!(load(&bench, 62), Some(rest), "it counts for a minute");
}

/// A manager that holds at most ten sessions, that many of which are registered.
fn bench_with_room_for_ten(sessions: usize) -> Bench {
    let mut bench = Bench::new(0);
    let config = ManagerConfig { max_sessions: 10, expect_heartbeats: false, ..<_>::default() };
    bench.manager = ConnectionManager::new(config, 1).unwrap();
    register(&mut bench, 0..sessions);
    bench
}

fn register(bench: &mut Bench, numbers: core::ops::Range<usize>) {
    for number in numbers {
        let registration = Registration::new(std::format!("s{number}"), "web");
        bench.manager.register_connection(at(bench.now), registration).unwrap();
    }
}

fn sessions(bench: &Bench) -> Option<f64> {
    bench.metrics().system_load.and_then(|load| load.sessions)
}

#[test]
fn sessions_near_the_managers_limit_are_an_overload_until_there_is_room() {
    let mut bench = bench_with_room_for_ten(8);
    bench.pass(60);
    assert_eq!((sessions(&bench), bench.active()), (Some(0.8), [].to_vec()));
    register(&mut bench, 8..9);
    bench.pass(20);
    assert_eq!(
        (sessions(&bench), bench.active()),
        (Some(0.9), [AlertKind::SystemOverload].to_vec())
    );
    for number in 0..4 {
        bench.manager.remove(&std::format!("s{number}")).unwrap();
    }
    bench.pass(70);
    assert_eq!((sessions(&bench), bench.active()), (Some(0.5), [].to_vec()));
}

#[test]
fn a_share_of_sessions_that_is_reported_counts_for_more_than_the_managers() {
    let mut bench = bench_with_room_for_ten(9);
    bench.load.sessions = Some(0.1);
    bench.pass(60);
    assert_eq!((sessions(&bench), bench.active()), (Some(0.1), [].to_vec()));
}

#[test]
fn a_monitor_of_another_programs_load_leaves_the_managers_limit_out() {
    let mut bench = bench_with_room_for_ten(10);
    let system_overload = OverloadRule { own_sessions: false, ..OverloadRule::default() };
    bench.monitor.reconfigure(HealthConfig { system_overload, ..<_>::default() }).unwrap();
    bench.pass(60);
    assert_eq!((bench.metrics().system_load, bench.active()), (None, [].to_vec()));
}
