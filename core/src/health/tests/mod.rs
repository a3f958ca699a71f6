mod alerts;
mod config;
mod inhibition;
mod load;
mod metrics;
mod readings;
mod reconfiguring;
mod remembering;
mod reports;
mod severity;
mod taking_over;
mod trends;

use core::time::Duration;
use std::string::String;
use std::vec::Vec;

use super::*;
use crate::activity::Activity;
use crate::connection::{Cause, Registration, Status};
use crate::event::EventKind;
use crate::manager::{ConnectionManager, ManagerConfig};
use crate::time::Instant;

fn at(secs: u64) -> Instant {
    Instant::ORIGIN + Duration::from_secs(secs)
}

/// An overload is reported at once, and so is its end.
fn at_once() -> HealthConfig {
    let (for_at_least, keep_firing_for) = (Duration::ZERO, Duration::ZERO);
    let rule = OverloadRule { for_at_least, keep_firing_for, ..OverloadRule::default() };
    HealthConfig { system_overload: rule, ..HealthConfig::default() }
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

    /// Lets a number of seconds pass, with a heartbeat of every connected session in each of them.
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

    /// Lets a number of seconds pass in silence.
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

    /// From now on 95 % of the loop's turns are no later than that. More than 200 ms is too late.
    fn lag(&mut self, millis: u64) {
        self.load.loop_lag_p95 = Some(Duration::from_millis(millis));
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
