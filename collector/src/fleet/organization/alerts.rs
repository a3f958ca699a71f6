//! The alerts of an organisation, as they stand in the store.

use steadfast_core::ConfigError;
use steadfast_core::event::Event;
use steadfast_core::health::{Alerts, HealthConfig};
use steadfast_core::time::Instant;

use super::Organization;
use super::sessions::Sessions;

impl Organization {
    /// The alerts as they were last seen in the store.
    #[must_use]
    pub fn alerts(&self) -> Alerts {
        self.lock().monitor.remembered_alerts().clone()
    }

    /// Takes the alerts as they stand in the store.
    pub fn restore_alerts(&self, alerts: Alerts) {
        self.lock().monitor.restore_alerts(alerts);
    }

    /// Judges by other rules from now on.
    ///
    /// # Errors
    ///
    /// If they make no sense.
    pub fn reconfigure(&self, health: &HealthConfig) -> Result<(), ConfigError> {
        self.lock().monitor.reconfigure(health.clone())
    }

    /// How alerts change by what is known now, and the messages about it.
    #[must_use]
    pub fn judge_alerts(&self, now: Instant, alerts: Alerts) -> (Alerts, Vec<Event>) {
        let mut guard = self.lock();
        let Sessions { manager, monitor, .. } = &mut *guard;
        monitor.restore_alerts(alerts);
        monitor.judge_alerts(now, manager);
        let events = std::iter::from_fn(|| monitor.poll_output()).collect();
        (monitor.remembered_alerts().clone(), events)
    }
}
