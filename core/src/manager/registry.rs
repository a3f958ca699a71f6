use alloc::collections::VecDeque;
use alloc::string::ToString;
use alloc::sync::Arc;
use core::mem;
use core::time::Duration;

use super::config::ManagerConfig;
use super::error::ManagerError;
use super::index::Index;
use super::list::{List, NIL};
use super::names::Names;
use super::output::{HeartbeatUpdate, ManagerOutput};
use super::session::{NEVER, ReconnectPolicy, Session};
use super::slab::Slab;
use super::totals::Totals;
use super::wheel::Wheel;
use crate::activity::Activity;
use crate::connection::{Cause, ConnectionState, Registration, Status};
use crate::error::{ConfigError, ensure_text};
use crate::event::{Event, EventKind};
use crate::heartbeat::interval;
use crate::quality::QualityChange;
use crate::rng::SeededRandom;
use crate::time::Instant;

/// Holds the records of many sessions, with running totals: those of one program, or of a whole
/// fleet.
///
/// Sessions come in by [`register_connection`](Self::register_connection), when this side holds
/// their sockets and hears their heartbeats itself, or by [`observe`](Self::observe), when another
/// side does and tells. Of a registered session heartbeats are expected; when they stay away they
/// are counted, and in the end the session is lost and attempts to connect it again are scheduled.
///
/// Getters: [`connection`](Self::connection) and the like, [`totals`](Self::totals),
/// [`activity`](Self::activity). A driver calls [`handle_timeout`](Self::handle_timeout) when
/// [`poll_timeout`](Self::poll_timeout) says so, and drains [`poll_output`](Self::poll_output);
/// extra calls do nothing.
///
/// A session takes 160 bytes, its ids, and 11 bytes for each of the two tables that find it by
/// session and by user. A `now` that runs backwards stands still.
#[derive(Clone, Debug)]
pub struct ConnectionManager {
    pub(super) config: ManagerConfig,
    pub(super) reconnect: Option<Arc<ReconnectPolicy>>,
    pub(super) slab: Slab,
    index: Index,
    organizations: Names,
    client_types: Names,
    pub(super) wheel: Wheel,
    pub(super) totals: Totals,
    pub(super) activity: Activity,
    pub(super) random: SeededRandom,
    outputs: VecDeque<ManagerOutput>,
    watched: bool,
    now: Instant,
}

impl ConnectionManager {
    /// A manager without sessions. From `seed` follow the spread of the heartbeats and the key of
    /// the tables; it should be one that those who choose session ids cannot know.
    ///
    /// # Errors
    ///
    /// If the configuration makes no sense.
    pub fn new(config: ManagerConfig, seed: u64) -> Result<Self, ConfigError> {
        config.validate()?;
        let policy = |reconnect: &_| {
            let (config, strategy) = (Clone::clone(reconnect), config.retry.clone());
            Arc::new(ReconnectPolicy { config, strategy })
        };
        Ok(Self {
            reconnect: config.reconnect.as_ref().map(policy),
            config,
            slab: Slab::new(),
            index: Index::new(seed),
            organizations: Names::default(),
            client_types: Names::default(),
            wheel: Wheel::new(),
            totals: Totals::default(),
            activity: Activity::default(),
            random: SeededRandom::new(seed),
            outputs: VecDeque::new(),
            watched: true,
            now: Instant::ORIGIN,
        })
    }

    /// Whether events are kept for [`poll_output`](Self::poll_output). They are from the start; a
    /// driver that nobody listens to can spare itself the work.
    pub fn watch(&mut self, watched: bool) {
        self.watched = watched;
        if !watched {
            self.outputs.retain(|output| matches!(output, ManagerOutput::Reconnect { .. }));
        }
    }

    /// The record of a session, made for the caller.
    #[must_use]
    pub fn connection(&self, session_id: &str) -> Option<ConnectionState> {
        self.index.session(&self.slab, session_id).map(|slot| self.state(slot))
    }

    /// The status of a session, for those who need no more of its record.
    #[must_use]
    pub fn status(&self, session_id: &str) -> Option<Status> {
        let slot = self.index.session(&self.slab, session_id)?;
        Some(self.slab.session(slot).status)
    }

    /// All records, in an order that follows from what was done: without removals that of
    /// registration.
    pub fn connections(&self) -> impl Iterator<Item = ConnectionState> {
        self.slab.slots().map(|slot| self.state(slot))
    }

