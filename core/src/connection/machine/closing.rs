//! Closing: what waits is sent first, within a limit.

use core::time::Duration;

use super::{Connection, Phase};
use crate::connection::cause::Cause;
use crate::connection::failure::{FailureReason, SessionFailure};
use crate::connection::link::LinkState;
use crate::connection::output::{Deadline, Output, Timer};
use crate::connection::state::Status;
use crate::event::EventKind;
use crate::protocol::{Hint, close};
use crate::time::Instant;

/// While messages wait for a close, attempts to connect are never closer together.
const SHORTEST_WAIT: Duration = Duration::from_millis(100);

/// A connection that is being closed, and still sends what waits.
#[derive(Clone, Copy, Debug)]
pub(super) struct Closing {
    /// When it is closed, whatever waits then.
    by: Instant,
    /// Since when nothing waits.
    empty_since: Option<Instant>,
}

impl Connection {
    /// Whether the connection is being closed and still sends what waits: see
    /// [`Input::CloseWithin`](crate::connection::Input::CloseWithin).
    #[must_use]
    pub fn is_closing(&self) -> bool {
        self.closing.is_some()
    }

    /// Closes as soon as nothing waits, and after `limit` at the latest.
    pub(super) fn close_within(&mut self, limit: Duration) {
        let is_idle = matches!(self.phase, Phase::Idle);
        if is_idle || limit.is_zero() || self.outbox.len() == 0 {
            return self.close();
        }
        let by = self.now + limit;
        let by = self.closing.map_or(by, |closing| closing.by.min(by));
        self.closing = Some(Closing { by, empty_since: None });
        // What a buffer takes before the close still leaves.
        self.transmit();
        self.hasten_before_close();
    }

    /// Closes now. What waits is kept.
    pub(super) fn close(&mut self) {
        self.closing = None;
        // What the server said on this link holds for the next one, if the user opens it again.
        let hint = self.take_hint(Hint::NONE);
        self.oblige(hint);
        match self.phase {
            Phase::Up(LinkState { socket, .. }) => {
                if self.outbox.len() > 0 {
                    // The peer is not known to have taken what went before it either.
                    self.tell_unknown();
                }
                if let Some(delivery) = &mut self.delivery {
                    // The session is over: nobody will go on from what is saved.
                    delivery.saved(u64::MAX);
                }
                self.flush(socket);
                self.outputs.push_back(Output::Close { socket, code: close::DONE });
                self.link_down(Cause::ClosedByUser);
            }
            Phase::Dialling { .. } => self.abandon_dial(close::DONE),
            Phase::Idle | Phase::Parked | Phase::Waiting { .. } => {}
        }
        self.phase = Phase::Idle;
        if self.state.status != Status::Disconnected {
            self.become_status(Status::Disconnected);
        }
    }

    /// No link will come by itself. A connection that was being closed is closed.
    pub(super) fn fail(&mut self, reason: FailureReason, cause: Cause) {
        let failure = SessionFailure { reason, cause };
        self.emit(EventKind::Failed(failure));
        self.state.failure = Some(failure);
        self.become_status(Status::Failed);
        if self.closing.is_some() {
            self.close();
        }
    }

    /// Makes the next attempt soon enough for a connection that is being closed. A wait that the
    /// server asked for is kept: if it outlasts the limit, nothing can be sent any more.
    pub(super) fn hasten_before_close(&mut self) {
        let (Some(Closing { by, .. }), Phase::Waiting { until, obliged }) =
            (self.closing, &mut self.phase)
        else {
            return;
        };
        if !*obliged {
            // A quarter of what is left, so that several attempts are made, ever closer together.
            let wait = (by.saturating_since(self.now) / 4).max(SHORTEST_WAIT);
            *until = (*until).min(self.now + wait);
        } else if *until >= by {
            self.close();
        }
    }

    /// Notes whether anything waits that a close waits for. The close itself follows by the timer, so
    /// that a driver can first tell of messages that were sent before it.
    pub(super) fn note_what_waits(&mut self) {
        if let Some(closing) = &mut self.closing {
            let since = closing.empty_since.unwrap_or(self.now);
            closing.empty_since = (self.outbox.len() == 0).then_some(since);
        }
    }

    pub(super) fn close_due(&self) -> Option<Deadline> {
        let Closing { by, empty_since } = self.closing?;
        Some(Deadline { at: empty_since.unwrap_or(by), timer: Timer::Close })
    }
}
