use core::time::Duration;
use std::string::String;
use std::vec::Vec;

use super::history::History;
use super::series::Series;
use super::*;
use crate::activity::Activity;
use crate::connection::{Cause, Registration, Status};
use crate::event::EventKind;
use crate::manager::{ConnectionManager, ManagerConfig};
use crate::time::Instant;

fn at(secs: u64) -> Instant {
    Instant::ORIGIN + Duration::from_secs(secs)
}

/// A manager, its monitor and a clock.
struct Bench {
    manager: ConnectionManager,
    monitor: HealthMonitor,
    now: u64,
    load: SystemLoad,
    rtt: u64,
    told: Vec<(u64, String)>,
    alerts: Vec<Alert>,
}

impl Bench {
    fn new(sessions: usize) -> Self {
        Self::with(sessions, HealthConfig::default())
    }

    fn with(sessions: usize, config: HealthConfig) -> Self {
        let config_of_manager = ManagerConfig { expect_heartbeats: false, ..<_>::default() };
        let mut manager = ConnectionManager::new(config_of_manager, 1).unwrap();
        for number in 0..sessions {
            let id = std::format!("s{number}");
            manager.register_connection(at(0), Registration::new(id, "web")).unwrap();
        }
        Self {
            manager,
            monitor: HealthMonitor::new(config, at(0)).unwrap(),
            now: 0,
            load: SystemLoad::default(),
            rtt: 50,
            told: Vec::new(),
            alerts: Vec::new(),
        }
    }

    /// Lets so many seconds pass, with a heartbeat of every connected session in each of them.
    fn pass(&mut self, secs: u64) {
        for _ in 0..secs {
            self.now += 1;
            let now = at(self.now);
            let ids: Vec<_> = self.manager.connections().collect();
            for state in ids.iter().filter(|state| state.status == Status::Connected) {
                let sent = now - Duration::from_millis(self.rtt);
                self.manager.update_heartbeat(now, &state.session_id, sent).unwrap();
            }
            self.tick();
        }
    }

    /// Lets so many seconds pass in silence.
    fn wait(&mut self, secs: u64) {
        (0..secs).for_each(|_| {
            self.now += 1;
            self.tick();
        });
    }

    fn tick(&mut self) {
        let now = at(self.now);
        self.monitor.handle_load(now, self.load);
        self.monitor.handle_timeout(now, &mut self.manager);
        while let Some(event) = self.monitor.poll_output() {
            let name = event.kind.name();
            if let EventKind::AlertCreated(alert)
            | EventKind::AlertChanged(alert)
            | EventKind::AlertAcknowledged(alert)
            | EventKind::AlertResolved(alert) = event.kind
            {
                self.told.push((self.now, name.replace("health.alert.", "")));
                self.alerts.push(*alert);
            }
        }
    }

    fn names(&self) -> Vec<&str> {
        self.told.iter().map(|(_, name)| name.as_str()).collect()
    }

    fn metrics(&self) -> HealthMetrics {
        self.monitor.current_health_metrics(at(self.now), &self.manager)
    }

    fn active(&self) -> Vec<AlertKind> {
        self.monitor.active_alerts().map(|alert| alert.kind).collect()
    }

