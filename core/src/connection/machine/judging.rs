//! What the loss of a link, or of a dial, says of the server.

use core::time::Duration;

use super::{Connection, Phase};
use crate::connection::cause::Cause;
use crate::retry::{Course, FailureClass};

/// A dial that fails after so much silence was not refused: something waited for the server.
const SILENT: Duration = Duration::from_secs(5);

/// A loss, and what follows for the next attempt.
#[derive(Clone, Copy, Debug)]
pub(super) struct Loss {
    pub(super) cause: Cause,
    pub(super) class: FailureClass,
    pub(super) course: Course,
    /// Whether it is that of a link that was stable.
    pub(super) had_held: bool,
}

impl Connection {
    /// Judges the loss of the link or dial that is under way.
    pub(super) fn judge(&self, cause: Cause) -> Loss {
        let (mut class, mut course) = (cause.failure().class, Course::Accepted);
        let mut had_held = false;
        match &self.phase {
            Phase::Up(link) => had_held = link.stable_at.is_none(),
            Phase::Dialling { since, is_reached, is_open, .. } => {
                let took = self.now.saturating_since(*since);
                let may_be_late = matches!(
                    cause,
                    Cause::Network | Cause::Tls | Cause::Rejected { status: 500.. }
                );
                let is_seen = self.config.reach_timeout.is_some() && *is_reached;
                let was_open = *is_open
                    || matches!(cause, Cause::ClosedByPeer { .. } | Cause::HandshakeFailed { .. });
                if cause == Cause::ConnectTimeout && !is_reached {
                    (class, course) = (FailureClass::Transport, Course::Refused);
                } else if took >= SILENT && *is_reached && may_be_late {
                    // A gateway that gave up, of which a page sees no more than that.
                    (class, course) = (FailureClass::Overload, Course::Silent(took));
                } else if !is_seen && !was_open {
                    course = Course::Refused;
                }
            }
            _ => {}
        }
        Loss { cause, class, course, had_held }
    }
}
