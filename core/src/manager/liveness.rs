//! Whether a session is there.

use super::heard::{Heard, Silence};
use super::registry::ConnectionManager;
use crate::connection::Status;
use crate::event::EventKind;
use crate::time::Instant;

/// Whether a session is there, as far as this side can know.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "serde", derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "serde", serde(rename_all = "SCREAMING_SNAKE_CASE"))]
pub enum Liveness {
    /// Its last status is `DISCONNECTED`: it was closed, or its page was left.
    Ended,
    /// It is heard of, and has not ended.
    Live,
    /// It has not ended, and was not heard of for three times as long as it said that it would be
    /// silent. Its status and quality are those of the last report.
    Stale,
}

/// Number of announced reporting intervals without a report after which a session is stale.
pub(super) const MISSED_REPORTS: u32 = 3;

/// Number of announced reporting intervals without a report after which a session is overdue: it is
/// live, and no longer counts as one that reports.
pub(super) const OVERDUE_REPORTS: u32 = 2;

impl Liveness {
    /// All three, in alphabetical order.
    pub const ALL: [Self; 3] = [Self::Ended, Self::Live, Self::Stale];

    /// The name on the wire: `ENDED`, `LIVE`, `STALE`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ended => "ENDED",
            Self::Live => "LIVE",
            Self::Stale => "STALE",
        }
    }
}

impl ConnectionManager {
    /// Whether a session is there; absent if it is not known.
    #[must_use]
    pub fn liveness(&self, session_id: &str) -> Option<Liveness> {
        let slot = self.index.session(&self.slab, session_id)?;
        Some(self.slab.session(slot).liveness())
    }

    /// When a session was heard of last: by a heartbeat, a change of its status, or the side that
    /// holds its socket. Absent if it is not known.
    #[must_use]
    pub fn last_heard(&self, session_id: &str) -> Option<Instant> {
        let slot = self.index.session(&self.slab, session_id)?;
        Some(self.slab.session(slot).last_sign())
    }

    /// Arms the deadline of a session that another side reports: for being overdue, for becoming
    /// stale, and then for being forgotten.
    pub(super) fn await_report(&mut self, slot: u32, heard: Heard) {
        let now = self.now();
        let session = self.slab.session(slot);
        let silence =
            if session.status == Status::Disconnected { Silence::Stale } else { heard.silence };
        let due = match silence {
            Silence::OnTime => Some(heard.overdue_at()),
            Silence::Overdue => Some(heard.stale_at()),
            Silence::Stale => self.config.forget_after.map(|after| heard.at + after),
        };
        match due {
            Some(due) => self.wheel.arm(&mut self.slab, now, slot, due),
            None => self.wheel.disarm(&mut self.slab, slot),
        }
    }

    /// The time of a session has come that another side reports: it is overdue, stale, or forgotten.
    pub(super) fn report_missed(&mut self, slot: u32, heard: Heard) {
        let now = self.now();
        let session = self.slab.session_mut(slot);
        if session.status == Status::Disconnected || heard.silence == Silence::Stale {
            return self.forget(slot);
        }
        let silence = if now < heard.stale_at() { Silence::Overdue } else { Silence::Stale };
        self.totals.subtract(session.counted());
        session.grow_silent(silence);
        self.totals.add(session.counted());
        if silence == Silence::Stale {
            self.emit(slot, EventKind::Stale);
        }
        self.await_report(slot, Heard { silence, ..heard });
    }
}
