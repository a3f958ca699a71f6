//! Waits that the server asked for.
//!
//! A wait is a moment before which no link is dialled, whatever happens on this side meanwhile: the
//! network goes and comes back, the page is frozen, the machine sleeps, the process starts again.
//! Only the user's own [`Input::Reconnect`](crate::connection::Input::Reconnect) passes over it.

use core::time::Duration;

use super::{Connection, Phase};
use crate::event::EventKind;
use crate::protocol::Hint;
use crate::retry::Backoff;
use crate::time::{Instant, earlier};

/// A server cannot ask to be told of life more often, as nobody can be configured to.
const SHORTEST_IDLE: Duration = Duration::from_secs(1);

impl Connection {
    /// The server sent a hint in a message.
    pub(super) fn hinted(&mut self, hint: Hint) {
        self.hint = hint.or(self.hint);
        if let (Some(max_idle), Phase::Up(link)) = (self.max_idle(), &mut self.phase) {
            link.beat_by(self.now + max_idle / 4 * 3);
        }
    }

    /// The least of what is configured and what the server said. A limit below one second is raised
    /// to one second.
    pub(super) fn max_idle(&self) -> Option<Duration> {
        earlier(self.config.max_idle, self.hint.max_idle.map(|idle| idle.max(SHORTEST_IDLE)))
    }

    /// The wait that follows this loss, within
    /// [`max_server_wait`](crate::connection::ConnectionConfig::max_server_wait). The wait of a hint
    /// that came in a message is taken: it holds for one loss.
    pub(super) fn take_hint(&mut self, with_loss: Hint) -> Hint {
        let in_message = core::mem::take(&mut self.hint);
        with_loss.or(in_message).within(self.config.max_server_wait, &mut self.random)
    }

    /// The server is not dialled before this wait is over. For a loss after which no attempt is
    /// scheduled for now.
    pub(super) fn oblige(&mut self, hint: Hint) {
        if hint.asks_to_wait() {
            self.not_before = Some(self.now + Backoff::asked(hint, &mut self.random));
        }
    }

    /// This moment, or the end of the wait that the server asked for, whichever is later.
    pub(super) fn not_before(&self, at: Instant) -> Instant {
        self.not_before.map_or(at, |not_before| at.max(not_before))
    }

    /// Waits, if the server asked for that and it is not over.
    pub(super) fn wait_as_obliged(&mut self) -> bool {
        let until = self.not_before.filter(|until| *until > self.now);
        if let Some(until) = until {
            self.phase = Phase::Waiting { until, obliged: true };
            return true;
        }
        self.not_before = None;
        false
    }

    /// The session is opened while the server still wants to be left alone.
    pub(super) fn tell_obliged(&mut self) {
        if let Phase::Waiting { until, .. } = self.phase {
            let attempt = self.state.reconnect_attempts.max(1);
            self.state.reconnect_attempts = attempt;
            let delay = until.saturating_since(self.now);
            self.emit(EventKind::RetryAttempt { attempt, delay });
        }
    }
}
