use alloc::boxed::Box;
use alloc::collections::VecDeque;
use alloc::vec::Vec;
use core::time::Duration;

use super::alert::{Alert, AlertKind};
use super::alerts::Alerts;
use super::baseline::Baseline;
use super::config::HealthConfig;
use super::error::HealthError;
use super::history::{History, Window};
use super::load::{Load, SystemLoad};
use super::metrics::{HealthMetrics, LatencySummary};
use super::reading::Reading;
use super::series::Series;
use super::trend::HealthTrends;
use crate::activity::Activity;
use crate::error::ConfigError;
use crate::event::{Event, EventKind};
use crate::manager::ConnectionManager;
use crate::time::{Instant, millis};

/// Watches over a [`ConnectionManager`]'s sessions: how they are doing, what somebody should look
/// at, and where it is going.
///
/// What it computes from is kept as things happen, in a bounded history; so it costs the same for
/// ten sessions and for a million.
///
/// Getters: [`current_health_metrics`](Self::current_health_metrics),
/// [`health_summary`](Self::health_summary), [`active_alerts`](Self::active_alerts),
/// [`alerts`](Self::alerts), [`trends`](Self::trends). A driver calls
/// [`handle_timeout`](Self::handle_timeout) when [`poll_timeout`](Self::poll_timeout) says so,
/// drains [`poll_output`](Self::poll_output), and tells what it knows of the machine by
/// [`handle_load`](Self::handle_load) and [`handle_lag`](Self::handle_lag). Extra calls do nothing.
#[derive(Clone, Debug)]
pub struct HealthMonitor {
    config: HealthConfig,
    history: Box<History>,
    series: Box<Series>,
    alerts: Alerts,
    baseline: Baseline,
    /// Until when no session could be heard of.
    deaf_until: Instant,
    load: Box<Load>,
    processing_time: Option<Duration>,
    /// Since when what happened is with the manager still.
    open_since: Instant,
    collected_at: Instant,
    events: VecDeque<Event>,
}

/// All that is known in one answer.
#[derive(Clone, Debug, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "camelCase"))]
pub struct HealthSummary {
    /// The metrics as of now.
    pub metrics: HealthMetrics,
    /// Where they are going.
    pub trends: HealthTrends,
    /// The alerts that were raised and are not over.
    pub alerts: Vec<Alert>,
}

/// The most events that wait to be polled.
const MOST_EVENTS: usize = 64;

