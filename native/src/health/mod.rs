//! The health of a manager's sessions, collected and judged on tokio.

use std::sync::Arc;

use steadfast_core::event::Event;
use steadfast_core::health::{
    Alert, HealthConfig, HealthMetrics, HealthMonitor as Machine, HealthSummary, HealthTrends,
    SystemLoad,
};

use crate::events::Events;
use crate::manager::{ConnectionManager, StartError};
use crate::runtime::{self, Needs};

mod error;
mod load;
mod probe;
mod shared;

pub use error::HealthError;
use shared::Shared;

/// Watches over a manager's sessions: how they are doing, what somebody should look at, and where
/// it is going.
///
/// A task of the runtime that this was made in collects and judges as often as
/// [`HealthConfig::interval`] says. It also measures how late the runtime wakes it, twice a second,
/// and with the feature `sysinfo` it looks every five seconds at the processors and the memory of
/// the machine: [`AlertKind::SystemOverload`](crate::AlertKind::SystemOverload) is raised by these,
/// and by what [`report_system_load`](Self::report_system_load) adds.
///
/// Clones are the same monitor. It ends with [`close`](Self::close), or when its last clone was
/// dropped, or with the runtime that it was made in. Until then it keeps its manager; of one that was closed it finds no sessions.
///
/// ```
/// use steadfast::{ConnectionManager, HealthMonitor, Registration};
///
/// # #[tokio::main(flavor = "current_thread")] async fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let manager = ConnectionManager::new(Default::default())?;
/// let monitor = HealthMonitor::new(&manager, Default::default())?;
/// manager.register_connection(Registration::new("session-1", "web"))?;
///
/// assert_eq!(monitor.current_health_metrics().live_connections, 1);
/// for alert in monitor.active_alerts() {
///     println!("{} since {:?}", alert.kind.as_str(), alert.began_at);
///     monitor.acknowledge_alert(alert.id)?;
/// }
/// # Ok(()) }
/// ```
#[derive(Clone, Debug)]
pub struct HealthMonitor(Arc<Shared>);

impl HealthMonitor {
    /// A monitor whose windows begin now.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense, or this is not called from within a tokio runtime
    /// with timers.
    pub fn new(manager: &ConnectionManager, config: HealthConfig) -> Result<Self, StartError> {
        let machine = Machine::new(config, manager.shared.clock.now())?;
        let runtime = runtime::present(Needs::Timers)?;
        let shared = Arc::new(Shared::new(machine, manager.clone()));
        runtime.spawn(shared.keep_deadlines());
        Ok(Self(shared))
    }

    /// The metrics as of now.
    #[must_use]
    pub fn current_health_metrics(&self) -> HealthMetrics {
        self.0.read(Machine::current_health_metrics)
    }

    /// Metrics, trends and active alerts as of now.
    #[must_use]
    pub fn health_summary(&self) -> HealthSummary {
        self.0.read(Machine::health_summary)
    }

    /// Where the metrics are going.
    #[must_use]
    pub fn trends(&self) -> HealthTrends {
        self.0.lock().machine.trends(self.0.now())
    }

    /// The alerts that were raised and are not over: at most one of each kind.
    #[must_use]
    pub fn active_alerts(&self) -> Vec<Alert> {
        self.0.lock().machine.active_alerts().cloned().collect()
    }

    /// All alerts that are remembered: active and pending ones, and those that are over, the last
    /// one first. At most 64.
    #[must_use]
    pub fn alerts(&self) -> Vec<Alert> {
        self.0.lock().machine.alerts().cloned().collect()
    }

    /// Somebody knows of an alert: it is silent until it grows worse.
    ///
    /// # Errors
    ///
    /// If there is no such alert, or it is not firing.
    pub fn acknowledge_alert(&self, id: u32) -> Result<Alert, HealthError> {
        let mut state = self.0.lock();
        if state.publisher.has_ended() {
            return Err(HealthError::Closed);
        }
        let acknowledged = state.machine.acknowledge_alert(self.0.now(), id);
        self.0.release(state);
        Ok(acknowledged?)
    }

    /// Tells what only the program knows of its load, such as how full its queue is. It counts until
    /// the next look, about every five seconds, and more than what is seen then.
    pub fn report_system_load(&self, load: SystemLoad) {
        self.0.said(load);
    }

    /// What happens from now on: [`MetricsCollected`](crate::EventKind::MetricsCollected) with each collection, and what
    /// becomes of alerts. A stream that falls more than 64 events behind loses the oldest, and says
    /// how many.
    #[must_use]
    pub fn events(&self) -> Events<Event> {
        self.0.lock().publisher.subscribe()
    }

    /// Stops collecting and judging. Streams of events end; what was known can still be read.
    pub fn close(&self) {
        self.0.close();
    }
}
