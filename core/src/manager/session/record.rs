//! The record of a session as others know it, and back.

use alloc::boxed::Box;

use super::{Extra, Held, NEVER, Session, UNMEASURED, micros};
use crate::connection::ConnectionState;
use crate::time::Instant;

impl Session {
    /// Replaces everything but ids and names, which are the same, by a record from elsewhere.
    pub(in crate::manager) fn replace(&mut self, state: &ConnectionState) {
        let stored = |at: Option<Instant>| at.unwrap_or(NEVER);
        self.connected_at = stored(state.connected_at);
        self.last_heartbeat = stored(state.last_heartbeat);
        self.disconnected_at = stored(state.disconnected_at);
        self.total_disconnections = state.total_disconnections;
        self.srtt = state.latency.map_or(UNMEASURED, micros);
        self.rttvar = self.srtt / 2;
        self.missed = u16::try_from(state.missed_heartbeats).unwrap_or(u16::MAX);
        self.status = state.status;
        self.quality = state.connection_quality;
        self.held = Held::Elsewhere;
        let long_id = self.extra.take().map(|extra| extra.long_id).unwrap_or_default();
        let plain = state.metadata.is_empty()
            && state.max_reconnect_attempts.is_none()
            && state.reconnect_attempts == 0
            && long_id.is_empty();
        self.extra = (!plain).then(|| {
            Box::new(Extra {
                metadata: state.metadata.clone(),
                max_reconnect_attempts: state.max_reconnect_attempts,
                reconnect_attempts: state.reconnect_attempts,
                reconnection: None,
                long_id,
            })
        });
    }

    /// The record, with the names that stand beside it.
    pub(in crate::manager) fn state(
        &self,
        organization: &str,
        client_type: &str,
    ) -> ConnectionState {
        let read = |at: Instant| (at != NEVER).then_some(at);
        let extra = self.extra.as_deref();
        ConnectionState {
            session_id: self.session_id().into(),
            user_id: (!self.user_id().is_empty()).then(|| self.user_id().into()),
            organization_id: organization.into(),
            status: self.status,
            client_type: client_type.into(),
            connected_at: read(self.connected_at),
            last_heartbeat: read(self.last_heartbeat),
            disconnected_at: read(self.disconnected_at),
            reconnect_attempts: self.reconnect_attempts(),
            max_reconnect_attempts: extra.and_then(|extra| extra.max_reconnect_attempts),
            failure: None,
            connection_quality: self.quality,
            latency: self.rtt().srtt(),
            missed_heartbeats: self.missed.into(),
            total_disconnections: self.total_disconnections,
            metadata: extra.map(|extra| extra.metadata.clone()).unwrap_or_default(),
        }
    }
}
