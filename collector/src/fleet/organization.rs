use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use schemars::JsonSchema;
use serde::Serialize;
use steadfast_core::activity::Activity;
use steadfast_core::connection::{ConnectionState, Status};
use steadfast_core::event::{Event, EventKind};
use steadfast_core::health::{Alerts, HealthMetrics, HealthMonitor, HealthSummary, SystemLoad};
use steadfast_core::manager::{ConnectionManager, ManagerError, ManagerOutput, Totals};
use steadfast_core::report::ReportWindow;
use steadfast_core::time::Instant;
use tokio::sync::watch;

use super::session::{Filter, Page, Session};
use super::{AcceptedReport, KnownSession};
use crate::store::Followed;

/// How many points of the health's history are kept: an hour at one in five seconds.
const HISTORY: usize = 720;

/// The shortest time between two looks at which sessions are stale.
const STALE_INTERVAL: Duration = Duration::from_millis(250);

/// One organisation's sessions and their health.
///
/// Each accepted report moves its session to the end of an order, under the next *revision*. So
/// "the newest" and "those that changed since revision n" are ranges, whatever the number of
/// sessions.
#[derive(Debug)]
pub struct Organization {
    sessions: Mutex<Sessions>,
    revision: watch::Sender<u64>,
    max_sessions: usize,
}

#[derive(Debug)]
struct Sessions {
    manager: ConnectionManager,
    monitor: HealthMonitor,
    known: HashMap<Arc<str>, Known>,
    by_revision: BTreeMap<u64, Arc<str>>,
    /// Stale sessions by the revision at which they became so.
    stale_by_revision: BTreeMap<u64, Arc<str>>,
    /// Ended and stale sessions by revision: they make room for new ones, the first one first.
    resting: BTreeMap<u64, Arc<str>>,
    history: VecDeque<HealthPoint>,
    /// What happened since the collector began.
    since_start: Activity,
}

#[derive(Clone, Copy, Debug)]
struct Known {
    revision: u64,
    /// At which revision it became stale.
    stale_since: Option<u64>,
    as_of: Instant,
    heard_at: Instant,
    clock_skew: Option<i64>,
}

/// What a report says of itself.
#[derive(Clone, Copy, Debug)]
struct ReportTimes {
    as_of: Instant,
    heard_at: Instant,
    clock_skew: Option<i64>,
    next_in: Duration,
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
    pub(super) fn new(
        manager: ConnectionManager,
        monitor: HealthMonitor,
        max_sessions: usize,
    ) -> Self {
        let sessions = Sessions {
            manager,
            monitor,
            known: HashMap::new(),
            by_revision: BTreeMap::new(),
            stale_by_revision: BTreeMap::new(),
            resting: BTreeMap::new(),
            history: VecDeque::new(),
            since_start: Activity::default(),
        };
        Self { sessions: Mutex::new(sessions), revision: watch::Sender::new(0), max_sessions }
    }

    /// Takes a report that the store has committed. A record that is older than the known one
    /// does not replace it; what it counts is counted all the same.
    ///
    /// # Errors
    ///
    /// If the session is new and one too many.
    pub fn observe(&self, delivery: &AcceptedReport) -> Result<(), ManagerError> {
        let AcceptedReport { received_at: heard_at, clock_skew, next_in, .. } = *delivery;
        let told = ReportTimes { as_of: delivery.as_of(), heard_at, clock_skew, next_in };
        self.apply_report(&delivery.report.session, &delivery.activity(), told, heard_at)
    }

    /// Takes what another collector has committed.
    ///
    /// # Errors
    ///
    /// If the session is new and one too many.
    pub fn follow(&self, followed: Followed) -> Result<(), ManagerError> {
        let Followed { session, activity } = followed;
        let KnownSession { state, as_of, heard_at, clock_skew, next_in, .. } = session;
        let told = ReportTimes { as_of, heard_at, clock_skew, next_in };
        self.apply_report(&state, &activity, told, heard_at)
    }

