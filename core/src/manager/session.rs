//! One record, small enough for a million of them.

mod record;

use alloc::boxed::Box;
use alloc::sync::Arc;
use core::time::Duration;

use super::config::ReconnectConfig;
use super::heard::{Heard, PackedHeard, Silence};
use super::list::{List, ListLink};
use super::liveness::{Liveness, MISSED_REPORTS};
use super::wheel::NOWHERE;
use crate::connection::{Metadata, Status};
use crate::heartbeat::Rtt;
use crate::quality::{Quality, QualityTracker};
use crate::retry::{Backoff, RetryStrategy};
use crate::time::Instant;

/// What is known of a session. [`ConnectionState`] is made from it when somebody asks.
///
/// Three cache lines, since a million of them do not fit a cache. A look-up reads the first, where
/// the id is; a heartbeat touches the first two.
#[derive(Clone, Debug)]
#[repr(C, align(64))]
pub(super) struct Session {
    /// The session's id, unless it is longer.
    id: [u8; SHORT],
    /// The length of the session's id; zero where no session is.
    id_bytes: u8,
    pub(super) status: Status,
    pub(super) quality: Option<Quality>,
    held: Held,
    pub(super) missed: u16,
    /// Where it is in the wheel.
    pub(super) bucket: u16,
    /// In microseconds; [`UNMEASURED`] without a sample.
    srtt: u32,
    /// See [`Wheel`](super::wheel::Wheel).
    pub(super) due: Instant,
    /// [`NEVER`] where the record has nothing, as with the other instants.
    pub(super) last_heartbeat: Instant,

    rttvar: u32,
    source: Source,
    deadlines: ListLink,
    pub(super) organization: u32,

    /// What few sessions have.
    extra: Option<Box<Extra>>,
    /// Empty without a user.
    user_id: Box<str>,
    pub(super) connected_at: Instant,
    pub(super) disconnected_at: Instant,
    of_user: ListLink,
    of_organization: ListLink,
    pub(super) client_type: u32,
    pub(super) total_disconnections: u32,
}

/// Ids up to this length stand in the record. It is that of a UUID.
const SHORT: usize = 36;

/// Source of the information about a session.
#[derive(Clone, Debug)]
enum Source {
    /// From its heartbeats, which this side judges.
    Heartbeats(QualityTracker),
    /// From the side that holds its socket.
    Reports(PackedHeard),
}

/// Who decides of a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Held {
    /// Another side holds its socket.
    Elsewhere,
    /// This side does.
    Here,
    /// This side does, and it has a [`Reconnection`].
    HereAgain,
}

/// What few sessions have.
#[derive(Clone, Debug, Default)]
pub(super) struct Extra {
    pub(super) metadata: Metadata,
    pub(super) max_reconnect_attempts: Option<u32>,
    reconnect_attempts: u32,
    reconnection: Option<Reconnection>,
    /// The session's id, if it is too long for the record.
    long_id: Box<str>,
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
    pub(super) liveness: Liveness,
    pub(super) status: Status,
    pub(super) quality: Option<Quality>,
    /// Absent for a session that is not live.
    pub(super) latency_micros: Option<u32>,
    /// Whether another side reports it, and a report is missing.
    pub(super) is_overdue: bool,
}

/// Stands for an instant that there is none of.
pub(super) const NEVER: Instant = Instant::from_origin(Duration::MAX);

const UNMEASURED: u32 = u32::MAX;

impl Session {
    /// A session without a link, whose ids were found to be of 1 to 128 bytes.
    pub(super) fn new(session_id: &str, user_id: Option<&str>) -> Self {
        let mut session = Self::vacant();
        // Checked by the caller.
        session.id_bytes = u8::try_from(session_id.len()).unwrap_or(u8::MAX);
        session.user_id = user_id.unwrap_or_default().into();
        match session.id.get_mut(..session_id.len()) {
            Some(id) => id.copy_from_slice(session_id.as_bytes()),
            None => session.extra_mut().long_id = session_id.into(),
        }
        session
    }

    /// A slot that no session is in.
    pub(super) fn vacant() -> Self {
        Self {
            id: [0; SHORT],
            id_bytes: 0,
            status: Status::Disconnected,
            quality: None,
            held: Held::Here,
            missed: 0,
            bucket: NOWHERE,
            srtt: UNMEASURED,
            due: NEVER,
            last_heartbeat: NEVER,
            rttvar: 0,
            source: Source::Heartbeats(QualityTracker::default()),
            deadlines: ListLink::NONE,
            organization: 0,
            extra: None,
            user_id: Box::default(),
            connected_at: NEVER,
            disconnected_at: NEVER,
            of_user: ListLink::NONE,
            of_organization: ListLink::NONE,
            client_type: 0,
            total_disconnections: 0,
        }
    }

    pub(super) fn is_vacant(&self) -> bool {
        self.id_bytes == 0
    }

    pub(super) fn session_id(&self) -> &str {
        str::from_utf8(self.session_id_bytes()).unwrap_or_default()
    }

    /// The id as it is compared and hashed, which takes no look at whether it is text.
    pub(super) fn session_id_bytes(&self) -> &[u8] {
        let short = self.id.get(..self.id_bytes.into());
        short.unwrap_or_else(|| self.extra.as_ref().map_or(&[], |extra| extra.long_id.as_bytes()))
    }

    /// Empty without a user.
    pub(super) fn user_id(&self) -> &str {
        &self.user_id
    }

    pub(super) fn link(&self, list: List) -> ListLink {
        match list {
            List::Deadline => self.deadlines,
            List::Organization => self.of_organization,
            List::User => self.of_user,
        }
    }

