//! Collects metrics and finds stale sessions when their time has come.

use std::sync::Arc;
use std::time::Duration;

use steadfast_core::event::{Event, EventKind};
use steadfast_core::manager::ManagerOutput;
use steadfast_core::time::Instant;

use super::Organization;
use super::health::HealthPoint;
use super::sessions::Sessions;

/// How many points of the health's history are kept: an hour at one in five seconds.
const HISTORY: usize = 720;

/// The shortest time between two looks at which sessions are stale.
const STALE_INTERVAL: Duration = Duration::from_millis(250);

/// How long `NO_REPORTS` is not evaluated after a look that was to rest: until the next look, at
/// least.
const REST_INTERVAL: Duration = Duration::from_secs(5);

impl Organization {
    /// Collects the metrics if their time has come, finds out which sessions are stale unless that
    /// has to `rest`, and says when to call again. Alerts are judged by one collector for all.
    pub(in crate::fleet) fn handle_timeout(&self, now: Instant, rest: bool) -> Instant {
        let mut guard = self.lock();
        if rest {
            guard.monitor.hold_reports_until(now + REST_INTERVAL);
        } else {
            self.find_stale(now, &mut guard);
        }
        let Sessions { manager, monitor, history, .. } = &mut *guard;
        let began = std::time::Instant::now();
        if monitor.collect_metrics(now, manager) {
            monitor.handle_processing_time(began.elapsed());
        }
        while let Some(event) = monitor.poll_output() {
            if let Event { at, kind: EventKind::MetricsCollected(metrics) } = event {
                if history.len() >= HISTORY {
                    history.pop_front();
                }
                history.push_back(HealthPoint { at, metrics: *metrics });
            }
        }
        let stale_at = manager.poll_timeout().filter(|_| !rest);
        let stale_at = stale_at.map(|at| at.max(now + STALE_INTERVAL));
        stale_at.into_iter().fold(monitor.poll_timeout(), Instant::min)
    }

    fn find_stale(&self, now: Instant, sessions: &mut Sessions) {
        sessions.manager.watch(true);
        sessions.manager.handle_timeout(now);
        while let Some(output) = sessions.manager.poll_output() {
            let ManagerOutput::Event { session_id, event: Event { kind: EventKind::Stale, .. } } =
                output
            else {
                continue;
            };
            let session_id: Arc<str> = session_id.into();
            let revision = *self.revision.borrow() + 1;
            if let Some(known) = sessions.known.get_mut(&session_id) {
                known.stale_since = Some(revision);
                sessions.resting.insert(known.revision, Arc::clone(&session_id));
                sessions.stale_by_revision.insert(revision, session_id);
                self.revision.send_replace(revision);
            }
        }
        sessions.manager.watch(false);
    }
}
