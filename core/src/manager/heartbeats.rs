//! Heartbeats: those that come in, and those that do not.

use core::time::Duration;

use super::config::ManagerConfig;
use super::error::ManagerError;
use super::output::HeartbeatUpdate;
use super::registry::ConnectionManager;
use super::session::Session;
use crate::connection::{Cause, Status};
use crate::event::EventKind;
use crate::heartbeat::interval;
use crate::quality::QualityChange;
use crate::time::Instant;

impl ConnectionManager {
    /// A heartbeat of a session came in. `client_timestamp` is when it set out, by the clock that
    /// also gives `now`. A session that was being connected again is thereby connected.
    ///
    /// # Errors
    ///
    /// If there is no such session, or the time stamp lies in the future.
    pub fn update_heartbeat(
        &mut self,
        now: Instant,
        session_id: &str,
        client_timestamp: Instant,
    ) -> Result<HeartbeatUpdate, ManagerError> {
        if client_timestamp > now {
            let ahead = client_timestamp.saturating_since(now);
            let ahead_millis = u64::try_from(ahead.as_millis()).unwrap_or(u64::MAX);
            return Err(ManagerError::TimestampInFuture { ahead_millis });
        }
        let slot = self.find(session_id)?;
        let rtt = now.saturating_since(client_timestamp);
        let now = self.advance(now);
        let session = self.slab.session_mut(slot);
        let before = session.counted();
        session.hold();
        let latency = session.measured(rtt);
        let change = session.tracker().and_then(|tracker| tracker.answered(now, rtt));
        let quality = session.tracker().and_then(|tracker| tracker.quality());
        session.quality = quality;
        session.last_heartbeat = now;
        session.missed = 0;
        self.totals.became(before, session.counted());
        let late = late(&self.config, session);
        let status = session.status;
        self.activity.heartbeats += 1;
        self.activity.latency.record(rtt);
        if session.has_reconnection() || status == Status::Reconnecting {
            self.proved_alive(slot);
        }
        self.quality_became(slot, change);
        let next_interval = interval(&self.config.heartbeat, quality, None, &mut self.random);
        if matches!(status, Status::Connected | Status::Reconnecting) {
            self.expect(slot, next_interval + late);
        }
        Ok(HeartbeatUpdate { rtt, latency, quality, next_interval })
    }

    /// A heartbeat is late. The next one is waited for as long as an answer takes, since a client that
    /// holds the socket, and hears of the miss, probes at once.
    pub(super) fn heartbeat_missed(&mut self, slot: u32) {
        let now = self.now();
        let session = self.slab.session_mut(slot);
        self.totals.subtract(session.counted());
        session.missed = session.missed.saturating_add(1);
        let missed = u32::from(session.missed);
        let change = session.tracker().and_then(|tracker| tracker.missed(now));
        session.quality = session.tracker().and_then(|tracker| tracker.quality());
        self.totals.add(session.counted());
        let late = late(&self.config, session);
        self.activity.missed_heartbeats += 1;
        self.emit(slot, EventKind::Heartbeat { rtt: None, missed });
        self.quality_became(slot, change);
        if missed >= self.config.heartbeat.max_missed {
            self.become_status(slot, Status::Reconnecting, Cause::HeartbeatTimeout);
        } else {
            self.expect(slot, late);
        }
    }

    /// The next heartbeat has to come in within this time.
    pub(super) fn expect(&mut self, slot: u32, within: Duration) {
        if self.config.expect_heartbeats {
            let now = self.now();
            self.wheel.arm(&mut self.slab, now, slot, now + within);
        } else {
            self.wheel.disarm(&mut self.slab, slot);
        }
    }

    pub(super) fn quality_became(&mut self, slot: u32, change: Option<QualityChange>) {
        if let Some(QualityChange { from, to, score }) = change {
            self.emit(slot, EventKind::QualityChanged { from, to, score });
        }
    }
}

/// How long after its time a heartbeat is late.
pub(super) fn late(config: &ManagerConfig, session: &Session) -> Duration {
    let rto = session.rtt().rto().saturating_mul(2);
    rto.clamp(config.heartbeat.late_min, config.heartbeat.late_max)
}
