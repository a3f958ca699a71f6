//! Attempts that are made sooner than the retry strategy says, since something on this side has changed:
//! the network, the page, the clock.
//!
//! Such news can come without end, as from an interface that goes up and down. So hastened attempts are
//! ten seconds apart, and after three in a row the strategy decides. The user's own
//! [`Input::Reconnect`](crate::connection::Input::Reconnect) and
//! [`Input::Open`](crate::connection::Input::Open) do not count here.

use core::time::Duration;

use super::{Connection, Phase};
use crate::connection::cause::Cause;
use crate::retry::Backoff;
use crate::time::Instant;

/// The time between two hastened attempts, at least.
const APART: Duration = Duration::from_secs(10);

/// How many there may be in a row.
const IN_A_ROW: u8 = 3;

/// After this long without one, a row begins anew.
const ROW_ENDS_AFTER: Duration = Duration::from_mins(5);

/// The hastened attempts so far.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Hastening {
    /// When the last one was made, or will be.
    last: Option<Instant>,
    in_a_row: u8,
}

impl Hastening {
    /// When the next one may be made, if `soon` is soon; absent if there were too many. One that is
    /// planned and was not made, since something came in between, is that one.
    fn next(self, now: Instant, soon: Instant) -> Option<Instant> {
        let Some(last) = self.last else { return Some(soon) };
        if last > now {
            return Some(last);
        }
        let at = soon.max(last + APART);
        (self.row_at(at) < IN_A_ROW).then_some(at)
    }

    fn plan(&mut self, at: Instant) {
        if self.last != Some(at) {
            *self = Self { last: Some(at), in_a_row: self.row_at(at).saturating_add(1) };
        }
    }

    fn row_at(self, at: Instant) -> u8 {
        let since = at.saturating_since(self.last.unwrap_or(at));
        if since < ROW_ENDS_AFTER { self.in_a_row } else { 0 }
    }

    /// A link has held.
    pub(super) fn end_row(&mut self) {
        self.in_a_row = 0;
    }
}

impl Connection {
    /// Makes the attempt that is waited for sooner, if that may be.
    pub(super) fn hasten(&mut self) {
        let soon = self.soon();
        if let Phase::Waiting { until, obliged: false } = &mut self.phase
            && let Some(at) = self.hastening.next(self.now, soon)
            && at < *until
        {
            *until = at;
            self.hastening.plan(at);
        }
    }

    /// Whether an attempt may be made at once.
    pub(super) fn may_hasten(&self) -> bool {
        self.hastening.next(self.now, self.now) == Some(self.now)
    }

    /// When to make an attempt for which no wait was drawn: soon, or as the strategy says after a failure
    /// if there were too many of those.
    pub(super) fn plan_attempt(&mut self) -> Instant {
        let soon = self.soon();
        let at = self.hastening.next(self.now, soon).unwrap_or_else(|| {
            let failure = Cause::Suspended.failure();
            self.now + self.backoff.failed(&self.config.retry, failure, &mut self.random)
        });
        self.hastening.plan(at);
        at
    }

    fn soon(&mut self) -> Instant {
        self.now + Backoff::local(&mut self.random)
    }
}
