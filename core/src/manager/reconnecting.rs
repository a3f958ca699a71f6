//! How sessions that were lost are connected again.

use alloc::sync::Arc;
use core::time::Duration;

use super::config::ReconnectConfig;
use super::error::ManagerError;
use super::output::ScheduledReconnection;
use super::registry::ConnectionManager;
use super::session::{ReconnectPolicy, Reconnection};
use crate::connection::{Cause, Status};
use crate::event::EventKind;
use crate::retry::{Backoff, Failure, RetryStrategy};
use crate::time::Instant;

/// A link that held for so long was stable: what it took to get it is forgotten.
const STABLE_AFTER: Duration = Duration::from_secs(10);

impl ConnectionManager {
    /// Schedules attempts to connect a session again, with bounds and waits of their own, which
    /// replace those that were scheduled. Its attempts are counted anew, and its status becomes
    /// `RECONNECTING` if it is not. When one is due,
    /// [`ManagerOutput::Reconnect`](super::ManagerOutput::Reconnect) says so.
    ///
    /// # Errors
    ///
    /// If there is no such session, or the configuration makes no sense.
    pub fn schedule_reconnection(
        &mut self,
        now: Instant,
        session_id: &str,
        config: ReconnectConfig,
        strategy: RetryStrategy,
    ) -> Result<ScheduledReconnection, ManagerError> {
        config.validate()?;
        strategy.validate()?;
        let slot = self.find(session_id)?;
        self.advance(now);
        let session = self.slab.session_mut(slot);
        session.count_attempts(0);
        let before = session.counted();
        session.hold();
        self.totals.became(before, session.counted());
        session.extra_mut().max_reconnect_attempts = config.max_attempts;
        self.begin(slot, Arc::new(ReconnectPolicy { config, strategy }));
        if self.slab.session(slot).status == Status::Reconnecting {
            self.schedule(slot, None);
        } else {
            // Every status may become this one; the attempt is scheduled on the way.
            self.become_status(slot, Status::Reconnecting, Cause::Network);
        }
        let session = self.slab.session(slot);
        let (attempt, at) = (session.reconnect_attempts(), session.due);
        Ok(ScheduledReconnection { attempt, at, delay: at.saturating_since(self.now()) })
    }

    /// The attempt to connect a session again has failed: when the next one is due; absent if there
    /// is none, since they have run out, or were not scheduled here.
    ///
    /// # Errors
    ///
    /// If there is no such session, or it is not being connected again.
    pub fn reconnection_failed(
        &mut self,
        now: Instant,
        session_id: &str,
        cause: Cause,
    ) -> Result<Option<ScheduledReconnection>, ManagerError> {
        let slot = self.find(session_id)?;
        let status = self.slab.session(slot).status;
        if status != Status::Reconnecting {
            return Err(ManagerError::NotReconnecting(status));
        }
        let now = self.advance(now);
        self.attempt_failed(slot, cause);
        let session = self.slab.session(slot);
        let scheduled = session.status == Status::Reconnecting && session.has_reconnection();
        let (attempt, at) = (session.reconnect_attempts(), session.due);
        Ok(scheduled.then(|| ScheduledReconnection {
            attempt,
            at,
            delay: at.saturating_since(now),
        }))
    }

    /// A session without a link was lost: schedules the first attempt, if that is configured.
    pub(super) fn reconnect_by_itself(&mut self, slot: u32, cause: Cause) {
        let session = self.slab.session(slot);
        if !session.has_reconnection() {
            let Some(policy) = self.reconnect.clone().filter(|_| !session.is_observed()) else {
                return;
            };
            self.begin(slot, policy);
        }
        // After a link that held nothing has failed yet.
        let held = self.slab.session(slot).reconnect_attempts() == 0;
        self.schedule(slot, if held { None } else { Some(cause.failure()) });
    }

    /// The attempt that is under way, or waited for, has failed.
    pub(super) fn attempt_failed(&mut self, slot: u32, cause: Cause) {
        let attempt = self.slab.session(slot).reconnect_attempts();
        self.activity.failed_attempts += 1;
        let failure = cause.failure();
        let (class, cause) = (Some(failure.class), Some(cause));
        self.emit(slot, EventKind::RetryFailed { attempt, class, cause });
        if self.slab.session(slot).has_reconnection() {
            self.schedule(slot, Some(failure));
        }
    }

    /// A link came up: the attempt that is under way has succeeded.
    pub(super) fn connected_again(&mut self, slot: u32) {
        let now = self.now();
        let session = self.slab.session_mut(slot);
        let attempt = session.reconnect_attempts();
        if let Some(reconnection) = session.reconnection_mut() {
            let took = now.saturating_since(reconnection.began.take().unwrap_or(now));
            self.emit(slot, EventKind::RetrySuccess { attempt, took });
        }
    }

    /// A heartbeat came of a session that is, or was, connected again.
    pub(super) fn proved_alive(&mut self, slot: u32) {
        let now = self.now();
        let session = self.slab.session_mut(slot);
        if session.status == Status::Reconnecting {
            self.become_status(slot, Status::Connected, Cause::Network);
        } else if session.status == Status::Connected
            && now.saturating_since(session.connected_at) >= STABLE_AFTER
        {
            session.reconnected();
        }
    }

    fn begin(&mut self, slot: u32, policy: Arc<ReconnectPolicy>) {
        let reconnection = Reconnection { policy, backoff: Backoff::new(), began: None };
        self.slab.session_mut(slot).reconnect(reconnection);
    }

    /// Schedules the next attempt, after a failure or the first one; or the session has failed.
    fn schedule(&mut self, slot: u32, failure: Option<Failure>) {
        let session = self.slab.session_mut(slot);
        let attempts = session.reconnect_attempts();
        let Some(reconnection) = session.reconnection_mut() else { return };
        if reconnection.policy.config.max_attempts.is_some_and(|most| attempts >= most) {
            self.emit(slot, EventKind::RetryExhausted { attempts });
            return self.become_status(slot, Status::Failed, Cause::ConnectTimeout);
        }
        let strategy = &reconnection.policy.strategy;
        let delay = if let Some(failure) = failure {
            reconnection.backoff.failed(strategy, failure, &mut self.random)
        } else {
            let lost = Cause::Network.failure();
            reconnection.backoff.interrupted(strategy, lost, false, &mut self.random)
        };
        reconnection.began = None;
        let attempt = attempts.saturating_add(1);
        session.count_attempts(attempt);
        self.emit(slot, EventKind::RetryAttempt { attempt, delay });
        let now = self.now();
        self.wheel.arm(&mut self.slab, now, slot, now + delay);
    }
}
