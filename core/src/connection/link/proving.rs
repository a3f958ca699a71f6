//! The proof of life that a link owes after a pause of this side or a change of the network.

use core::time::Duration;

use super::LinkState;
use crate::time::Instant;

/// How many pauses in a row give the peer the whole time of a proof again. After that a pause only moves the
/// deadline: a page that is frozen again and again would never find a dead link.
const RESTARTS: u8 = 3;

/// How long a driver takes to read what has arrived, once it goes on.
const READS_WITHIN: Duration = Duration::from_millis(250);

impl LinkState {
    /// The deadline of a proof that is demanded after this pause, and would be due at `by` if no other were under way. A demand
    /// that is repeated, as by a network that changes again and again, waits no longer.
    pub(in crate::connection) fn prove_by(&mut self, by: Instant, paused: Duration) {
        let is_restarted = !paused.is_zero() && self.restarts < RESTARTS;
        self.restarts += u8::from(is_restarted);
        let demanded = self.proof_by.filter(|_| !is_restarted);
        self.proof_by = Some(demanded.map_or(by, |demanded| (demanded + paused).min(by)));
    }

    /// This side stood still, if only for a moment, and its timers run first: the answer that a deadline waits
    /// for may lie there unread.
    pub(in crate::connection) fn leave_time_to_read(&mut self, now: Instant) {
        let is_over = |at: Instant| at <= now;
        let is_due =
            self.proof_by.is_some_and(is_over) || self.pings.late_at().is_some_and(is_over);
        if is_due && !core::mem::replace(&mut self.had_time_to_read, true) {
            let at = now + READS_WITHIN;
            self.proof_by = self.proof_by.map(|by| by.max(at));
            self.pings.wait_until(at);
        }
    }
}