    pub(super) fn link_mut(&mut self, list: List) -> &mut ListLink {
        match list {
            List::Deadline => &mut self.deadlines,
            List::Organization => &mut self.of_organization,
            List::User => &mut self.of_user,
        }
    }

    pub(super) fn counted(&self) -> Counted {
        let liveness = self.liveness();
        let is_measured = self.srtt != UNMEASURED && liveness == Liveness::Live;
        let latency_micros = is_measured.then_some(self.srtt);
        let is_overdue = self.heard().is_some_and(|heard| heard.silence == Silence::Overdue);
        Counted { liveness, status: self.status, quality: self.quality, latency_micros, is_overdue }
    }

    /// Absent without any.
    pub(super) fn metadata(&self) -> Option<&Metadata> {
        self.extra.as_ref().map(|extra| &extra.metadata)
    }

    pub(super) fn extra_mut(&mut self) -> &mut Extra {
        self.extra.get_or_insert_default()
    }

    /// Whether another side holds its socket, and decides.
    pub(super) fn is_observed(&self) -> bool {
        self.held == Held::Elsewhere
    }

    /// It was heard of, or is decided of, on this side.
    pub(super) fn hold(&mut self) {
        if self.held == Held::Elsewhere {
            self.held = Held::Here;
            self.source = Source::Heartbeats(QualityTracker::default());
        }
    }

    /// What its heartbeats say; absent for a session that another side reports.
    pub(super) fn tracker(&mut self) -> Option<&mut QualityTracker> {
        match &mut self.source {
            Source::Heartbeats(tracker) => Some(tracker),
            Source::Reports(_) => None,
        }
    }

    /// How it is heard of; absent for a session that this side hears itself.
    pub(super) fn heard(&self) -> Option<Heard> {
        match self.source {
            Source::Heartbeats(_) => None,
            Source::Reports(heard) => Some(heard.into()),
        }
    }

    /// Another side told of it, and tells again within `next_in`.
    pub(super) fn hear(&mut self, at: Instant, next_in: Duration) {
        let patience = next_in.saturating_mul(MISSED_REPORTS).as_millis();
        let patience_millis = u32::try_from(patience).unwrap_or(u32::MAX);
        self.source =
            Source::Reports(Heard { at, patience_millis, silence: Silence::OnTime }.into());
    }

    /// Somebody on this side changed it, so it is there.
    pub(super) fn touch(&mut self, now: Instant) {
        if let Some(heard) = self.heard() {
            self.source =
                Source::Reports(Heard { at: now, silence: Silence::OnTime, ..heard }.into());
        }
    }

    /// It has been silent for so long.
    pub(super) fn grow_silent(&mut self, silence: Silence) {
        if let Source::Reports(heard) = &mut self.source {
            heard.silence = silence;
        }
    }

    pub(super) fn liveness(&self) -> Liveness {
        if self.status == Status::Disconnected {
            Liveness::Ended
        } else if self.heard().is_some_and(|heard| heard.silence == Silence::Stale) {
            Liveness::Stale
        } else {
            Liveness::Live
        }
    }

    pub(super) fn reconnect_attempts(&self) -> u32 {
        self.extra.as_ref().map_or(0, |extra| extra.reconnect_attempts)
    }

    pub(super) fn count_attempts(&mut self, attempts: u32) {
        if attempts > 0 || self.extra.is_some() {
            self.extra_mut().reconnect_attempts = attempts;
        }
    }

    /// Whether there is a [`Reconnection`], from what a heartbeat looks at anyway.
    pub(super) fn has_reconnection(&self) -> bool {
        self.held == Held::HereAgain
    }

    pub(super) fn reconnection_mut(&mut self) -> Option<&mut Reconnection> {
        self.extra.as_mut()?.reconnection.as_mut()
    }

    /// From now on it is connected again in this way.
    pub(super) fn reconnect(&mut self, reconnection: Reconnection) {
        self.held = Held::HereAgain;
        self.extra_mut().reconnection = Some(reconnection);
    }

    /// It is connected for good: what it took is forgotten.
    pub(super) fn reconnected(&mut self) {
        self.held = Held::Here;
        if let Some(extra) = &mut self.extra {
            (extra.reconnect_attempts, extra.reconnection) = (0, None);
        }
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

    /// When something was heard of it last.
    pub(super) fn last_sign(&self) -> Instant {
        if let Some(heard) = self.heard() {
            return heard.at;
        }
        [self.connected_at, self.last_heartbeat, self.disconnected_at]
            .into_iter()
            .filter(|&at| at != NEVER)
            .fold(Instant::ORIGIN, Instant::max)
    }
}

/// Whole microseconds, at most 71 minutes.
fn micros(duration: Duration) -> u32 {
    u32::try_from(duration.as_micros()).unwrap_or(UNMEASURED).min(UNMEASURED - 1)
}

#[cfg(test)]
mod tests {
    use core::mem::offset_of;

    use super::*;

    #[test]
    fn a_record_takes_three_cache_lines_of_which_a_heartbeat_touches_two() {
        assert_eq!((size_of::<Session>(), align_of::<Session>()), (192, 64));
        assert_eq!(offset_of!(Session, rttvar), 64);
        assert_eq!(offset_of!(Session, extra), 128);
    }

    #[test]
    fn an_id_of_any_length_comes_back() {
        for length in [1, SHORT, SHORT + 1, 128] {
            let id = "é".repeat(length / 2) + &"x".repeat(length % 2);
            let mut session = Session::new(&id, None);
            assert_eq!(session.session_id(), id);
            let mut state = session.state("default", "web");
            session.replace(&state);
            assert_eq!(session.session_id(), id);
            (state.reconnect_attempts, state.max_reconnect_attempts) = (3, Some(4));
            session.replace(&state);
            assert_eq!(session.state("default", "web"), state);
        }
    }
}
