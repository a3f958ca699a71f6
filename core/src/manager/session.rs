//! One record, small enough for a million of them.

use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use core::time::Duration;

use super::config::ReconnectConfig;
use super::list::Link;
use super::wheel::NOWHERE;
use crate::connection::{ConnectionState, Metadata, Status};
use crate::heartbeat::Rtt;
use crate::quality::{Quality, QualityTracker};
use crate::retry::{Backoff, RetryStrategy};
use crate::time::Instant;

/// What is known of a session. [`ConnectionState`] is made from it when somebody asks.
///
/// In this order, since a million of them do not fit a cache: what a heartbeat touches lies side by
/// side.
#[derive(Clone, Debug)]
#[repr(C)]
pub(super) struct Session {
    /// The session's id, and behind it the user's, if there is one.
    ids: Box<str>,
    /// What few sessions have.
    pub(super) extra: Option<Box<Extra>>,
    /// See [`Wheel`](super::wheel::Wheel).
    pub(super) due: Instant,
    /// [`NEVER`] where the record has nothing, as with the other instants.
    pub(super) last_heartbeat: Instant,
    /// In microseconds; [`UNMEASURED`] without a sample.
    srtt: u32,
    rttvar: u32,
    pub(super) tracker: QualityTracker,
    pub(super) missed: u16,
    /// Where it is in the wheel.
    pub(super) bucket: u16,
    /// The length of the session's id.
    id_bytes: u8,
    pub(super) status: Status,
    pub(super) quality: Option<Quality>,
    /// Whether another side holds its socket, and decides.
    pub(super) observed: bool,
    pub(super) connected_at: Instant,
    pub(super) disconnected_at: Instant,
    pub(super) links: [Link; 3],
    pub(super) organization: u32,
    pub(super) client_type: u32,
    pub(super) reconnect_attempts: u32,
    pub(super) total_disconnections: u32,
}

/// What few sessions have.
#[derive(Clone, Debug, Default)]
pub(super) struct Extra {
    pub(super) metadata: Metadata,
    pub(super) max_reconnect_attempts: Option<u32>,
    pub(super) reconnection: Option<Reconnection>,
}

/// How a session is connected again.
#[derive(Clone, Debug)]
pub(super) struct Reconnection {
    pub(super) policy: Arc<ReconnectPolicy>,
    pub(super) backoff: Backoff,
    /// When the attempt began that is under way; absent while one is waited for, or none is needed.
    pub(super) began: Option<Instant>,
}

/// The bounds and the waits of reconnections.
#[derive(Clone, Debug)]
pub(super) struct ReconnectPolicy {
    pub(super) config: ReconnectConfig,
    pub(super) strategy: RetryStrategy,
}

/// What the totals count of a session.
#[derive(Clone, Copy, Debug)]
pub(super) struct Counted {
    pub(super) status: Status,
    pub(super) quality: Option<Quality>,
    pub(super) latency_micros: Option<u32>,
}

/// Stands for an instant that there is none of.
pub(super) const NEVER: Instant = Instant::from_origin(Duration::MAX);

const UNMEASURED: u32 = u32::MAX;

impl Session {
    /// A session without a link, whose ids were found to be of 1 to 128 bytes.
    pub(super) fn new(session_id: &str, user_id: Option<&str>) -> Self {
        let mut ids = String::with_capacity(session_id.len() + user_id.map_or(0, str::len));
        ids.push_str(session_id);
        ids.push_str(user_id.unwrap_or_default());
        Self {
            ids: ids.into_boxed_str(),
            // Checked by whoever calls.
            id_bytes: u8::try_from(session_id.len()).unwrap_or(u8::MAX),
            ..Self::vacant()
        }
    }

    /// A slot that no session is in.
    pub(super) fn vacant() -> Self {
        Self {
            ids: Box::default(),
            extra: None,
            connected_at: NEVER,
            last_heartbeat: NEVER,
            disconnected_at: NEVER,
            due: NEVER,
            links: [Link::NONE; 3],
            organization: 0,
            client_type: 0,
            reconnect_attempts: 0,
            total_disconnections: 0,
            srtt: UNMEASURED,
            rttvar: 0,
            tracker: QualityTracker::default(),
            missed: 0,
            bucket: NOWHERE,
            id_bytes: 0,
            status: Status::Disconnected,
            quality: None,
            observed: false,
        }
    }

