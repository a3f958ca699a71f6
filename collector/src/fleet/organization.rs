use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use schemars::JsonSchema;
use serde::Serialize;
use steadfast_core::activity::Activity;
use steadfast_core::connection::{ConnectionState, Status};
use steadfast_core::event::{Event, EventKind};
use steadfast_core::health::{Alerts, HealthMetrics, HealthMonitor, HealthSummary, SystemLoad};
use steadfast_core::manager::{ConnectionManager, ManagerError, Totals};
use steadfast_core::report::ReportWindow;
use steadfast_core::time::Instant;
use tokio::sync::watch;

use super::{Delivery, KnownSession};
use crate::store::Followed;

/// How many points of the health's history are kept: an hour at one in five seconds.
const HISTORY: usize = 720;

/// One organisation's sessions and their health.
///
/// Each accepted report moves its session to the end of an order, under the next *revision*. So
/// "the newest" and "those that changed since revision n" are ranges, whatever the number of
/// sessions.
#[derive(Debug)]
pub struct Organization {
    sessions: Mutex<Sessions>,
    revision: watch::Sender<u64>,
}

#[derive(Debug)]
struct Sessions {
    manager: ConnectionManager,
    monitor: HealthMonitor,
    known: HashMap<Arc<str>, Known>,
    by_revision: BTreeMap<u64, Arc<str>>,
    history: VecDeque<HealthPoint>,
    /// What happened since the collector began.
    since_start: Activity,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    revision: u64,
    as_of: Instant,
    heard_at: Instant,
    clock_skew: Option<i64>,
}

