//! The sessions in memory, in the order in which they were heard of.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use steadfast_core::activity::Activity;
use steadfast_core::connection::ConnectionState;
use steadfast_core::health::HealthMonitor;
use steadfast_core::manager::ConnectionManager;
use steadfast_core::time::Instant;

use super::health::HealthPoint;
use crate::fleet::session::Session;

#[derive(Debug)]
pub(super) struct Sessions {
    pub(super) manager: ConnectionManager,
    pub(super) monitor: HealthMonitor,
    pub(super) known: HashMap<Arc<str>, Known>,
    pub(super) by_revision: BTreeMap<u64, Arc<str>>,
    /// Stale sessions by the revision at which they became so.
    pub(super) stale_by_revision: BTreeMap<u64, Arc<str>>,
    /// Ended and stale sessions by revision: they make room for new ones, the first one first.
    pub(super) resting: BTreeMap<u64, Arc<str>>,
    pub(super) history: VecDeque<HealthPoint>,
    /// What happened by the reports that this collector took since it began.
    pub(super) taken_here: Activity,
}

#[derive(Clone, Copy, Debug)]
pub(super) struct Known {
    pub(super) revision: u64,
    /// At which revision it became stale.
    pub(super) stale_since: Option<u64>,
    pub(super) as_of: Instant,
    pub(super) heard_at: Instant,
    pub(super) clock_skew: Option<i64>,
}

impl Sessions {
    pub(super) fn new(manager: ConnectionManager, monitor: HealthMonitor) -> Self {
        Self {
            manager,
            monitor,
            known: HashMap::new(),
            by_revision: BTreeMap::new(),
            stale_by_revision: BTreeMap::new(),
            resting: BTreeMap::new(),
            history: VecDeque::new(),
            taken_here: Activity::default(),
        }
    }

    /// Lets go of the ended or stale session that was heard of longest ago. The store has it.
    pub(super) fn make_room(&mut self) {
        if let Some((_, session_id)) = self.resting.first_key_value() {
            let session_id = Arc::clone(session_id);
            self.remove(&session_id);
        }
    }

    pub(super) fn remove(&mut self, session_id: &Arc<str>) {
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

    pub(super) fn session(&self, session_id: &str) -> Option<Session> {
        self.shown(self.manager.connection(session_id)?)
    }

    pub(super) fn shown(&self, state: ConnectionState) -> Option<Session> {
        let Known { heard_at, clock_skew, .. } = *self.known.get(state.session_id.as_str())?;
        let liveness = self.manager.liveness(&state.session_id)?;
        Some(Session { state, liveness, last_heard: heard_at, clock_skew })
    }

    /// Their ids, the one heard of last first.
    pub(super) fn newest_first(&self, from_revision: u64) -> impl Iterator<Item = &str> {
        self.by_revision.range(from_revision..).rev().map(|(_, session_id)| &**session_id)
    }
}
