//! From one status to another.

use core::mem;

use super::error::ManagerError;
use super::heartbeats::late;
use super::registry::ConnectionManager;
use super::session::NEVER;
use crate::connection::{Cause, Status};
use crate::event::EventKind;
use crate::time::Instant;

impl ConnectionManager {
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

    /// The status becomes another, legally.
    pub(super) fn become_status(&mut self, slot: u32, to: Status, cause: Cause) {
        let now = self.now();
        let session = self.slab.session_mut(slot);
        self.totals.subtract(session.counted());
        session.touch(now);
        let from = mem::replace(&mut session.status, to);
        let mut withdrawn = None;
        if to == Status::Suspended {
            session.quality = None;
        }
        match session.tracker() {
            Some(tracker) if to == Status::Suspended => withdrawn = tracker.suspend(),
            Some(tracker) => tracker.resume(),
            None => {}
        }
        let lost = from == Status::Connected && to != Status::Suspended;
        let planned = to == Status::Disconnected || cause.is_planned();
        if lost {
            session.disconnected_at = now;
            session.total_disconnections = session.total_disconnections.saturating_add(1);
            self.activity.disconnections += 1;
            if !planned {
                self.activity.unplanned_disconnections += 1;
                if let Some(tracker) = session.tracker() {
                    tracker.disconnected(now);
                }
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
        if to == Status::Disconnected {
            self.totals.endings += 1;
        }
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
        if let Some(heard) = session.heard() {
            return self.await_report(slot, heard);
        }
        if session.status == Status::Connected {
            // Nobody has been told an interval yet, so the longest one is expected.
            let longest = self.config.heartbeat.intervals.longest();
            return self.expect(slot, longest + late(&self.config, session));
        }
        let now = self.now();
        match self.config.forget_after {
            Some(after) => self.wheel.arm(&mut self.slab, now, slot, now + after),
            None => self.wheel.disarm(&mut self.slab, slot),
        }
    }
}
