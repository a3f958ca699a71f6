//! The system says that there is no network. That is a hint: a machine with nothing but a loopback
//! interface is called offline, too, and reaches its own servers all the same.
//!
//! So a link that is up is asked whether it lives, and dialling goes on at a pace of its own. No
//! state waits for the system to say something else.

use core::time::Duration;

use super::{Connection, Phase};
use crate::connection::cause::Cause;
use crate::connection::state::Status;
use crate::event::EventKind;
use crate::protocol::Hint;
use crate::retry::Failure;
use crate::rng::Random;
use crate::time::{Instant, duration_from_millis};

/// What the system says of its network, and how far that is believed.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Offline {
    /// The system says that there is no network.
    told: bool,
    /// A server was reached all the same.
    refuted: bool,
    /// How many dials have failed in a row for want of a network.
    failures: u32,
    /// When the next attempt was due before the system said so, if it has become later.
    due: Option<Instant>,
}

/// The longest wait after the first dial that failed while offline, in ms. It doubles with each
/// further one, up to the longest.
const FIRST_WAIT: f64 = 2_000.0;
const LONGEST_WAIT: f64 = 60_000.0;

/// A dial that has taken longer than this when the network comes back may have said its first words
/// into the void, and would repeat them only after seconds.
const OPENS_WITHIN: Duration = Duration::from_secs(1);

impl Offline {
    /// A server answered.
    pub(super) fn refute(&mut self) {
        self.refuted = self.told;
        self.failures = 0;
    }

    /// Whether a dial or a link may have failed for want of a network, so that it says nothing of
    /// the server.
    pub(super) fn explains(self, cause: Cause) -> bool {
        let heard_nobody = matches!(
            cause,
            Cause::ConnectTimeout | Cause::HeartbeatTimeout | Cause::Network | Cause::NoAddress
        );
        self.told && !self.refuted && heard_nobody
    }

    fn wait(self, random: &mut impl Random) -> Duration {
        let doublings = i32::try_from(self.failures.min(10)).unwrap_or_default();
        let most = (FIRST_WAIT * f64::from(1_u32 << doublings)).min(LONGEST_WAIT);
        duration_from_millis(random.next_between(0.9 * most, most))
    }
}

impl Connection {
    pub(super) fn went_offline(&mut self) {
        if self.offline.told {
            return;
        }
        self.offline = Offline { told: true, ..Offline::default() };
        if !self.suspensions.is_empty() {
            return;
        }
        match &mut self.phase {
            Phase::Dialling { .. } | Phase::Idle | Phase::Parked => {}
            Phase::Up(_) => self.doubt(),
            Phase::Waiting { until, obliged } => {
                if !*obliged {
                    self.offline.due = Some(*until);
                    *until = (*until).max(self.now + self.offline.wait(&mut self.random));
                }
                self.become_suspended();
                self.hasten_before_close();
            }
        }
    }

    /// The network is back: one attempt, at once, unless the server asked for a wait.
    pub(super) fn came_online(&mut self) {
        if !self.offline.told {
            return;
        }
        let Offline { due, .. } = core::mem::take(&mut self.offline);
        if let (Phase::Waiting { until, obliged: false }, Some(due)) = (&mut self.phase, due) {
            *until = (*until).min(due);
        }
        if !self.suspensions.is_empty() {
            return;
        }
        match self.phase {
            Phase::Dialling { since, is_open: false, .. }
                if self.now.saturating_since(since) >= OPENS_WITHIN && self.may_hasten() =>
            {
                self.abandon_dial(self.away());
                self.try_soon();
            }
            Phase::Waiting { .. } => {
                if self.state.status == Status::Suspended {
                    self.become_status(Status::Reconnecting);
                }
                self.prove_or_hasten(Duration::ZERO);
            }
            _ => {
                if !self.hidden {
                    self.quality.resume();
                }
                self.prove_or_hasten(Duration::ZERO);
            }
        }
    }

    /// Whether the link that is up has yet to show that it lives, while there may be no network.
    pub(super) fn is_doubted(&self) -> bool {
        self.offline.told && self.state.status == Status::Suspended
    }

    /// The next attempt, after one that failed for want of a network. It says nothing of the server,
    /// so it counts as no failure; but it is never made sooner than after one.
    pub(super) fn wait_offline(&mut self, cause: Cause, hint: Hint) {
        let Hint { retry_after, spread, .. } = hint;
        let failure = Failure { retry_after, spread, ..cause.failure() };
        let mut backoff = self.backoff;
        let usual = backoff.failed(&self.config.retry, failure, &mut self.random);
        let delay = usual.max(self.offline.wait(&mut self.random));
        self.offline.failures = self.offline.failures.saturating_add(1);
        self.offline.due = None;
        let (until, obliged) = (self.now + delay, hint.asks_to_wait());
        self.not_before = obliged.then_some(until);
        self.phase = Phase::Waiting { until, obliged };
        self.become_suspended();
        let attempt = self.state.reconnect_attempts.max(1);
        self.emit(EventKind::RetryAttempt { attempt, delay });
        self.hasten_before_close();
    }

    /// What is sent waits until the link has shown that it lives.
    fn doubt(&mut self) {
        self.stop_judging();
        self.become_suspended();
        self.prove(Duration::ZERO);
    }

    pub(super) fn become_suspended(&mut self) {
        if self.state.status != Status::Suspended {
            self.become_status(Status::Suspended);
        }
    }
}
