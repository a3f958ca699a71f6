use super::Report;
use crate::time::Instant;

/// A difference below this, in milliseconds, cannot be told from the time on the way.
const UNCERTAIN: i64 = 1000;

impl Report {
    /// How far the client's clock is behind that of who received the report at `received_at`, in
    /// milliseconds; negative, if it is ahead. Zero for less than a second, which the time on the
    /// way explains; absent, if the client did not tell when it sent the report.
    #[must_use]
    pub fn clock_skew(&self, received_at: Instant) -> Option<i64> {
        let millis = |at: Instant| i64::try_from(at.as_millis()).unwrap_or(i64::MAX);
        let skew = millis(received_at).saturating_sub(millis(self.sent_at?));
        Some(if skew.unsigned_abs() < UNCERTAIN.unsigned_abs() { 0 } else { skew })
    }

    /// Moves all instants of the window, of the record and of the events by a number of milliseconds:
    /// by the [`clock_skew`](Self::clock_skew), they are those of the receiver's clock.
    pub fn move_clock(&mut self, by_millis: i64) {
        let moved =
            |at: Instant| Instant::from_millis(at.as_millis().saturating_add_signed(by_millis));
        let move_one = |at: &mut Instant| *at = moved(*at);
        if by_millis == 0 {
            return;
        }
        move_one(&mut self.window.start);
        move_one(&mut self.window.end);
        let state = &mut self.session;
        let instants =
            [&mut state.connected_at, &mut state.last_heartbeat, &mut state.disconnected_at];
        instants.into_iter().flatten().for_each(move_one);
        self.events.iter_mut().for_each(|event| move_one(&mut event.at));
    }
}
