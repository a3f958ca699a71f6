//! The sessions in memory, in the order in which they were heard of.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::Arc;

use steadfast_core::activity::Activity;
use steadfast_core::connection::ConnectionState;
use steadfast_core::health::HealthMonitor;
use steadfast_core::manager::{ConnectionManager, Liveness};
use steadfast_core::time::Instant;

use super::health::HealthPoint;
use super::texts::Texts;
use crate::claim::{Claim, TokenDigest};
use crate::fleet::session::{LastLoss, Session};

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
    pub(super) sdks: Texts,
    /// Sessions that are in the database alone were heard of then at the latest; absent while there
    /// are none.
    pub(super) stored_until: Option<Instant>,
}

/// What is known of a session besides its record. There may be a million of them.
#[derive(Clone, Debug)]
pub(super) struct Known {
    pub(super) revision: u64,
    /// At which revision it became stale.
    pub(super) stale_since: Option<u64>,
    pub(super) as_of: Instant,
    pub(super) first_heard: Instant,
    pub(super) heard_at: Instant,
    /// Shared by all sessions of this version.
    pub(super) sdk: Option<Arc<str>>,
    pub(super) last_loss: Option<LastLoss>,
    pub(super) clock_skew: Option<i64>,
    /// What reports have to show to be of this session; absent for those of earlier clients.
    pub(super) token: Option<TokenDigest>,
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
            sdks: Texts::default(),
            stored_until: None,
        }
    }

    /// The session that a report is of that names this one, as far as is known here.
    pub(super) fn session_of<'a>(&self, session_id: &'a str, claim: &Claim) -> Cow<'a, str> {
        match self.known.get(session_id) {
            Some(known) if !claim.fits(known.token) => claim.other_session(session_id).into(),
            _ => session_id.into(),
        }
    }

    /// Lets go of the ended or stale session that was heard of longest ago. The store has it.
    pub(super) fn make_room(&mut self) {
        if let Some((_, session_id)) = self.resting.first_key_value() {
            let session_id = Arc::clone(session_id);
            let heard_at = self.known.get(&session_id).map(|known| known.heard_at);
            self.stored_until = self.stored_until.max(heard_at);
            self.remove(&session_id);
        }
    }

    /// As many sessions are restored as may be in memory: others may have been left out, which were
    /// heard of before.
    pub(super) fn note_left_out(&mut self, max_sessions: usize) {
        if self.known.len() >= max_sessions {
            let oldest = self.by_revision.values().next();
            self.stored_until =
                oldest.and_then(|id| self.known.get(id)).map(|known| known.heard_at);
        }
    }

    /// Lets go of ended sessions that were last heard of before `ended`, and of stale ones that were
    /// last heard of before `stale`.
    pub(super) fn forget(&mut self, ended: Instant, stale: Instant) {
        let heard_at = |id: &Arc<str>| self.known.get(id).map_or(Instant::ORIGIN, |k| k.heard_at);
        let is_outdated = |session_id: &&Arc<str>| match self.manager.liveness(session_id) {
            Some(Liveness::Ended) => heard_at(session_id) < ended,
            Some(Liveness::Stale) => heard_at(session_id) < stale,
            Some(Liveness::Live) | None => false,
        };
        // They stand in the order in which they were heard of.
        let oldest = self.resting.values().take_while(|id| heard_at(id) < ended.max(stale));
        let outdated: Vec<_> = oldest.filter(is_outdated).cloned().collect();
        outdated.iter().for_each(|session_id| self.remove(session_id));
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

    fn shown(&self, state: ConnectionState) -> Option<Session> {
        let known = self.known.get(state.session_id.as_str())?;
        let liveness = self.manager.liveness(&state.session_id)?;
        Some(Session {
            state,
            liveness,
            first_heard: known.first_heard,
            last_heard: known.heard_at,
            sdk: known.sdk.as_deref().map(str::to_owned),
            last_loss: known.last_loss,
            clock_skew: known.clock_skew,
        })
    }

    /// Their ids, the one heard of last first.
    pub(super) fn newest_first(&self, from_revision: u64) -> impl Iterator<Item = &str> {
        self.by_revision.range(from_revision..).rev().map(|(_, session_id)| &**session_id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_known_besides_a_record_takes_120_bytes() {
        assert_eq!(size_of::<Known>(), 120);
    }
}
