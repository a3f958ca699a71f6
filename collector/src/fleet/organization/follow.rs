//! Applies the reports that the store has committed.

use std::sync::Arc;
use std::time::Duration;

use steadfast_core::activity::Activity;
use steadfast_core::connection::{ConnectionState, Status};
use steadfast_core::manager::ManagerError;
use steadfast_core::time::Instant;

use super::Organization;
use super::sessions::Known;
use crate::fleet::{AcceptedReport, KnownSession};
use crate::presence::GRACE;
use crate::store::Followed;

/// What a report says of itself.
#[derive(Clone, Copy, Debug)]
struct ReportTimes {
    as_of: Instant,
    heard_at: Instant,
    clock_skew: Option<i64>,
    next_in: Duration,
}

impl Organization {
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

    /// Counts a report that this collector has committed. Each report is counted by the collector that
    /// took it and by no other, so that a sum over all of them is right.
    pub fn count(&self, delivery: &AcceptedReport) {
        self.lock().taken_here.merge(&delivery.activity());
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
        // Clients that could not report stay away for a while, and some have gone meanwhile.
        self.lock().monitor.hold_reports_until(now + GRACE);
        self.apply_report(&state, &Activity::default(), told, now)
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
}
