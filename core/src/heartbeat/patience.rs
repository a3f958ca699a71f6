use core::time::Duration;

use crate::time::{Instant, saturating_nanos};

/// How long the links of one session may be silent before they count as dead, as far as earlier silences
/// have taught.
///
/// TCP doubles its time-out with each retransmission (RFC 6298, 5.5). A path that held an answer up for `d`
/// once, and loses one segment more the next time, holds it up for `2·d` and a round trip. Silences are in
/// nanoseconds.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Patience {
    /// The longest silence that an answer ended after all.
    outlived: u64,
    /// When a silence of at least a third of that was outlived last.
    outlived_at: Instant,
    /// When a link was last given up for its silence, and how long that was.
    given_up: Option<(Instant, u64)>,
    /// The patience with links that follow one that was probably given up wrongly.
    doubled: u64,
    /// How long that counts.
    doubled_until: Instant,
}

/// In milliseconds. The longest silence that was outlived counts by half after each of these, unless one of at
/// least a third of it comes again: TCP's time-out was doubled once less for that.
const HALF_LIFE: u64 = 24 * 3_600_000;

/// In milliseconds. A successor that opens this soon after a link was given up says that the path was there all along.
const SOON: u64 = 10_000;

/// How long the patience is doubled: whoever lost a download asks for it again within this.
const DOUBLED_FOR: Duration = Duration::from_mins(1);

impl Patience {
    /// The least patience that was learned.
    pub(crate) fn learned(&self, now: Instant) -> Duration {
        let outlived = self.outlived(now);
        let doubled = if now < self.doubled_until { self.doubled } else { 0 };
        Duration::from_nanos(outlived.saturating_mul(9).max(doubled.saturating_mul(4)) / 4)
    }

    /// A ping was answered after this long.
    pub(crate) fn answered(&mut self, now: Instant, after: Duration) {
        let (outlived, after) = (self.outlived(now), saturating_nanos(after));
        if after >= outlived / 3 {
            (self.outlived, self.outlived_at) = (outlived.max(after), now);
        }
    }

    /// A link was opened.
    pub(crate) fn opened(&mut self, now: Instant) {
        if let Some((at, silence)) = self.given_up.take()
            && now.millis_since(at) <= SOON
        {
            (self.doubled, self.doubled_until) = (silence.saturating_mul(2), now + DOUBLED_FOR);
        }
    }

    /// A link was given up that was heard last at this time.
    pub(crate) fn gave_up(&mut self, now: Instant, heard_at: Instant) {
        self.given_up = Some((now, saturating_nanos(now.saturating_since(heard_at))));
    }

    fn outlived(&self, now: Instant) -> u64 {
        let halvings = now.millis_since(self.outlived_at) / HALF_LIFE;
        self.outlived >> halvings.min(63)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    #[test]
    fn a_silence_that_was_outlived_teaches_patience_for_more_than_twice_as_long() {
        let mut patience = Patience::default();
        assert_eq!(patience.learned(Instant::ORIGIN), Duration::ZERO);
        patience.answered(Instant::ORIGIN, secs(8));
        patience.answered(Instant::ORIGIN, secs(1));
        assert_eq!(patience.learned(Instant::ORIGIN), secs(18));
    }

    #[test]
    fn patience_is_forgotten_by_half_unless_such_a_silence_comes_again() {
        let mut patience = Patience::default();
        patience.answered(Instant::ORIGIN, secs(8));
        assert_eq!(patience.learned(Instant::ORIGIN + 48 * HOUR), secs(18) / 4);
        patience.answered(Instant::ORIGIN + 23 * HOUR, secs(3));
        assert_eq!(patience.learned(Instant::ORIGIN + 46 * HOUR), secs(18));
        assert_eq!(patience.learned(Instant::ORIGIN + 10_000 * HOUR), Duration::ZERO);
    }

    #[test]
    fn a_link_given_up_whose_successor_opens_at_once_doubles_patience_for_a_minute() {
        let mut patience = Patience::default();
        patience.gave_up(Instant::ORIGIN + secs(20), Instant::ORIGIN);
        let opened = Instant::ORIGIN + secs(22);
        patience.opened(opened);
        assert_eq!(patience.learned(opened + secs(59)), secs(40));
        assert_eq!(patience.learned(opened + secs(61)), Duration::ZERO);
    }

    #[test]
    fn a_link_given_up_whose_successor_took_its_time_teaches_nothing() {
        let mut patience = Patience::default();
        patience.gave_up(Instant::ORIGIN + secs(20), Instant::ORIGIN);
        let opened = Instant::ORIGIN + secs(31);
        patience.opened(opened);
        assert_eq!(patience.learned(opened), Duration::ZERO);
    }
}
