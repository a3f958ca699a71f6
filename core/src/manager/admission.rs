//! How sessions come in and go.

use core::time::Duration;

use super::error::ManagerError;
use super::list::List;
use super::liveness::Liveness;
use super::registry::ConnectionManager;
use super::session::Session;
use crate::activity::Activity;
use crate::connection::{ConnectionState, Registration, Status};
use crate::error::ensure_text;
use crate::event::EventKind;
use crate::time::Instant;

impl ConnectionManager {
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

    /// The side that holds a session's socket tells its record, and what happened since it last
    /// told. The record replaces the one known so far: what lies between the two was seen there.
    /// No heartbeats are expected here. Latencies are kept to the microsecond.
    ///
    /// That side tells again within `next_in`. A session that has not ended, and of which nothing
    /// was heard for three times as long, is [stale](super::Liveness::Stale): it counts as neither
    /// connected nor healthy, and [`EventKind::Stale`] says so. The next call makes it live again.
    ///
    /// # Errors
    ///
    /// If its ids make no sense, or the session is new and one too many.
    pub fn observe(
        &mut self,
        now: Instant,
        state: &ConnectionState,
        activity: &Activity,
        next_in: Duration,
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
        let ends = state.status == Status::Disconnected;
        if known.is_none() {
            self.ensure_room(state.user_id.as_deref(), &state.organization_id)?;
        }
        let now = self.advance(now);
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
        session.hear(now, next_in);
        self.totals.add(session.counted());
        if ends && from.is_some_and(|from| from != Status::Disconnected) {
            self.totals.endings += 1;
        }
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

    /// Forgets a session, and says so.
    pub(super) fn forget(&mut self, slot: u32) {
        self.emit(slot, EventKind::Removed);
        if self.slab.session(slot).liveness() == Liveness::Live {
            self.totals.endings += 1;
        }
        self.dismiss(slot);
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
