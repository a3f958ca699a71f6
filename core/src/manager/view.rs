//! Records that are read in place.

use core::ops::Range;
use core::time::Duration;

use super::list::List;
use super::liveness::Liveness;
use super::registry::ConnectionManager;
use super::session::Session;
use crate::connection::{ConnectionState, Metadata, Status};
use crate::quality::Quality;

/// The record of a session, read in place. A [`ConnectionState`] owns its texts, and making one for
/// each of a million sessions takes seconds; this borrows them.
#[derive(Clone, Copy, Debug)]
pub struct SessionView<'a> {
    manager: &'a ConnectionManager,
    slot: u32,
}

static NO_METADATA: Metadata = Metadata::new();

impl ConnectionManager {
    /// The number of places that [`views`](Self::views) can be asked for. Some of them may be empty.
    #[must_use]
    pub fn places(&self) -> usize {
        self.slab.places()
    }

    /// The records at these places.
    ///
    /// A session keeps its place until it is removed, or reported under another user, organisation or
    /// client type. A caller that may not hold the manager for long reads a range, lets go, and
    /// continues with the next range: it meets each session that is there all the while exactly once.
    pub fn views(&self, places: Range<usize>) -> impl Iterator<Item = SessionView<'_>> {
        self.slab.slots_at(places).map(|slot| SessionView { manager: self, slot })
    }

    /// The record of a session.
    #[must_use]
    pub fn view(&self, session_id: &str) -> Option<SessionView<'_>> {
        let slot = self.index.session(&self.slab, session_id)?;
        Some(SessionView { manager: self, slot })
    }

    /// The records of a user's sessions, the one registered last first.
    pub fn views_of_user(&self, user_id: &str) -> impl Iterator<Item = SessionView<'_>> + use<'_> {
        let head = self.index.user(&self.slab, user_id);
        self.slab.list(List::User, head).map(|slot| SessionView { manager: self, slot })
    }
}

impl<'a> SessionView<'a> {
    /// See [`ConnectionState::session_id`].
    #[must_use]
    pub fn session_id(self) -> &'a str {
        self.session().session_id()
    }

    /// See [`ConnectionState::user_id`].
    #[must_use]
    pub fn user_id(self) -> Option<&'a str> {
        Some(self.session().user_id()).filter(|user_id| !user_id.is_empty())
    }

    /// See [`ConnectionState::client_type`].
    #[must_use]
    pub fn client_type(self) -> &'a str {
        self.manager.client_types.text(self.session().client_type)
    }

    /// See [`ConnectionState::status`].
    #[must_use]
    pub fn status(self) -> Status {
        self.session().status
    }

    /// Whether the session is there.
    #[must_use]
    pub fn liveness(self) -> Liveness {
        self.session().liveness()
    }

    /// See [`ConnectionState::connection_quality`].
    #[must_use]
    pub fn connection_quality(self) -> Option<Quality> {
        self.session().quality
    }

    /// See [`ConnectionState::latency`].
    #[must_use]
    pub fn latency(self) -> Option<Duration> {
        self.session().rtt().srtt()
    }

    /// See [`ConnectionState::metadata`].
    #[must_use]
    pub fn metadata(self) -> &'a Metadata {
        self.session().metadata().unwrap_or(&NO_METADATA)
    }

    /// The record, made for the caller.
    #[must_use]
    pub fn state(self) -> ConnectionState {
        self.manager.state(self.slot)
    }

    fn session(self) -> &'a Session {
        self.manager.slab.session(self.slot)
    }
}