impl HealthMonitor {
    /// A monitor whose windows begin now.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: HealthConfig, now: Instant) -> Result<Self, ConfigError> {
        config.validate()?;
        Ok(Self {
            series: Box::new(Series::new(config.trend_bucket, History::GRAIN, now)),
            config,
            history: Box::new(History::new()),
            alerts: Alerts::default(),
            baseline: Baseline::default(),
            deaf_until: now,
            load: Box::new(Load::new()),
            processing_time: None,
            open_since: now,
            collected_at: now,
            events: VecDeque::new(),
        })
    }

    /// The metrics as of now.
    #[must_use]
    pub fn current_health_metrics(
        &self,
        now: Instant,
        manager: &ConnectionManager,
    ) -> HealthMetrics {
        let (minute, length) = self.minute(now, manager);
        let load = self.known_load(now, manager);
        let latencies = |window| {
            let mut activity = manager.activity().clone();
            self.history.add(window, now, now, &mut activity);
            LatencySummary::of(&activity.latency)
        };
        HealthMetrics {
            last_5_minutes: latencies(Window::FiveMinutes),
            last_hour: latencies(Window::Hour),
            system_load: (!load.is_empty()).then_some(load),
            processing_time: self.processing_time,
            ..HealthMetrics::new(&manager.totals(), &minute, length)
        }
    }

    /// Metrics, trends and active alerts as of now.
    #[must_use]
    pub fn health_summary(&self, now: Instant, manager: &ConnectionManager) -> HealthSummary {
        HealthSummary {
            metrics: self.current_health_metrics(now, manager),
            trends: self.trends(now),
            alerts: self.active_alerts().cloned().collect(),
        }
    }

    /// The alerts that were raised and are not over: at most one of each kind.
    pub fn active_alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.active()
    }

    /// All alerts that are remembered: active and pending ones, and those that are over, the last
    /// one first. At most 64.
    pub fn alerts(&self) -> impl Iterator<Item = &Alert> {
        self.alerts.all()
    }

    /// The same with what it takes to carry them on elsewhere.
    #[must_use]
    pub fn remembered_alerts(&self) -> &Alerts {
        &self.alerts
    }

    /// Carries on the lives of alerts that another monitor of the same sessions has judged; its own
    /// are forgotten.
    pub fn restore_alerts(&mut self, mut alerts: Alerts) {
        alerts.tidy();
        self.alerts = alerts;
    }

    /// Takes in what happened within a stretch of time before this monitor began, so that windows and
    /// trends reach back over a restart. To be called before the first
    /// [`handle_timeout`](Self::handle_timeout), with one stretch after the other, the oldest first, each
    /// at most as long as a point of a trend; one in which nothing happened is empty. How many sessions
    /// there were is not known.
    pub fn restore_activity(&mut self, began: Instant, until: Instant, mut activity: Activity) {
        self.series.reach_back(began);
        self.series.push(until, [None, error_rate(&activity), median(&activity)]);
        self.history.push(began, &mut activity);
    }

    /// Where the metrics are going.
    #[must_use]
    pub fn trends(&self, now: Instant) -> HealthTrends {
        HealthTrends::new(&self.series, &self.config, now)
    }

    /// Judges by other rules from now on. What was measured and which alerts there are stays, and so
    /// does the length of a trend's points, [`HealthConfig::trend_bucket`], in which it was measured.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense. The rules stay as they are then.
    pub fn reconfigure(&mut self, config: HealthConfig) -> Result<(), ConfigError> {
        config.validate()?;
        self.config = HealthConfig { trend_bucket: self.config.trend_bucket, ..config };
        Ok(())
    }

    /// Somebody knows of an alert: it is silent until it grows worse.
    ///
    /// # Errors
    ///
    /// If there is no such alert, or it is not firing.
    pub fn acknowledge_alert(&mut self, now: Instant, id: u32) -> Result<Alert, HealthError> {
        let alert = self.alerts.acknowledge(now, id)?.clone();
        self.emit(now, EventKind::AlertAcknowledged(Box::new(alert.clone())));
        Ok(alert)
    }

    /// Sessions cannot report, or cannot be expected to, until then: `NO_REPORTS` is not evaluated, and
    /// afterwards only those sessions are expected that report from then on. An alert that is not
    /// over stays as it is.
    pub fn hold_reports_until(&mut self, until: Instant) {
        self.deaf_until = self.deaf_until.max(until);
        self.baseline.clear();
    }

    /// What the machine or the page has to do now. It counts for a minute.
    pub fn handle_load(&mut self, now: Instant, load: SystemLoad) {
        self.load.say(now, load);
    }

    /// A turn of the event loop began so much later than it should have. To be told about twice a
    /// second.
    pub fn handle_lag(&mut self, now: Instant, lag: Duration) {
        self.load.lagged(now, lag);
    }

    /// The last call of [`handle_timeout`](Self::handle_timeout) took so long.
    pub fn handle_processing_time(&mut self, took: Duration) {
        self.processing_time = Some(took);
    }

    /// Collects the metrics and judges them, if the time has come.
    pub fn handle_timeout(&mut self, now: Instant, manager: &mut ConnectionManager) {
        if self.collect_metrics(now, manager) {
            self.judge_alerts(now, manager);
        }
    }

    /// Collects the metrics, if the time has come, and leaves alerts as they are: for one of several
    /// monitors of the same sessions, of which another judges. Whether the time had come.
    pub fn collect_metrics(&mut self, now: Instant, manager: &mut ConnectionManager) -> bool {
        if now < self.poll_timeout() {
            return false;
        }
        self.collected_at = now;
        if now.saturating_since(self.open_since) >= History::GRAIN {
            self.close_slot(now, manager);
        }
        if now >= self.deaf_until {
            self.baseline.note(now, &manager.totals());
        }
        let metrics = self.current_health_metrics(now, manager);
        let is_metrics = |event: &Event| matches!(event.kind, EventKind::MetricsCollected(_));
        self.events.retain(|event| !is_metrics(event));
        self.emit(now, EventKind::MetricsCollected(Box::new(metrics)));
        true
    }

    /// Judges what is known now: raises alerts, changes them and ends them.
    pub fn judge_alerts(&mut self, now: Instant, manager: &ConnectionManager) {
        let (minute, _) = self.minute(now, manager);
        let load = self.known_load(now, manager);
        let totals = manager.totals();
        let expected = self.baseline.expected(now, &totals).max(self.alerts.expected_reports(now));
        for (kind, reading, patience) in
            Reading::of_all(&self.config, &totals, &minute, &load, expected)
        {
            if kind == AlertKind::NoReports && now < self.deaf_until {
                continue;
            }
            if let Some(event) = self.alerts.judge(now, kind, reading.as_ref(), patience) {
                self.emit(now, event);
            }
        }
        self.alerts.forget(now, self.config.keep_resolved);
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        self.collected_at + self.config.interval
    }

    /// The next event. Metrics that nobody polled are replaced by newer ones.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// What is known of the load. The share of the sessions is that of the manager, where nothing
    /// else was said.
    fn known_load(&self, now: Instant, manager: &ConnectionManager) -> SystemLoad {
        let load = self.load.known(now);
        let own = self.config.system_overload.own_sessions.then(|| manager.fill());
        SystemLoad { sessions: load.sessions.or(own), ..load }
    }

    /// What happened in the last minute, and how long that is.
    fn minute(&self, now: Instant, manager: &ConnectionManager) -> (Activity, Duration) {
        let mut activity = manager.activity().clone();
        let began = self.history.add(Window::Minute, now, self.open_since, &mut activity);
        // A window that has just begun would make a rate out of a single event.
        (activity, now.saturating_since(began).max(self.config.interval))
    }

    fn close_slot(&mut self, now: Instant, manager: &mut ConnectionManager) {
        let mut activity = manager.take_activity();
        let connected = manager.totals().by_status.connected as f64;
        self.series.push(now, [Some(connected), error_rate(&activity), median(&activity)]);
        self.history.push(self.open_since, &mut activity);
        self.open_since = now;
    }

    fn emit(&mut self, at: Instant, kind: EventKind) {
        if self.events.len() >= MOST_EVENTS {
            self.events.pop_front();
        }
        self.events.push_back(Event { at, kind });
    }
}

fn error_rate(activity: &Activity) -> Option<f64> {
    (activity.tried() > 0).then(|| activity.error_rate())
}

fn median(activity: &Activity) -> Option<f64> {
    activity.latency.median().map(millis)
}
