//! What follows when time has passed.

use super::output::ManagerOutput;
use super::registry::ConnectionManager;
use crate::connection::{Cause, Status};
use crate::time::Instant;

impl ConnectionManager {
    /// Time has passed: heartbeats are missed, attempts are due or have failed, and a session
    /// that nothing was heard of for too long is forgotten.
    pub fn handle_timeout(&mut self, now: Instant) {
        let now = self.advance(now);
        while let Some(slot) = self.wheel.expire(&mut self.slab, now) {
            self.time_has_come(slot);
        }
    }

    /// When to call [`handle_timeout`](Self::handle_timeout), at the latest; it may be earlier than
    /// there is something to do. A deadline is met 34 ms late at most. Absent if nothing is
    /// waited for.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.wheel.poll_timeout()
    }

    fn time_has_come(&mut self, slot: u32) {
        let session = self.slab.session(slot);
        if let Some(heard) = session.heard() {
            return self.report_missed(slot, heard);
        }
        let forgotten = self.config.forget_after.map(|after| session.last_sign() + after);
        match session.status {
            Status::Connected => self.heartbeat_missed(slot),
            Status::Reconnecting
                if session.has_reconnection() && forgotten.is_none_or(|at| self.now() < at) =>
            {
                self.attempt_due(slot);
            }
            _ => self.forget(slot),
        }
    }

    /// An attempt is due, or the one under way has taken too long.
    fn attempt_due(&mut self, slot: u32) {
        let now = self.now();
        let session = self.slab.session_mut(slot);
        let (attempt, session_id) = (session.reconnect_attempts(), session.session_id().into());
        let Some(reconnection) = session.reconnection_mut() else { return };
        if reconnection.began.is_some() {
            return self.attempt_failed(slot, Cause::ConnectTimeout);
        }
        reconnection.began = Some(now);
        let policy = &reconnection.policy;
        let first = policy.config.attempt_timeout;
        let timeout = reconnection.backoff.connect_timeout(&policy.strategy, first);
        self.output(ManagerOutput::Reconnect { session_id, attempt });
        self.wheel.arm(&mut self.slab, now, slot, now + timeout);
    }
}
