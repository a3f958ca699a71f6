//! The health of a manager's sessions, collected and judged by itself.

#![allow(clippy::unwrap_used, reason = "a helper of a test may fail as the test does")]

use std::time::{Duration, SystemTime};

use futures::StreamExt as _;
use steadfast::{
    Alert, AlertKind, AlertRule, AlertState, ConnectionManager, Event, EventKind, Events,
    HealthConfig, HealthError, HealthMonitor, ManagerConfig, Registration, Severity, SystemLoad,
};
use tokio::runtime::Handle;
use tokio::time::sleep;

const SECOND: Duration = Duration::from_secs(1);

fn manager() -> ConnectionManager {
    let config = ManagerConfig { expect_heartbeats: false, ..ManagerConfig::default() };
    let manager = ConnectionManager::new(config).unwrap();
    manager.register_connection(Registration::new("s1", "web")).unwrap();
    manager
}

fn monitor(manager: &ConnectionManager) -> HealthMonitor {
    HealthMonitor::new(manager, HealthConfig::default()).unwrap()
}

fn beat(manager: &ConnectionManager, millis: u64) {
    manager.update_heartbeat("s1", SystemTime::now() - Duration::from_millis(millis)).unwrap();
}

/// Of a machine that has nothing else to do, whatever runs beside the tests.
fn queue(fill: f64) -> SystemLoad {
    SystemLoad { cpu: Some(0.0), queue: Some(fill), ..SystemLoad::default() }
}

/// The next name of an event that tells of an alert of that kind, and the alert.
async fn told(events: &mut Events<Event>, about: AlertKind) -> (&'static str, Alert) {
    loop {
        let kind = events.next().await.unwrap().unwrap().kind;
        let name = kind.name();
        if let EventKind::AlertAcknowledged(alert)
        | EventKind::AlertChanged(alert)
        | EventKind::AlertCreated(alert)
        | EventKind::AlertResolved(alert) = kind
            && alert.kind == about
        {
            return (name, *alert);
        }
    }
}