    /// Takes a session as it was known when the collectors stopped, at `stopped_at`: the time since
    /// then, in which nobody could report, makes no session stale. To be called in the order in
    /// which the sessions were heard of.
    ///
    /// # Errors
    ///
    /// If it is one too many.
    pub fn restore(
        &self,
        now: Instant,
        stopped_at: Instant,
        session: KnownSession,
    ) -> Result<(), ManagerError> {
        let KnownSession { state, as_of, heard_at, clock_skew, next_in, .. } = session;
        let silence = stopped_at.saturating_since(heard_at);
        // Three of these are what is left of its time.
        let next_in = next_in.saturating_sub(silence / 3);
        let told = ReportTimes { as_of, heard_at, clock_skew, next_in };
        self.apply_report(&state, &Activity::default(), told, now)
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
            sessions.remove(&session_id);
        }
    }

    /// Whether it has this session.
    #[must_use]
    pub fn knows(&self, session_id: &str) -> bool {
        self.lock().known.contains_key(session_id)
    }

    /// Whether `new` sessions can be added. Ended and stale sessions are removed from memory to make room.
    #[must_use]
    pub fn has_room(&self, new: usize) -> bool {
        let sessions = self.lock();
        sessions.known.len() - sessions.resting.len() + new <= self.max_sessions
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

    /// A session.
    #[must_use]
    pub fn session(&self, session_id: &str) -> Option<Session> {
        self.lock().session(session_id)
    }

    /// The sessions that are wanted, from the `offset`-th on, at most `limit`; the one heard of last
    /// first.
    #[must_use]
    pub fn page(&self, filter: Filter, offset: usize, limit: usize) -> Page {
        let sessions = self.lock();
        let is_wanted = |id: &&str| {
            let status = sessions.manager.status(id);
            let known = status.zip(sessions.manager.liveness(id));
            known.is_some_and(|(status, liveness)| filter.wants(status, liveness))
        };
        let all = filter == Filter::default();
        let connections = sessions
            .newest_first(0)
            .filter(|id| all || is_wanted(id))
            .skip(offset)
            .take(limit)
            .filter_map(|id| sessions.session(id))
            .collect();
        Page { connections, total: filter.count(&sessions.manager.totals()) }
    }

    /// The sessions of a user that are wanted, from the `offset`-th on, at most `limit`; the one
    /// registered last first, and then those that made room for others, which are `stored`.
    #[must_use]
    pub fn page_of_user(
        &self,
        user_id: &str,
        stored: Vec<KnownSession>,
        filter: Filter,
        offset: usize,
        limit: usize,
    ) -> Page {
        let sessions = self.lock();
        let known = sessions.manager.connections_of_user(user_id);
        let mut all: Vec<_> = known.filter_map(|state| sessions.shown(state)).collect();
        let is_known = |one: &KnownSession| sessions.known.contains_key(&*one.state.session_id);
        all.extend(stored.into_iter().filter(|one| !is_known(one)).map(Session::from));
        all.retain(|session| filter.wants(session.state.status, session.liveness));
        let total = all.len() as u64;
        Page { connections: all.into_iter().skip(offset).take(limit).collect(), total }
    }

    /// The sessions that were heard of, or became stale, after that revision; of each at most
    /// `limit`, the last one first. And the present revision. After revision 0 all are new, and
    /// only those heard of last are given.
    #[must_use]
    pub fn changed_since(&self, revision: u64, limit: usize) -> (Vec<Session>, u64) {
        let sessions = self.lock();
        let heard = sessions.newest_first(revision + 1).take(limit);
        let stale = sessions.stale_by_revision.range(revision + 1..).rev().map(|(_, id)| &**id);
        let stale = stale.take(if revision == 0 { 0 } else { limit });
        let changed = heard.chain(stale).filter_map(|id| sessions.session(id)).collect();
        (changed, *self.revision.borrow())
    }

    /// Tells whenever a session was heard of, or became stale.
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

    /// Collects the metrics if their time has come, finds out which sessions are stale unless that
    /// has to `rest`, and says when to call again. Alerts are judged by one collector for all.
    pub(super) fn handle_timeout(&self, now: Instant, rest: bool) -> Instant {
        let mut guard = self.lock();
        if !rest {
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

    fn apply_report(
        &self,
        state: &ConnectionState,
        activity: &Activity,
        told: ReportTimes,
        now: Instant,
    ) -> Result<(), ManagerError> {
        let ReportTimes { as_of, heard_at, clock_skew, next_in } = told;
        let mut guard = self.lock();
        let sessions = &mut *guard;
        let session_id: Arc<str> = state.session_id.as_str().into();
        let before = sessions.known.get(&session_id).copied();
        let outdated = before.is_some_and(|known| as_of < known.as_of);
        let known_state = if outdated { sessions.manager.connection(&session_id) } else { None };
        let state = known_state.as_ref().unwrap_or(state);
        if before.is_none() && sessions.known.len() >= self.max_sessions {
            sessions.make_room();
        }
        sessions.manager.observe(now, state, activity, next_in)?;
        sessions.since_start.merge(activity);

        let revision = *self.revision.borrow() + 1;
        if let Some(before) = before {
            sessions.by_revision.remove(&before.revision);
            sessions.resting.remove(&before.revision);
            if let Some(since) = before.stale_since {
                sessions.stale_by_revision.remove(&since);
            }
        }
        let as_of = before.map_or(as_of, |known| known.as_of.max(as_of));
        let clock_skew = before.filter(|_| outdated).map_or(clock_skew, |known| known.clock_skew);
        let known = Known { revision, stale_since: None, as_of, heard_at, clock_skew };
        sessions.by_revision.insert(revision, Arc::clone(&session_id));
        if state.status == Status::Disconnected {
            sessions.resting.insert(revision, Arc::clone(&session_id));
        }
        sessions.known.insert(session_id, known);
        // Under the lock, so that a revision that is announced can also be seen.
        self.revision.send_replace(revision);
        Ok(())
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Sessions {
    /// Lets go of the ended or stale session that was heard of longest ago. The store has it.
    fn make_room(&mut self) {
        if let Some((_, session_id)) = self.resting.first_key_value() {
            let session_id = Arc::clone(session_id);
            self.remove(&session_id);
        }
    }

    fn remove(&mut self, session_id: &Arc<str>) {
        if let Some(Known { revision, stale_since, .. }) = self.known.remove(session_id) {
            self.by_revision.remove(&revision);
            self.resting.remove(&revision);
            if let Some(since) = stale_since {
                self.stale_by_revision.remove(&since);
            }
        }
        // The manager holds what `known` holds, so there is nothing to refuse.
        drop(self.manager.remove(session_id));
    }

    fn session(&self, session_id: &str) -> Option<Session> {
        self.shown(self.manager.connection(session_id)?)
    }

    fn shown(&self, state: ConnectionState) -> Option<Session> {
        let Known { heard_at, clock_skew, .. } = *self.known.get(state.session_id.as_str())?;
        let liveness = self.manager.liveness(&state.session_id)?;
        Some(Session { state, liveness, last_heard: heard_at, clock_skew })
    }

    /// Their ids, the one heard of last first.
    fn newest_first(&self, from_revision: u64) -> impl Iterator<Item = &str> {
        self.by_revision.range(from_revision..).rev().map(|(_, session_id)| &**session_id)
    }
}