    pub(super) fn is_vacant(&self) -> bool {
        self.ids.is_empty()
    }

    pub(super) fn session_id(&self) -> &str {
        self.ids.split_at(self.id_bytes.into()).0
    }

    /// Empty without a user.
    pub(super) fn user_id(&self) -> &str {
        self.ids.split_at(self.id_bytes.into()).1
    }

    pub(super) fn counted(&self) -> Counted {
        let latency_micros = (self.srtt != UNMEASURED).then_some(self.srtt);
        Counted { status: self.status, quality: self.quality, latency_micros }
    }

    pub(super) fn extra_mut(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    pub(super) fn reconnection(&self) -> Option<&Reconnection> {
        self.extra.as_ref()?.reconnection.as_ref()
    }

    pub(super) fn reconnection_mut(&mut self) -> Option<&mut Reconnection> {
        self.extra.as_mut()?.reconnection.as_mut()
    }

    pub(super) fn rtt(&self) -> Rtt {
        let micros = |micros: u32| Duration::from_micros(micros.into());
        match self.srtt {
            UNMEASURED => Rtt::new(),
            srtt => Rtt::of(micros(srtt), micros(self.rttvar)),
        }
    }

    /// Takes in a round-trip time, and gives the running average.
    pub(super) fn measured(&mut self, sample: Duration) -> Duration {
        let mut rtt = self.rtt();
        rtt.sample(sample);
        self.srtt = micros(rtt.srtt().unwrap_or(sample));
        self.rttvar = micros(rtt.rttvar());
        Duration::from_micros(self.srtt.into())
    }

    /// When something was last heard of it by ourselves.
    pub(super) fn last_sign(&self) -> Instant {
        [self.connected_at, self.last_heartbeat, self.disconnected_at]
            .into_iter()
            .filter(|&at| at != NEVER)
            .fold(Instant::ORIGIN, Instant::max)
    }

    /// Replaces everything but ids and names, which are the same, by a record from elsewhere.
    pub(super) fn replace(&mut self, state: &ConnectionState) {
        let stored = |at: Option<Instant>| at.unwrap_or(NEVER);
        self.connected_at = stored(state.connected_at);
        self.last_heartbeat = stored(state.last_heartbeat);
        self.disconnected_at = stored(state.disconnected_at);
        self.reconnect_attempts = state.reconnect_attempts;
        self.total_disconnections = state.total_disconnections;
        self.srtt = state.latency.map_or(UNMEASURED, micros);
        self.rttvar = self.srtt / 2;
        self.missed = u16::try_from(state.missed_heartbeats).unwrap_or(u16::MAX);
        self.status = state.status;
        self.quality = state.connection_quality;
        let plain = state.metadata.is_empty() && state.max_reconnect_attempts.is_none();
        self.extra = (!plain).then(|| {
            Box::new(Extra {
                metadata: state.metadata.clone(),
                max_reconnect_attempts: state.max_reconnect_attempts,
                reconnection: None,
            })
        });
    }

    /// The record, with the names that stand beside it.
    pub(super) fn state(&self, organization: &str, client_type: &str) -> ConnectionState {
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
            reconnect_attempts: self.reconnect_attempts,
            max_reconnect_attempts: extra.and_then(|extra| extra.max_reconnect_attempts),
            connection_quality: self.quality,
            latency: self.rtt().srtt(),
            missed_heartbeats: self.missed.into(),
            total_disconnections: self.total_disconnections,
            metadata: extra.map(|extra| extra.metadata.clone()).unwrap_or_default(),
        }
    }
}

/// Whole microseconds, at most 71 minutes.
fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(UNMEASURED).min(UNMEASURED - 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_takes_160_bytes() {
        assert_eq!(size_of::<Session>(), 160);
    }
}
