use alloc::collections::VecDeque;
use core::time::Duration;

use super::metrics::HealthMetrics;
use crate::activity::Activity;
use crate::error::{ConfigError, ensure};
use crate::event::{Event, EventKind};
use crate::manager::ConnectionManager;
use crate::time::{Instant, millis};

/// Computes the health of a [`ConnectionManager`]'s sessions, over a sliding window.
///
/// Getters: [`metrics`](Self::metrics). A driver calls [`handle_timeout`](Self::handle_timeout)
/// when [`poll_timeout`](Self::poll_timeout) says so, and drains
/// [`poll_output`](Self::poll_output); extra calls do nothing.
#[derive(Clone, Debug)]
pub struct HealthMonitor {
    config: HealthConfig,
    /// What happened in the slices that are over, the oldest first.
    slices: VecDeque<Slice>,
    slice_began: Instant,
    events: VecDeque<Event>,
}

/// How health is computed. In JSON durations are milliseconds.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "serde", serde(default, rename_all = "camelCase", deny_unknown_fields))]
pub struct HealthConfig {
    /// The time between two collections. From 100 ms to an hour; 5 s by default.
    #[cfg_attr(feature = "serde", serde(with = "crate::time::serde_millis"))]
    pub interval: Duration,
    /// How many of them make the window that rates and percentiles speak of. From 1 to 60; 12 by
    /// default, which makes a minute.
    pub slices: usize,
}

#[derive(Clone, Debug)]
struct Slice {
    began: Instant,
    activity: Activity,
}

impl Default for HealthConfig {
    fn default() -> Self {
        Self { interval: Duration::from_secs(5), slices: 12 }
    }
}

impl HealthMonitor {
    /// A monitor whose window begins now.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: HealthConfig, now: Instant) -> Result<Self, ConfigError> {
        let interval = config.interval;
        let range = Duration::from_millis(100)..=Duration::from_hours(1);
        let allowed = "100 to 3600000 ms";
        ensure(range.contains(&interval), "health.interval", millis(interval), allowed)?;
        ensure((1..=60).contains(&config.slices), "health.slices", config.slices, "1 to 60")?;
        Ok(Self { config, slices: VecDeque::new(), slice_began: now, events: VecDeque::new() })
    }

    /// The metrics as of now.
    #[must_use]
    pub fn metrics(&self, now: Instant, manager: &ConnectionManager) -> HealthMetrics {
        let mut activity = manager.activity().clone();
        self.slices.iter().for_each(|slice| activity.merge(&slice.activity));
        let began = self.slices.front().map_or(self.slice_began, |slice| slice.began);
        // A window that has just begun would make a rate out of a single event.
        let window = now.saturating_since(began).max(self.config.interval);
        HealthMetrics::new(&manager.totals(), &activity, window)
    }

    /// Closes the present slice of the window if its time is over.
    pub fn handle_timeout(&mut self, now: Instant, manager: &mut ConnectionManager) {
        if now < self.poll_timeout() {
            return;
        }
        let metrics = self.metrics(now, manager);
        self.slices.push_back(Slice { began: self.slice_began, activity: manager.take_activity() });
        self.slice_began = now;
        let reach = self
            .config
            .interval
            .saturating_mul(u32::try_from(self.config.slices).unwrap_or(u32::MAX));
        while self.slices.len() > self.config.slices
            || self.slices.front().is_some_and(|oldest| oldest.began + reach < now - reach / 2)
        {
            self.slices.pop_front();
        }
        self.events.clear();
        self.events.push_back(Event { at: now, kind: EventKind::MetricsCollected(metrics) });
    }

    /// When to call [`handle_timeout`](Self::handle_timeout).
    #[must_use]
    pub fn poll_timeout(&self) -> Instant {
        self.slice_began + self.config.interval
    }

    /// The next event. Metrics that nobody polled are replaced by newer ones.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Event> {
        self.events.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::{Registration, Status};
    use crate::manager::ManagerConfig;

    fn at(secs: u64) -> Instant {
        Instant::ORIGIN + Duration::from_secs(secs)
    }

    fn fixture() -> (ConnectionManager, HealthMonitor) {
        let mut manager = ConnectionManager::new(ManagerConfig::default(), 1).unwrap();
        manager.register_connection(at(0), Registration::new("a", "web")).unwrap();
        (manager, HealthMonitor::new(HealthConfig::default(), at(0)).unwrap())
    }

    #[test]
    fn metrics_speak_of_the_sessions_now_and_of_the_last_minute() {
        let (mut manager, mut monitor) = fixture();
        manager.update_heartbeat(at(1), "a", at(1) - Duration::from_millis(100)).unwrap();
        manager.update_status(at(2), "a", Status::Reconnecting).unwrap();
        monitor.handle_timeout(at(5), &mut manager);
        let metrics = monitor.metrics(at(5), &manager);
        assert_eq!((metrics.total_connections, metrics.unhealthy_connections), (1, 1));
        assert_eq!(metrics.average_latency, Some(Duration::from_millis(100)));
        assert!((metrics.disconnection_rate - 12.0).abs() < 1e-9, "one in 5 s is 12 a minute");
        assert!((metrics.error_rate - 1.0 / 3.0).abs() < 1e-9);

        (2..=20).for_each(|slice| monitor.handle_timeout(at(5 * slice), &mut manager));
        let later = monitor.metrics(at(100), &manager);
        assert_eq!(later.average_latency, None, "what is older than a minute is forgotten");
        assert_eq!(later.total_connections, 1);
    }

    #[test]
    fn an_event_tells_each_collection_and_extra_calls_do_nothing() {
        let (mut manager, mut monitor) = fixture();
        monitor.handle_timeout(at(4), &mut manager);
        assert_eq!(monitor.poll_output(), None);
        monitor.handle_timeout(at(5), &mut manager);
        monitor.handle_timeout(at(5), &mut manager);
        assert_eq!(monitor.poll_output().unwrap().kind.name(), "health.metrics.collected");
        assert_eq!(monitor.poll_output(), None);
        assert!(monitor.poll_timeout() > at(5));
    }
}
