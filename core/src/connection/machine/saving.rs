//! What outlives the machine.

use super::Connection;
use super::credentials::Credentials;
use crate::breaker::CircuitBreaker;
use crate::connection::config::ConnectionConfig;
use crate::heartbeat::Patience;
use crate::outbox::Entry;
use crate::protocol::{AckConfig, DeliveryTracker};
use crate::report::ReportToken;
use crate::snapshot::{ConnectionSnapshot, RestoreError, WaitingMessage};
use crate::time::Instant;

impl Connection {
    /// What to save, so that the session can go on in another process or page. Cheap but for the
    /// messages that wait, of which there is a number each.
    #[must_use]
    pub fn snapshot(&self) -> ConnectionSnapshot {
        let waiting = |&Entry { message, bytes, expires_at }: &Entry| WaitingMessage {
            message,
            bytes,
            expires_at,
        };
        ConnectionSnapshot {
            session_id: self.state.session_id.clone(),
            organization_id: self.state.organization_id.clone(),
            saved_at: self.now,
            connected_at: self.state.connected_at,
            last_heartbeat: self.state.last_heartbeat,
            // The link does not outlive what is saved.
            disconnected_at: self
                .state
                .disconnected_at
                .or(self.state.connected_at.map(|_| self.now)),
            latency: self.state.latency,
            reconnect_attempts: self.state.reconnect_attempts,
            total_disconnections: self.state.total_disconnections,
            quality: self.quality.clone(),
            backoff: self.backoff,
            breaker: self.breaker.as_ref().map(CircuitBreaker::snapshot),
            delivery: self.delivery.as_ref().map(DeliveryTracker::snapshot),
            report_token: self.report_token.clone(),
            silences: self.patience.saved(),
            not_before: self.not_before.filter(|until| *until > self.now),
            credentials: self.credentials.saved(),
            next_message: self.next_message,
            handed_over: self.outbox.handed_over(),
            waiting: self.outbox.entries().map(waiting).collect(),
        }
    }

    /// The token to show with the reports of this session: that of its earlier life, or else this one, which
    /// snapshots keep from now on.
    pub fn keep_report_token(&mut self, new: ReportToken) -> ReportToken {
        self.report_token.get_or_insert(new).clone()
    }

    /// Goes on from what was saved, and waits for [`Input::Open`](crate::connection::Input::Open).
    /// The session keeps its history, its back-off, the wait that the server asked for and what waits
    /// to be sent; its link is a new one. `config` may differ from that of the earlier life in everything but the session.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense, or the snapshot is of another session.
    pub fn restore(
        config: ConnectionConfig,
        seed: u64,
        now: Instant,
        snapshot: ConnectionSnapshot,
    ) -> Result<Self, RestoreError> {
        let registration = &config.registration;
        if (snapshot.session_id.as_str(), snapshot.organization_id.as_str())
            != (registration.session_id.as_str(), registration.organization_id.as_str())
        {
            let wanted = registration.session_id.clone();
            return Err(RestoreError::Session { found: snapshot.session_id, wanted });
        }
        let saves = config.save_before_ack;
        let mut connection = Self::new(config, seed, now)?;
        let state = &mut connection.state;
        state.connected_at = snapshot.connected_at;
        state.last_heartbeat = snapshot.last_heartbeat;
        state.disconnected_at = snapshot.disconnected_at;
        state.latency = snapshot.latency;
        state.total_disconnections = snapshot.total_disconnections;
        connection.quality = snapshot.quality.of_a_new_link();
        connection.restored = Some((snapshot.backoff, snapshot.reconnect_attempts));
        connection.patience = Patience::restored(snapshot.silences, now);
        connection.credentials = Credentials::restored(snapshot.credentials);
        // By a clock that was set back meanwhile the wait would become longer.
        connection.not_before = snapshot.not_before.map(|until| {
            let rest = until.saturating_since(snapshot.saved_at);
            until.min(now + rest.min(connection.config.max_server_wait))
        });
        connection.next_message = snapshot.next_message;
        connection.report_token = snapshot.report_token;
        if let (Some(breaker), Some(saved)) = (&connection.breaker, snapshot.breaker) {
            breaker.restore(saved);
        }
        for WaitingMessage { message, bytes, expires_at } in snapshot.waiting {
            // By a clock that was set back meanwhile it would be worth something for longer.
            let expires_at =
                expires_at.map(|at| at.min(now + at.saturating_since(snapshot.saved_at)));
            connection.outbox.push(Entry { message, bytes, expires_at });
        }
        // Whatever waited may have been sent after the snapshot was made. The server says.
        let waiting = connection.outbox.len() as u64;
        connection.delivery = snapshot
            .delivery
            .and_then(|delivery| DeliveryTracker::restore(AckConfig::default(), delivery, waiting));
        if let Some(delivery) = connection.delivery.as_mut().filter(|_| saves) {
            delivery.save_first();
        }
        let is_acknowledged = connection.delivery.is_some();
        connection.outbox.was_handed_over(snapshot.handed_over, is_acknowledged);
        Ok(connection)
    }
}
