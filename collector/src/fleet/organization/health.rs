//! The health of an organisation's sessions, now and in the last hour.

use schemars::JsonSchema;
use serde::Serialize;
use steadfast_core::activity::Activity;
use steadfast_core::health::{HealthMetrics, HealthSummary, SystemLoad};
use steadfast_core::report::ReportWindow;
use steadfast_core::time::Instant;

use super::Organization;

/// An organisation's health, now and before.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub struct Health {
    /// The metrics as of now.
    pub metrics: HealthMetrics,
    /// The metrics of the last hour at most, the oldest first.
    pub history: Vec<HealthPoint>,
}

/// The metrics at one time.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
pub struct HealthPoint {
    /// When they were computed.
    pub at: Instant,
    /// The metrics.
    pub metrics: HealthMetrics,
}

impl Organization {
    /// The metrics as of now.
    #[must_use]
    pub fn metrics(&self, now: Instant) -> HealthMetrics {
        let sessions = self.lock();
        sessions.monitor.current_health_metrics(now, &sessions.manager)
    }

    /// The metrics as of now and before.
    #[must_use]
    pub fn health(&self, now: Instant) -> Health {
        let sessions = self.lock();
        Health {
            metrics: sessions.monitor.current_health_metrics(now, &sessions.manager),
            history: sessions.history.iter().cloned().collect(),
        }
    }

    /// The metrics, where they are going, and the active alerts.
    #[must_use]
    pub fn health_summary(&self, now: Instant) -> HealthSummary {
        let sessions = self.lock();
        sessions.monitor.health_summary(now, &sessions.manager)
    }

    /// What the collectors have to do, for the organisation that may see it.
    pub fn handle_load(&self, now: Instant, load: SystemLoad) {
        self.lock().monitor.handle_load(now, load);
    }

    /// Takes what happened before a restart, minute by minute without gaps, the oldest first.
    pub fn restore_minutes(&self, minutes: impl IntoIterator<Item = (ReportWindow, Activity)>) {
        let mut sessions = self.lock();
        for (ReportWindow { start, end }, activity) in minutes {
            sessions.monitor.restore_activity(start, end, activity);
        }
    }
}
