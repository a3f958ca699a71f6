//! Applies the reports that the store has committed.

use std::sync::Arc;
use std::time::Duration;

use steadfast_core::activity::Activity;
use steadfast_core::connection::{ConnectionState, Status};
use steadfast_core::manager::ManagerError;
use steadfast_core::time::Instant;

use super::Organization;
use super::sessions::Known;
use crate::claim::TokenDigest;
use crate::fleet::{AcceptedReport, KnownSession, LastLoss};
use crate::presence::GRACE;
use crate::store::Followed;

/// What a report says besides the session's record.
#[derive(Clone, Copy, Debug)]
struct Told<'a> {
    as_of: Instant,
    first_heard: Instant,
    heard_at: Instant,
    sdk: Option<&'a str>,
    last_loss: Option<LastLoss>,
    clock_skew: Option<i64>,
    next_in: Duration,
    token: Option<TokenDigest>,
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
        let told = Told {
            as_of: delivery.as_of(),
            first_heard: heard_at,
            heard_at,
            sdk: Some(&delivery.report.sdk),
            last_loss: delivery.last_loss(),
            clock_skew,
            next_in,
            token: delivery.claim.token(),
        };
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
        let Followed { session, activity, .. } = followed;
        let told = Told::of(&session, session.next_in);
        self.apply_report(&session.state, &activity, told, session.heard_at)
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
        session: &KnownSession,
    ) -> Result<(), ManagerError> {
        let silence = stopped_at.saturating_since(session.heard_at);
        // Three of these are what is left of its time.
        let told = Told::of(session, session.next_in.saturating_sub(silence / 3));
        // Clients that could not report stay away for a while, and some have gone meanwhile.
        self.lock().monitor.hold_reports_until(now + GRACE);
        self.apply_report(&session.state, &Activity::default(), told, now)?;
        self.lock().note_left_out(self.max_sessions);
        Ok(())
    }

    fn apply_report(
        &self,
        state: &ConnectionState,
        activity: &Activity,
        told: Told<'_>,
        now: Instant,
    ) -> Result<(), ManagerError> {
        let Told { as_of, first_heard, heard_at, sdk, last_loss, clock_skew, next_in, token } =
            told;
        let mut guard = self.lock();
        let sessions = &mut *guard;
        let session_id: Arc<str> = state.session_id.as_str().into();
        let before = sessions.known.get(&session_id).cloned();
        let outdated = before.as_ref().is_some_and(|known| as_of < known.as_of);
        let known_state = if outdated { sessions.manager.connection(&session_id) } else { None };
        let state = known_state.as_ref().unwrap_or(state);
        if before.is_none() && sessions.known.len() >= self.max_sessions {
            sessions.make_room();
        }
        sessions.manager.observe(now, state, activity, next_in)?;

        let revision = *self.revision.borrow() + 1;
        if let Some(before) = &before {
            sessions.by_revision.remove(&before.revision);
            sessions.resting.remove(&before.revision);
            if let Some(since) = before.stale_since {
                sessions.stale_by_revision.remove(&since);
            }
        }
        let known = match before {
            None => Known {
                revision,
                stale_since: None,
                as_of,
                first_heard,
                heard_at,
                sdk: sdk.map(|sdk| sessions.sdks.shared(sdk)),
                last_loss,
                clock_skew,
                token,
            },
            Some(before) => Known {
                revision,
                stale_since: None,
                as_of: before.as_of.max(as_of),
                first_heard: before.first_heard.min(first_heard),
                heard_at,
                last_loss: LastLoss::later(before.last_loss, last_loss),
                sdk: match sdk {
                    Some(sdk) if !outdated && before.sdk.as_deref() != Some(sdk) => {
                        Some(sessions.sdks.shared(sdk))
                    }
                    _ => before.sdk,
                },
                clock_skew: if outdated { before.clock_skew } else { clock_skew },
                // A session that was removed and began anew has another.
                token: token.or(before.token),
            },
        };
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

impl<'a> Told<'a> {
    fn of(session: &'a KnownSession, next_in: Duration) -> Self {
        Self {
            as_of: session.as_of,
            first_heard: session.first_heard,
            heard_at: session.heard_at,
            sdk: session.sdk.as_deref(),
            last_loss: session.last_loss,
            clock_skew: session.clock_skew,
            next_in,
            token: session.token,
        }
    }
}