/// Some of an organisation's sessions, the one heard of last first.
#[derive(Clone, Debug, JsonSchema, PartialEq, Serialize)]
#[schemars(rename = "ConnectionPage")]
pub struct Page {
    /// Their records.
    pub connections: Vec<ConnectionState>,
    /// How many there are in all.
    pub total: u64,
}

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
    pub(super) fn new(manager: ConnectionManager, monitor: HealthMonitor) -> Self {
        let sessions = Sessions {
            manager,
            monitor,
            known: HashMap::new(),
            by_revision: BTreeMap::new(),
            history: VecDeque::new(),
            since_start: Activity::default(),
        };
        Self { sessions: Mutex::new(sessions), revision: watch::Sender::new(0) }
    }

    /// Takes a report that the store has committed. A record that is older than the known one
    /// does not replace it; what it counts is counted all the same.
    ///
    /// # Errors
    ///
    /// If the session is new and one too many.
    pub fn observe(&self, delivery: &Delivery) -> Result<(), ManagerError> {
        let heard = (delivery.as_of(), delivery.received_at, delivery.clock_skew);
        self.take_in(&delivery.report.session, &delivery.activity(), heard)
    }

    /// Takes what another collector has committed.
    ///
    /// # Errors
    ///
    /// If the session is new and one too many.
    pub fn follow(&self, followed: Followed) -> Result<(), ManagerError> {
        let Followed { session, activity } = followed;
        let KnownSession { state, as_of, heard_at, clock_skew, .. } = session;
        self.take_in(&state, &activity, (as_of, heard_at, clock_skew))
    }

    /// Takes a session as it was known before a restart. To be called in the order in which the
    /// sessions were heard of.
    ///
    /// # Errors
    ///
    /// If it is one too many.
    pub fn restore(&self, session: KnownSession) -> Result<(), ManagerError> {
        let KnownSession { state, as_of, heard_at, clock_skew, .. } = session;
        self.take_in(&state, &Activity::default(), (as_of, heard_at, clock_skew))
    }

    /// Takes what happened before a restart, minute by minute without gaps, the oldest first.
    pub fn restore_minutes(&self, minutes: impl IntoIterator<Item = (ReportWindow, Activity)>) {
        let mut sessions = self.lock();
        for (ReportWindow { start, end }, activity) in minutes {
            sessions.monitor.restore_activity(start, end, activity);
        }
    }

    /// Forgets the sessions that were last heard of before `heard_before`.
    pub fn forget(&self, heard_before: Instant) {
        let mut guard = self.lock();
        let sessions = &mut *guard;
        // They stand in the order in which they were heard of.
        while let Some(oldest) = sessions.by_revision.first_entry()
            && sessions.known.get(oldest.get()).is_none_or(|known| known.heard_at < heard_before)
        {
            let session_id = oldest.remove();
            sessions.known.remove(&session_id);
            // The manager holds what `known` holds, so there is nothing to refuse.
            drop(sessions.manager.remove(&session_id));
        }
    }

    /// Whether it has this session.
    #[must_use]
    pub fn knows(&self, session_id: &str) -> bool {
        self.lock().known.contains_key(session_id)
    }

    /// How many sessions it has.
    #[must_use]
    pub fn len(&self) -> usize {
        self.lock().known.len()
    }

    /// Whether it has no session.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The record of a session.
    #[must_use]
    pub fn connection(&self, session_id: &str) -> Option<ConnectionState> {
        self.lock().manager.connection(session_id)
    }

    /// The sessions of that status, or all, from the `offset`-th on, at most `limit`; the one
    /// heard of last first.
    #[must_use]
    pub fn page(&self, status: Option<Status>, offset: usize, limit: usize) -> Page {
        let sessions = self.lock();
        let by_status = sessions.manager.totals().by_status;
        let total = match status {
            None => sessions.manager.totals().sessions(),
            Some(Status::Connected) => by_status.connected,
            Some(Status::Disconnected) => by_status.disconnected,
            Some(Status::Failed) => by_status.failed,
            Some(Status::Reconnecting) => by_status.reconnecting,
            Some(Status::Suspended) => by_status.suspended,
        };
        let connections = sessions
            .newest_first(0)
            .filter(|id| status.is_none() || sessions.manager.status(id) == status)
            .skip(offset)
            .take(limit)
            .filter_map(|id| sessions.manager.connection(id))
            .collect();
        Page { connections, total }
    }

    /// The sessions of a user, of that status or all, from the `offset`-th on, at most `limit`; the
    /// one registered last first.
    #[must_use]
    pub fn page_of_user(
        &self,
        user_id: &str,
        status: Option<Status>,
        offset: usize,
        limit: usize,
    ) -> Page {
        let sessions = self.lock();
        let mut total = 0;
        let connections = sessions
            .manager
            .connections_of_user(user_id)
            .filter(|state| status.is_none_or(|status| state.status == status))
            .inspect(|_| total += 1)
            .enumerate()
            .filter(|(index, _)| (offset..offset.saturating_add(limit)).contains(index))
            .map(|(_, state)| state)
            .collect();
        Page { connections, total }
    }

    /// What was added to the instants of a session's record, in milliseconds; absent if there is
    /// none, or its client did not tell the time.
    #[must_use]
    pub fn clock_skew(&self, session_id: &str) -> Option<i64> {
        self.lock().known.get(session_id)?.clock_skew
    }

    /// The sessions heard of after that revision, at most `limit`, the one heard of last first;
    /// and the present revision.
    #[must_use]
    pub fn changed_since(&self, revision: u64, limit: usize) -> (Vec<ConnectionState>, u64) {
        let sessions = self.lock();
        let changed = sessions.newest_first(revision + 1).take(limit);
        let changed = changed.filter_map(|id| sessions.manager.connection(id)).collect();
        (changed, *self.revision.borrow())
    }

    /// Tells whenever a session was heard of.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// How many sessions there are, and what happened since the collector began.
    #[must_use]
    pub fn totals(&self) -> (Totals, Activity) {
        let sessions = self.lock();
        (sessions.manager.totals(), sessions.since_start.clone())
    }

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

    /// The alerts as they were last seen in the store.
    #[must_use]
    pub fn alerts(&self) -> Alerts {
        self.lock().monitor.remembered_alerts().clone()
    }

    /// Takes the alerts as they stand in the store.
    pub fn restore_alerts(&self, alerts: Alerts) {
        self.lock().monitor.restore_alerts(alerts);
    }

    /// What becomes of alerts by what is known now, and what is to be told of it.
    #[must_use]
    pub fn judge_alerts(&self, now: Instant, alerts: Alerts) -> (Alerts, Vec<Event>) {
        let mut guard = self.lock();
        let Sessions { manager, monitor, .. } = &mut *guard;
        monitor.restore_alerts(alerts);
        monitor.judge_alerts(now, manager);
        let events = std::iter::from_fn(|| monitor.poll_output()).collect();
        (monitor.remembered_alerts().clone(), events)
    }

    /// What the collectors have to do, for the organisation that may see it.
    pub fn handle_load(&self, now: Instant, load: SystemLoad) {
        self.lock().monitor.handle_load(now, load);
    }

    /// The metrics, where they are going, and the active alerts.
    #[must_use]
    pub fn health_summary(&self, now: Instant) -> HealthSummary {
        let sessions = self.lock();
        sessions.monitor.health_summary(now, &sessions.manager)
    }

    /// Collects the metrics if their time has come, and says when to call again. Alerts are judged
    /// by one collector for all.
    pub(super) fn handle_timeout(&self, now: Instant) -> Instant {
        let mut guard = self.lock();
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
        monitor.poll_timeout()
    }

    fn take_in(
        &self,
        state: &ConnectionState,
        activity: &Activity,
        (as_of, heard_at, clock_skew): (Instant, Instant, Option<i64>),
    ) -> Result<(), ManagerError> {
        let mut guard = self.lock();
        let sessions = &mut *guard;
        let session_id: Arc<str> = state.session_id.as_str().into();
        let before = sessions.known.get(&session_id).copied();
        let outdated = before.is_some_and(|known| as_of < known.as_of);
        let known_state = if outdated { sessions.manager.connection(&session_id) } else { None };
        let state = known_state.as_ref().unwrap_or(state);
        sessions.manager.observe(heard_at, state, activity)?;
        sessions.since_start.merge(activity);

        let revision = *self.revision.borrow() + 1;
        if let Some(before) = before {
            sessions.by_revision.remove(&before.revision);
        }
        let as_of = before.map_or(as_of, |known| known.as_of.max(as_of));
        let clock_skew = before.filter(|_| outdated).map_or(clock_skew, |known| known.clock_skew);
        sessions.by_revision.insert(revision, Arc::clone(&session_id));
        sessions.known.insert(session_id, Known { revision, as_of, heard_at, clock_skew });
        // Under the lock, so that a revision that is announced can also be seen.
        self.revision.send_replace(revision);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sessions {
    /// Their ids, the one heard of last first.
    fn newest_first(&self, from_revision: u64) -> impl Iterator<Item = &str> {
        self.by_revision.range(from_revision..).rev().map(|(_, session_id)| &**session_id)
    }
}
