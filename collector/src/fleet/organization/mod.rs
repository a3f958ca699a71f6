//! One organisation: its sessions, what is applied to them, and what is read of them.

mod alerts;
mod follow;
mod health;
mod pages;
mod sessions;
mod texts;
mod timeouts;

use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};

use steadfast_core::activity::Activity;
use steadfast_core::health::HealthMonitor;
use steadfast_core::manager::{ConnectionManager, Totals};
use steadfast_core::time::Instant;
use tokio::sync::watch;

use super::session::Session;
use crate::claim::Claim;
use sessions::Sessions;

pub use health::{Health, HealthPoint};
pub use pages::Selection;

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

impl Organization {
    pub(super) fn new(
        manager: ConnectionManager,
        monitor: HealthMonitor,
        max_sessions: usize,
    ) -> Self {
        let sessions = Sessions::new(manager, monitor);
        Self { sessions: Mutex::new(sessions), revision: watch::Sender::new(0), max_sessions }
    }

    /// Whether it has this session.
    #[must_use]
    pub fn knows(&self, session_id: &str) -> bool {
        self.lock().known.contains_key(session_id)
    }

    /// When a report of a session came in last; absent if it is not known.
    #[must_use]
    pub fn last_heard(&self, session_id: &str) -> Option<Instant> {
        self.lock().known.get(session_id).map(|known| known.heard_at)
    }

    /// The session that a report is of that names this one, as far as is known here.
    #[must_use]
    pub fn session_of<'a>(&self, session_id: &'a str, claim: &Claim) -> Cow<'a, str> {
        self.lock().session_of(session_id, claim)
    }

    /// Whether a session begins with a report that names this one, as far as is known here. A session that
    /// gets its token with the report counts as one that begins: it may have got another one elsewhere.
    #[must_use]
    pub fn begins(&self, session_id: &str, claim: &Claim) -> bool {
        let sessions = self.lock();
        let session = sessions.known.get(&*sessions.session_of(session_id, claim));
        session.is_none_or(|known| known.token.is_none() && claim.token().is_some())
    }

    /// The session that is added by a report that names this one; absent if it is known.
    #[must_use]
    pub fn new_session<'a>(&self, session_id: &'a str, claim: &Claim) -> Option<Cow<'a, str>> {
        let sessions = self.lock();
        let session_id = sessions.session_of(session_id, claim);
        (!sessions.known.contains_key(&*session_id)).then_some(session_id)
    }

    /// Whether `new` sessions can be added. Ended and stale sessions are removed from memory to make room.
    #[must_use]
    pub fn has_room(&self, new: usize) -> bool {
        self.live() + new <= self.max_sessions
    }

    /// How many live sessions it has.
    #[must_use]
    pub fn live(&self) -> usize {
        let sessions = self.lock();
        sessions.known.len() - sessions.resting.len()
    }

    /// The share of the live sessions that are possible.
    #[must_use]
    pub fn fill(&self) -> f64 {
        self.live() as f64 / self.max_sessions.max(1) as f64
    }

    /// How many live sessions it may have.
    #[must_use]
    pub fn max_sessions(&self) -> usize {
        self.max_sessions
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

    /// Tells whenever a session was heard of, or became stale.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<u64> {
        self.revision.subscribe()
    }

    /// How many sessions there are, whichever collector took their reports, and what happened by the
    /// reports that this collector took since it began.
    #[must_use]
    pub fn totals(&self) -> (Totals, Activity) {
        let sessions = self.lock();
        (sessions.manager.totals(), sessions.taken_here.clone())
    }

    /// Forgets a session that was deleted.
    pub fn remove(&self, session_id: &str) {
        self.lock().remove(&session_id.into());
    }

    /// Forgets ended sessions that were last heard of before `ended`, and stale ones that were last
    /// heard of before `stale`.
    pub fn forget(&self, ended: Instant, stale: Instant) {
        self.lock().forget(ended, stale);
    }

    fn lock(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