async fn nothing_runs() {
    let alive = || Handle::current().metrics().num_alive_tasks();
    for _ in 0..1000 {
        if alive() == 0 {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("{} tasks go on", alive());
}

#[tokio::test(start_paused = true)]
async fn metrics_are_those_of_the_managers_sessions_and_are_collected_every_five_seconds() {
    let manager = manager();
    let monitor = monitor(&manager);
    let mut events = monitor.events();
    beat(&manager, 40);
    let metrics = monitor.current_health_metrics();
    assert_eq!((metrics.total_connections, metrics.live_connections), (1, 1));
    assert!(metrics.average_latency >= Some(Duration::from_millis(39)));
    let began = tokio::time::Instant::now();
    for collection in 1..=3 {
        let event = events.next().await.unwrap().unwrap();
        assert_eq!(event.kind.name(), "health.metrics.collected");
        assert_eq!(began.elapsed().as_secs(), 5 * collection);
    }
    let summary = monitor.health_summary();
    assert_eq!((summary.metrics.total_connections, summary.alerts.len()), (1, 0));
    assert_eq!((summary.trends, monitor.trends().latency), (monitor.trends(), None));
    assert!(summary.metrics.processing_time.is_some());
}

#[tokio::test(start_paused = true)]
async fn an_alert_is_told_when_it_is_raised_acknowledged_and_over() {
    let manager = manager();
    let quick = AlertRule {
        for_at_least: 10 * SECOND,
        keep_firing_for: 10 * SECOND,
        ..HealthConfig::default().high_latency
    };
    let config = HealthConfig { high_latency: quick, ..HealthConfig::default() };
    let monitor = HealthMonitor::new(&manager, config).unwrap();
    let mut events = monitor.events();
    for _ in 0..3 {
        beat(&manager, 1600);
    }
    let latency = AlertKind::HighLatency;
    let (name, created) = told(&mut events, latency).await;
    assert_eq!((name, created.severity), ("health.alert.created", Severity::Medium));
    assert!(monitor.active_alerts().contains(&created));

    let acknowledged = monitor.acknowledge_alert(created.id).unwrap();
    assert_eq!(acknowledged.state, AlertState::Acknowledged);
    let (name, alert) = told(&mut events, latency).await;
    assert_eq!((name, alert), ("health.alert.acknowledged", acknowledged));
    let again = monitor.acknowledge_alert(created.id).unwrap_err();
    assert_eq!(again.code(), "health.not_firing");
    assert_eq!(monitor.acknowledge_alert(99).unwrap_err().code(), "health.unknown_alert");

    for _ in 0..100 {
        beat(&manager, 10);
    }
    let (name, resolved) = told(&mut events, latency).await;
    assert_eq!((name, resolved.id), ("health.alert.resolved", created.id));
    assert_eq!(resolved.state, AlertState::Resolved);
    assert!(monitor.active_alerts().iter().all(|alert| alert.kind != latency));
    assert!(monitor.alerts().contains(&resolved));
}

#[tokio::test(start_paused = true)]
async fn a_queue_that_stays_full_is_an_overload_until_it_is_empty_again() {
    let manager = manager();
    let monitor = monitor(&manager);
    let mut events = monitor.events();
    let work = |fill| {
        let monitor = monitor.clone();
        tokio::spawn(async move {
            loop {
                monitor.report_system_load(queue(fill));
                sleep(SECOND).await;
            }
        })
    };
    let full = work(1.0);
    let (name, alert) = told(&mut events, AlertKind::SystemOverload).await;
    assert_eq!((name, alert.severity), ("health.alert.created", Severity::Low));
    assert_eq!(monitor.current_health_metrics().system_load.unwrap().queue, Some(1.0));
    full.abort();
    let empty = work(0.0);
    let (name, over) = told(&mut events, AlertKind::SystemOverload).await;
    assert_eq!((name, over.id), ("health.alert.resolved", alert.id));
    empty.abort();
}

#[tokio::test(start_paused = true)]
async fn sessions_near_the_managers_limit_are_an_overload() {
    let config = ManagerConfig { max_sessions: 5, expect_heartbeats: false, ..<_>::default() };
    let manager = ConnectionManager::new(config).unwrap();
    let monitor = monitor(&manager);
    let mut events = monitor.events();
    for number in 1..=4 {
        manager.register_connection(Registration::new(format!("s{number}"), "web")).unwrap();
    }
    let sessions = || monitor.current_health_metrics().system_load.unwrap().sessions;
    assert_eq!((sessions(), monitor.active_alerts()), (Some(0.8), Vec::new()));
    manager.register_connection(Registration::new("s5", "web")).unwrap();
    // Of a machine that has nothing else to do: the share of sessions is not said.
    monitor.report_system_load(queue(0.0));
    let (name, alert) = told(&mut events, AlertKind::SystemOverload).await;
    assert_eq!((name, alert.value), ("health.alert.created", 1.25));
    assert_eq!(sessions(), Some(1.0));
}

#[tokio::test(start_paused = true)]
async fn a_runtime_that_wakes_its_tasks_late_is_seen_in_the_load() {
    let monitor = monitor(&manager());
    let load = || monitor.current_health_metrics().system_load.unwrap();
    sleep(2 * SECOND).await;
    assert!(load().loop_lag_p95 < Some(Duration::from_millis(100)), "{:?}", load());
    for _ in 0..10 {
        tokio::time::advance(SECOND).await;
        sleep(Duration::from_millis(1)).await;
    }
    assert!(load().loop_lag_p95 >= Some(Duration::from_millis(400)), "{:?}", load());
}

#[cfg(feature = "sysinfo")]
#[tokio::test(start_paused = true)]
async fn the_machine_is_looked_at_without_being_asked() {
    let monitor = monitor(&manager());
    sleep(Duration::from_secs(11)).await;
    let load = monitor.current_health_metrics().system_load.unwrap();
    assert!(load.memory_used > Some(0) && load.memory_used <= load.memory_total, "{load:?}");
    assert!(load.cpu.is_some_and(|cpu| (0.0..=1.0).contains(&cpu)), "{load:?}");
}

#[tokio::test]
async fn what_makes_no_sense_is_refused() {
    let config = HealthConfig { interval: Duration::from_millis(1), ..HealthConfig::default() };
    let refused = HealthMonitor::new(&manager(), config).unwrap_err();
    assert_eq!(refused.code(), "config.out_of_range");
    assert!(refused.to_string().contains("health.interval"), "{refused}");
}

#[tokio::test(start_paused = true)]
async fn a_monitor_that_was_closed_collects_no_more_and_its_task_ends() {
    let manager = manager();
    let monitor = monitor(&manager);
    let mut events = monitor.events();
    sleep(6 * SECOND).await;
    monitor.close();
    monitor.close();
    assert!(events.next().await.is_some_and(|event| event.is_ok()));
    assert_eq!(events.next().await, None);
    assert_eq!(monitor.events().next().await, None);
    let refused = monitor.acknowledge_alert(1).unwrap_err();
    assert_eq!((refused.code(), refused), ("health.closed", HealthError::Closed));
    assert_eq!(monitor.current_health_metrics().total_connections, 1);
    manager.close();
    nothing_runs().await;
}

#[tokio::test]
async fn the_tasks_of_both_end_when_the_last_clone_of_a_monitor_is_dropped() {
    let manager = manager();
    let monitor = monitor(&manager);
    tokio::task::yield_now().await;
    drop(manager);
    assert_eq!(monitor.clone().current_health_metrics().total_connections, 1);
    drop(monitor);
    nothing_runs().await;
}

#[tokio::test(start_paused = true)]
async fn of_a_manager_that_was_closed_no_sessions_are_found() {
    let manager = manager();
    let monitor = monitor(&manager);
    manager.close();
    sleep(10 * SECOND).await;
    assert_eq!(monitor.current_health_metrics().total_connections, 0);
}