    fn set_status(&mut self, id: &str, to: Status) {
        self.manager.update_status(at(self.now), id, to).unwrap();
    }
}

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
        bench.manager.observe(at(second), &bad, &<_>::default()).unwrap();
        assert!(bench.monitor.collect_metrics(at(second), &mut bench.manager));
        assert!(!bench.monitor.collect_metrics(at(second), &mut bench.manager));
    }
    assert_eq!(bench.monitor.alerts().count(), 0);
    bench.monitor.judge_alerts(at(60), &bench.manager);
    bench.monitor.judge_alerts(at(75), &bench.manager);
    assert_eq!(bench.active(), [AlertKind::LowConnectionQuality]);
}

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
fn rising_latency_is_called_so_and_its_crossing_foretold() {
    let mut bench = Bench::new(20);
    assert_eq!(bench.monitor.trends(at(0)), HealthTrends::default());
    for minute in 0..30 {
        bench.rtt = 300 + 20 * minute;
        bench.pass(60);
    }
    let summary = bench.monitor.health_summary(at(bench.now), &bench.manager);
    let latency = summary.trends.latency.unwrap();
    assert_eq!(latency.direction, Direction::Degrading);
    assert!((latency.slope - 20.0).abs() < 2.0, "{} ms a minute", latency.slope);
    let forecast = latency.forecast.unwrap();
    // 880 ms now and 20 more every minute: in 6 minutes.
    let minutes = |at: Instant, now: u64| at.as_millis() as f64 / 60e3 - now as f64 / 60.0;
    let expected = minutes(forecast.expected_at, bench.now);
    assert!((4.0..8.0).contains(&expected), "{expected}");
    assert!(forecast.earliest_at <= forecast.expected_at);
    assert!(forecast.latest_at.unwrap() >= forecast.expected_at);
    assert_eq!(summary.trends.connections.unwrap().direction, Direction::Stable);
    assert_eq!(summary.trends.errors.unwrap().direction, Direction::Stable);
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

#[test]
fn falling_latency_growing_fleets_and_rising_errors_have_words_of_their_own() {
    let mut bench = Bench::new(20);
    for minute in 0..25_u64 {
        bench.rtt = 500 - 15 * minute;
        for number in 0..2 {
            let id = std::format!("m{minute}-{number}");
            let registration = Registration::new(id, "web");
            bench.manager.register_connection(at(bench.now), registration).unwrap();
        }
        for _ in 0..minute {
            bench.manager.disconnect(at(bench.now), "s0", Cause::Network).unwrap();
            bench.set_status("s0", Status::Connected);
        }
        bench.pass(60);
    }
    let HealthTrends { connections, errors, latency } = bench.monitor.trends(at(bench.now));
    assert_eq!(connections.unwrap().direction, Direction::Growing);
    assert_eq!(latency.unwrap().direction, Direction::Improving);
    let errors = errors.unwrap();
    assert!(errors.slope >= 0.0 && errors.forecast.is_none());
}

#[test]
fn a_pause_leaves_a_gap_and_constant_values_have_no_trend() {
    let mut bench = Bench::new(2);
    bench.pass(60 * 15);
    bench.now += 60 * 10;
    bench.pass(60 * 8);
    let latency = bench.monitor.trends(at(bench.now)).latency.unwrap();
    assert_eq!(latency.direction, Direction::Stable);
    assert!(latency.z.abs() < 1e-9 && latency.change.abs() < 1e-9);
    bench.now += 60 * 60 * 24;
    bench.pass(60 * 5);
    assert_eq!(bench.monitor.trends(at(bench.now)).latency, None, "too few points are left");
}

#[test]
fn configurations_that_make_no_sense_are_refused_by_name() {
    let field = |change: fn(&mut HealthConfig)| {
        let mut config = HealthConfig::default();
        change(&mut config);
        HealthMonitor::new(config, at(0)).map(drop).unwrap_err().field()
    };
    assert_eq!(field(|c| c.interval = Duration::ZERO), "health.interval");
    assert_eq!(field(|c| c.trend_bucket = Duration::from_secs(1)), "health.trendBucket");
    assert_eq!(field(|c| c.error_rate_events = 0), "health.errorRateEvents");
    assert_eq!(field(|c| c.high_latency.raise = f64::NAN), "health.highLatency.raise");
    assert_eq!(field(|c| c.high_latency.clear = 1001.0), "health.highLatency.clear");
    assert_eq!(field(|c| c.high_error_rate.raise = 1.1), "health.highErrorRate.raise");
    assert_eq!(
        field(|c| c.low_connection_quality.clear = 0.7),
        "health.lowConnectionQuality.clear"
    );
    assert_eq!(field(|c| c.system_overload.clear = 0.95), "health.systemOverload.clear");
    assert_eq!(
        field(|c| c.high_latency.keep_firing_for = Duration::MAX),
        "health.highLatency.keepFiringFor"
    );
}
