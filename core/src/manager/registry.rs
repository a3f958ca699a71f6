use alloc::collections::VecDeque;
use alloc::string::ToString;
use alloc::sync::Arc;
use core::mem;

use super::config::ManagerConfig;
use super::error::ManagerError;
use super::index::Index;
use super::list::{List, NIL};
use super::names::Names;
use super::output::ManagerOutput;
use super::session::ReconnectPolicy;
use super::slab::Slab;
use super::totals::Totals;
use super::wheel::Wheel;
use crate::activity::Activity;
use crate::connection::{ConnectionState, Status};
use crate::error::ConfigError;
use crate::event::{Event, EventKind};
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
/// A session takes 192 bytes with an id of up to 36, its user's id, and 11 bytes for each of the two
/// tables that find it by session and by user. A `now` that runs backwards stands still.
#[derive(Clone, Debug)]
pub struct ConnectionManager {
    pub(super) config: ManagerConfig,
    pub(super) reconnect: Option<Arc<ReconnectPolicy>>,
    pub(super) slab: Slab,
    pub(super) index: Index,
    pub(super) organizations: Names,
    pub(super) client_types: Names,
    pub(super) wheel: Wheel,
    pub(super) totals: Totals,
    pub(super) activity: Activity,
    pub(super) random: SeededRandom,
    outputs: VecDeque<ManagerOutput>,
    missed_outputs: u64,
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
            missed_outputs: 0,
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

    /// The share of [`ManagerConfig::max_sessions`] that is in use, 0 … 1: of all sessions that are
    /// known, since an ended one takes room until it is forgotten or removed.
    #[must_use]
    pub fn fill(&self) -> f64 {
        self.slab.len() as f64 / self.config.max_sessions as f64
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

    /// How many outputs were lost for want of room since the last call: they came before those that
    /// can be polled.
    pub fn take_missed_outputs(&mut self) -> u64 {
        mem::take(&mut self.missed_outputs)
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
            self.missed_outputs += 1;
        }
        self.outputs.push_back(output);
    }

    pub(super) fn state(&self, slot: u32) -> ConnectionState {
        let session = self.slab.session(slot);
        let organization = self.organizations.text(session.organization);
        session.state(organization, self.client_types.text(session.client_type))
    }
}