    /// The records of a user's sessions, the one registered last first.
    pub fn connections_of_user(&self, user_id: &str) -> impl Iterator<Item = ConnectionState> {
        let head = self.index.user(&self.slab, user_id);
        self.slab.list(List::User, head).map(|slot| self.state(slot))
    }

    /// The records of an organisation's sessions, the one registered last first.
    pub fn connections_of_organization(
        &self,
        organization_id: &str,
    ) -> impl Iterator<Item = ConnectionState> {
        let number = self.organizations.find(&self.index.hasher, organization_id);
        let head = number.map_or(NIL, |number| self.organizations.name(number).head);
        self.slab.list(List::Organization, head).map(|slot| self.state(slot))
    }

    /// How many sessions an organisation has.
    #[must_use]
    pub fn sessions_of_organization(&self, organization_id: &str) -> usize {
        let number = self.organizations.find(&self.index.hasher, organization_id);
        number.map_or(0, |number| self.organizations.name(number).used)
    }

    /// How many sessions there are, of which kind, and what has happened to them.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = self.totals;
        totals.happened(&self.activity);
        totals
    }

    /// What happened since [`take_activity`](Self::take_activity) was last called.
    #[must_use]
    pub fn activity(&self) -> &Activity {
        &self.activity
    }

    /// What happened since the last call.
    #[must_use]
    pub fn take_activity(&mut self) -> Activity {
        self.totals.happened(&self.activity);
        mem::take(&mut self.activity)
    }

    /// The next event or attempt.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<ManagerOutput> {
        self.outputs.pop_front()
    }

    /// A session has connected: its record.
    ///
    /// # Errors
    ///
    /// If it makes no sense, exists already, or is one too many.
    pub fn register_connection(
        &mut self,
        now: Instant,
        registration: Registration,
    ) -> Result<ConnectionState, ManagerError> {
        registration.validate()?;
        let Registration { session_id, user_id, organization_id, client_type, metadata } =
            registration;
        if self.index.session(&self.slab, &session_id).is_some() {
            return Err(ManagerError::DuplicateSession(session_id));
        }
        self.ensure_room(user_id.as_deref(), &organization_id)?;
        let now = self.advance(now);
        let mut session = Session::new(&session_id, user_id.as_deref());
        session.status = Status::Connected;
        session.connected_at = now;
        session.last_heartbeat = now;
        if !metadata.is_empty() {
            session.extra_mut().metadata = metadata;
        }
        if let Some(most) = self.reconnect.as_ref().and_then(|policy| policy.config.max_attempts) {
            session.extra_mut().max_reconnect_attempts = Some(most);
        }
        let slot = self.admit(session, &organization_id, &client_type);
        self.activity.connects += 1;
        self.emit(slot, EventKind::Registered);
        self.settle(slot);
        Ok(self.state(slot))
    }

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
        self.totals.subtract(session.counted());
        let latency = session.measured(rtt);
        let change = session.tracker.answered(now, rtt);
        let quality = session.tracker.quality();
        session.quality = quality;
        session.last_heartbeat = now;
        session.missed = 0;
        session.observed = false;
        self.totals.add(session.counted());
        let late = late(&self.config, session);
        let status = session.status;
        self.activity.heartbeats += 1;
        self.activity.latency.record(rtt);
        if session.reconnection().is_some() || status == Status::Reconnecting {
            self.proved_alive(slot);
        }
        self.quality_became(slot, change);
        let next_interval = interval(&self.config.heartbeat, quality, None, &mut self.random);
        if matches!(status, Status::Connected | Status::Reconnecting) {
            self.expect(slot, next_interval + late);
        }
        Ok(HeartbeatUpdate { rtt, latency, quality, next_interval })
    }

    /// The status of a session becomes another: gives the one it had.
    ///
    /// # Errors
    ///
    /// If there is no such session, or [`Status::may_become`] says no.
    pub fn update_status(
        &mut self,
        now: Instant,
        session_id: &str,
        to: Status,
    ) -> Result<Status, ManagerError> {
        let slot = self.find(session_id)?;
        let from = self.slab.session(slot).status;
        from.become_legally(to)?;
        self.advance(now);
        let cause = if to == Status::Disconnected { Cause::ClosedByUser } else { Cause::Network };
        self.become_status(slot, to, cause);
        Ok(from)
    }

    /// The link of a session is gone. If somebody meant it the session is `DISCONNECTED`; otherwise
    /// it is `RECONNECTING`, and an attempt to connect it again is scheduled.
    ///
    /// # Errors
    ///
    /// If there is no such session, or it has no link.
    pub fn disconnect(
        &mut self,
        now: Instant,
        session_id: &str,
        cause: Cause,
    ) -> Result<(), ManagerError> {
        let slot = self.find(session_id)?;
        let planned = cause.is_planned();
        let to = if planned { Status::Disconnected } else { Status::Reconnecting };
        self.slab.session(slot).status.become_legally(to)?;
        self.advance(now);
        self.become_status(slot, to, cause);
        Ok(())
    }

    /// The side that holds a session's socket tells its record, and what happened since it last
    /// told. The record replaces the one known so far: what lies between the two was seen there.
    /// No heartbeats are expected here. Latencies are kept to the microsecond.
    ///
    /// # Errors
    ///
    /// If its ids make no sense, or the session is new and one too many.
    pub fn observe(
        &mut self,
        now: Instant,
        state: &ConnectionState,
        activity: &Activity,
    ) -> Result<(), ManagerError> {
        let known = self.index.session(&self.slab, &state.session_id);
        let same = known.filter(|&slot| self.has_names_of(slot, state));
        if same.is_none() {
            ensure_text("sessionId", &state.session_id, 128)?;
            if let Some(user_id) = &state.user_id {
                ensure_text("userId", user_id, 128)?;
            }
        }
        let from = known.map(|slot| self.slab.session(slot).status);
        if known.is_none() {
            self.ensure_room(state.user_id.as_deref(), &state.organization_id)?;
        }
        self.advance(now);
        let slot = if let Some(slot) = same {
            slot
        } else {
            if let Some(slot) = known {
                self.dismiss(slot);
            }
            let session = Session::new(&state.session_id, state.user_id.as_deref());
            self.admit(session, &state.organization_id, &state.client_type)
        };
        let session = self.slab.session_mut(slot);
        self.totals.subtract(session.counted());
        session.replace(state);
        session.observed = true;
        self.totals.add(session.counted());
        self.activity.merge(activity);
        match from {
            None => self.emit(slot, EventKind::Registered),
            Some(from) if from != state.status => {
                self.emit(slot, EventKind::StatusChanged { from, to: state.status });
            }
            Some(_) => {}
        }
        self.settle(slot);
        Ok(())
    }

    /// Forgets a session, and gives its last record.
    ///
    /// # Errors
    ///
    /// If there is no such session.
    pub fn remove(&mut self, session_id: &str) -> Result<ConnectionState, ManagerError> {
        let slot = self.find(session_id)?;
        let state = self.state(slot);
        self.forget(slot);
        Ok(state)
    }

    pub(super) fn find(&self, session_id: &str) -> Result<u32, ManagerError> {
        let found = self.index.session(&self.slab, session_id);
        found.ok_or_else(|| ManagerError::UnknownSession(session_id.to_string()))
    }

    /// The present, which never runs backwards.
    pub(super) fn advance(&mut self, now: Instant) -> Instant {
        self.now = self.now.max(now);
        self.now
    }

    pub(super) fn now(&self) -> Instant {
        self.now
    }

    /// The status becomes another, legally.
    pub(super) fn become_status(&mut self, slot: u32, to: Status, cause: Cause) {
        let now = self.now;
        let session = self.slab.session_mut(slot);
        self.totals.subtract(session.counted());
        let from = mem::replace(&mut session.status, to);
        let mut withdrawn = None;
        if to == Status::Suspended {
            session.quality = None;
            withdrawn = session.tracker.suspend();
        } else {
            session.tracker.resume();
        }
        let lost = from == Status::Connected && to != Status::Suspended;
        let planned = to == Status::Disconnected || cause.is_planned();
        if lost {
            session.disconnected_at = now;
            session.total_disconnections = session.total_disconnections.saturating_add(1);
            self.activity.disconnections += 1;
            if !planned {
                self.activity.unplanned_disconnections += 1;
                session.tracker.disconnected(now);
            }
        }
        if to == Status::Connected {
            let was_down = mem::replace(&mut session.disconnected_at, NEVER) != NEVER;
            session.connected_at = now;
            session.last_heartbeat = now;
            session.missed = 0;
            self.activity.connects += 1;
            self.activity.reconnections += u64::from(was_down);
        }
        self.totals.add(session.counted());
        if lost {
            self.emit(slot, EventKind::Disconnected { cause, planned });
        }
        if to == Status::Connected {
            self.connected_again(slot);
        }
        self.emit(slot, EventKind::StatusChanged { from, to });
        self.quality_became(slot, withdrawn);
        self.settle(slot);
        if to == Status::Reconnecting {
            self.reconnect_by_itself(slot, cause);
        }
    }

    /// Arms the deadline that the status asks for.
    pub(super) fn settle(&mut self, slot: u32) {
        let session = self.slab.session(slot);
        if session.status == Status::Connected && !session.observed {
            // Nobody has been told an interval yet, so the longest one is expected.
            let longest = self.config.heartbeat.intervals.longest();
            return self.expect(slot, longest + late(&self.config, session));
        }
        match self.config.stale_after {
            Some(after) => self.wheel.arm(&mut self.slab, self.now, slot, self.now + after),
            None => self.wheel.disarm(&mut self.slab, slot),
        }
    }

    /// The next heartbeat has to come in within this time.
    pub(super) fn expect(&mut self, slot: u32, within: Duration) {
        if self.config.expect_heartbeats {
            self.wheel.arm(&mut self.slab, self.now, slot, self.now + within);
        } else {
            self.wheel.disarm(&mut self.slab, slot);
        }
    }

    pub(super) fn quality_became(&mut self, slot: u32, change: Option<QualityChange>) {
        if let Some(QualityChange { from, to, score }) = change {
            self.emit(slot, EventKind::QualityChanged { from, to, score });
        }
    }

    /// Forgets a session, and says so.
    pub(super) fn forget(&mut self, slot: u32) {
        self.emit(slot, EventKind::Removed);
        self.dismiss(slot);
    }

    pub(super) fn emit(&mut self, slot: u32, kind: EventKind) {
        if self.watched {
            let session_id = self.slab.session(slot).session_id().into();
            let event = Event { at: self.now, kind };
            self.output(ManagerOutput::Event { session_id, event });
        }
    }

    pub(super) fn output(&mut self, output: ManagerOutput) {
        if self.outputs.len() >= self.config.max_events {
            self.outputs.pop_front();
        }
        self.outputs.push_back(output);
    }

    fn state(&self, slot: u32) -> ConnectionState {
        let session = self.slab.session(slot);
        let organization = self.organizations.text(session.organization);
        session.state(organization, self.client_types.text(session.client_type))
    }

    fn has_names_of(&self, slot: u32, state: &ConnectionState) -> bool {
        let session = self.slab.session(slot);
        session.user_id() == state.user_id.as_deref().unwrap_or_default()
            && self.organizations.text(session.organization) == state.organization_id
            && self.client_types.text(session.client_type) == state.client_type
    }

    fn ensure_room(&self, user_id: Option<&str>, organization: &str) -> Result<(), ManagerError> {
        let max = self.config.max_sessions;
        if self.slab.len() >= max {
            return Err(ManagerError::TooManySessions { max });
        }
        if let Some(max) = self.config.max_sessions_per_organization
            && self.sessions_of_organization(organization) >= max
        {
            return Err(ManagerError::TooManySessionsOfOrganization { max });
        }
        if let (Some(max), Some(user_id)) = (self.config.max_sessions_per_user, user_id) {
            let head = self.index.user(&self.slab, user_id);
            if self.slab.list(List::User, head).take(max).count() >= max {
                return Err(ManagerError::TooManySessionsOfUser { max });
            }
        }
        Ok(())
    }

    /// A record comes in, under names of its own.
    fn admit(&mut self, mut session: Session, organization: &str, client_type: &str) -> u32 {
        let hasher = &self.index.hasher;
        session.organization = self.organizations.enter(hasher, organization);
        session.client_type = self.client_types.enter(hasher, client_type);
        self.totals.add(session.counted());
        let organization = session.organization;
        let slot = self.slab.insert(session);
        let name = self.organizations.name_mut(organization);
        self.slab.push_front(List::Organization, name.head, slot);
        name.head = slot;
        self.index.insert(&mut self.slab, slot);
        slot
    }

    /// A record goes.
    fn dismiss(&mut self, slot: u32) {
        self.wheel.disarm(&mut self.slab, slot);
        self.index.remove(&mut self.slab, slot);
        let head = self.slab.unlink(List::Organization, slot);
        let session = self.slab.remove(slot);
        if let Some(head) = head {
            self.organizations.name_mut(session.organization).head = head;
        }
        self.totals.subtract(session.counted());
        self.organizations.leave(&self.index.hasher, session.organization);
        self.client_types.leave(&self.index.hasher, session.client_type);
    }
}

/// How long after its time a heartbeat is late.
pub(super) fn late(config: &ManagerConfig, session: &Session) -> Duration {
    let rto = session.rtt().rto().saturating_mul(2);
    rto.clamp(config.heartbeat.late_min, config.heartbeat.late_max)
}
