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
    /// The longest silence that a pong ended after all.
    outlived: Longest,
    /// The longest silence of a link that was busy and proved to be alive.
    busy: Longest,
    /// The last link that was given up for its silence.
    given_up: Option<GivenUp>,
    /// The patience with links that follow one that was probably given up wrongly.
    doubled: u64,
    /// How long that counts.
    doubled_until: Instant,
    /// Whether the server has said that a message of that link never arrived.
    was_cut: bool,
}

/// A silence, which is slowly forgotten.
#[derive(Clone, Copy, Debug, Default)]
struct Longest {
    silence: u64,
    /// When one of at least a third of that ended last.
    at: Instant,
}

/// A link that was given up for its silence.
#[derive(Clone, Copy, Debug)]
pub(crate) struct GivenUp {
    /// The number of its socket.
    pub(crate) link: u32,
    /// When it was given up.
    pub(crate) at: Instant,
    /// How long it had been silent.
    pub(crate) silence: Duration,
    /// What it may have been busy with.
    pub(crate) expected: Expected,
    /// Number of messages that went out after its last ping: these may have had no time to arrive.
    pub(crate) late_messages: u64,
}

/// What a silent link may be busy with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Expected {
    /// The answer to a message whose arrival is not proved. The arrival of earlier ones is.
    Answer,
    /// What a server sends first: no pong has come since the link opened.
    First,
    /// The answer to a message, on a link on which the arrival of none is proved.
    FirstAnswer,
    /// Nothing but a pong.
    #[default]
    Pong,
}

/// In milliseconds. The longest silence counts by half after each of these, unless one of at
/// least a third of it comes again: TCP's time-out was doubled once less for that.
const HALF_LIFE: u64 = 24 * 3_600_000;

/// In milliseconds. A successor that opens this soon after a link was given up says that the path was there all along.
const SOON: u64 = 10_000;

/// How long the patience is doubled: a page that lost a download asks for it again within this.
const DOUBLED_FOR: Duration = Duration::from_mins(1);

/// In milliseconds. No browser waits longer for the answer to a close frame. If one comes later, this side stood still.
const CLOSES_WITHIN: u64 = 70_000;

/// The most that is learned where a message may be on its way, in multiples of the most that is learned otherwise.
const MOST_WHILE_BUSY: u64 = 20;

/// The same without proof, unless the link may have been busy since it opened: its server may hang, and another may not.
const MOST_WITHOUT_PROOF: u64 = 3;

impl Patience {
    /// The patience of a session that has saved this.
    pub(crate) fn restored(saved: [(Instant, Duration); 2], now: Instant) -> Self {
        let [outlived, busy] =
            saved.map(|(at, silence)| Longest { silence: nanos(silence), at: at.min(now) });
        Self { outlived, busy, ..Self::default() }
    }

    /// The longest silence of any link and that of busy ones, with their times.
    pub(crate) fn saved(&self) -> [(Instant, Duration); 2] {
        [self.outlived, self.busy]
            .map(|Longest { silence, at }| (at, Duration::from_nanos(silence)))
    }

    /// The least patience that was learned, in nanoseconds. It is `most` at most, but for a link that may be busy with a large
    /// message.
    pub(crate) fn learned(&self, now: Instant, expected: Expected, most: u64) -> u64 {
        let doubled = if now < self.doubled_until { self.doubled } else { 0 };
        let learned = (self.outlived.at(now) * 9 / 4).max(doubled).min(most);
        let unproved = match expected {
            Expected::Pong => return learned,
            _ if self.was_cut => 1,
            Expected::Answer | Expected::First => MOST_WITHOUT_PROOF,
            Expected::FirstAnswer => MOST_WHILE_BUSY,
        };
        // No retransmission is waited for, but a message that takes as long again.
        let proved = self.busy.at(now) * 5 / 4;
        learned.max(doubled.min(most * unproved)).max(proved.min(most * MOST_WHILE_BUSY))
    }

    /// A link was silent for this long, and a pong ended that.
    pub(crate) fn answered(&mut self, now: Instant, after: Duration, expected: Expected) {
        self.outlived.record(now, nanos(after));
        if expected != Expected::Pong {
            self.busy.record(now, nanos(after));
        }
    }

    /// The peer of a link has answered its close frame. Whether that is the last link that was given up for its silence: then
    /// it was alive, and its silence has lasted until now.
    pub(crate) fn closed_cleanly(&mut self, now: Instant, link: u32) -> bool {
        let Some(given_up) = self.given_up.take_if(|given_up| given_up.link == link) else {
            return false;
        };
        let since = now.millis_since(given_up.at);
        if since <= CLOSES_WITHIN && given_up.expected != Expected::Pong {
            self.busy.record(now, nanos(given_up.silence) + since * 1_000_000);
        }
        since <= CLOSES_WITHIN
    }

    /// A link was opened. `missing` is the number of messages of the link before it that the server has not received, where the
    /// server tells.
    pub(crate) fn opened(&mut self, now: Instant, missing: Option<u64>) {
        if let Some(GivenUp { at, silence, late_messages, .. }) = self.given_up
            && now.millis_since(at) <= SOON
        {
            (self.doubled, self.doubled_until) = (nanos(silence) * 2, now + DOUBLED_FOR);
            self.was_cut = missing.is_some_and(|missing| missing > late_messages);
        }
    }

    /// A link was given up.
    pub(crate) fn gave_up(&mut self, given_up: GivenUp) {
        self.given_up = Some(given_up);
    }
}

impl Longest {
    fn record(&mut self, now: Instant, silence: u64) {
        let longest = self.at(now);
        if silence >= longest / 3 {
            *self = Self { silence: longest.max(silence), at: now };
        }
    }

    /// What is left of it.
    fn at(self, now: Instant) -> u64 {
        let halvings = now.millis_since(self.at) / HALF_LIFE;
        self.silence >> halvings.min(63)
    }
}

/// The length of a silence: at most a day, so that multiples of it can be computed.
fn nanos(silence: Duration) -> u64 {
    saturating_nanos(silence.min(Duration::from_hours(24)))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_hours(1);
    const MOST: Duration = Duration::from_mins(1);

    fn secs(secs: u64) -> Duration {
        Duration::from_secs(secs)
    }

    fn learned_of(patience: &Patience, now: Instant, expected: Expected) -> Duration {
        Duration::from_nanos(patience.learned(now, expected, nanos(MOST)))
    }

    fn learned(patience: &Patience, now: Instant) -> Duration {
        learned_of(patience, now, Expected::Pong)
    }

    /// Gives this link up at that second, after it was silent since the first.
    fn give_up(patience: &mut Patience, at: u64, link: u32, expected: Expected) {
        let (silence, at) = (secs(at), Instant::ORIGIN + secs(at));
        patience.gave_up(GivenUp { link, at, silence, expected, late_messages: 2 });
    }

    #[test]
    fn a_silence_that_was_outlived_teaches_patience_for_more_than_twice_as_long() {
        let mut patience = Patience::default();
        assert_eq!(learned(&patience, Instant::ORIGIN), Duration::ZERO);
        patience.answered(Instant::ORIGIN, secs(8), Expected::Pong);
        patience.answered(Instant::ORIGIN, secs(1), Expected::Pong);
        assert_eq!(learned(&patience, Instant::ORIGIN), secs(18));
    }

    #[test]
    fn patience_is_forgotten_by_half_unless_such_a_silence_comes_again() {
        let mut patience = Patience::default();
        patience.answered(Instant::ORIGIN, secs(8), Expected::Pong);
        assert_eq!(learned(&patience, Instant::ORIGIN + 48 * HOUR), secs(18) / 4);
        patience.answered(Instant::ORIGIN + 23 * HOUR, secs(3), Expected::Pong);
        assert_eq!(learned(&patience, Instant::ORIGIN + 46 * HOUR), secs(18));
        assert_eq!(learned(&patience, Instant::ORIGIN + 10_000 * HOUR), Duration::ZERO);
    }

    #[test]
    fn a_link_given_up_whose_successor_opens_at_once_doubles_patience_for_a_minute() {
        let mut patience = Patience::default();
        give_up(&mut patience, 20, 0, Expected::Answer);
        let opened = Instant::ORIGIN + secs(22);
        patience.opened(opened, None);
        assert_eq!(learned(&patience, opened + secs(59)), secs(40));
        assert_eq!(learned(&patience, opened + secs(61)), Duration::ZERO);
    }

    #[test]
    fn a_link_given_up_whose_successor_took_its_time_teaches_nothing() {
        let mut patience = Patience::default();
        give_up(&mut patience, 20, 0, Expected::Answer);
        let opened = Instant::ORIGIN + secs(31);
        patience.opened(opened, None);
        assert_eq!(learned(&patience, opened), Duration::ZERO);
    }

    /// The least patience after a link was given up at the 1000th second, and another has opened at once.
    fn doubled(expected: Expected, missing: Option<u64>) -> Duration {
        let mut patience = Patience::default();
        give_up(&mut patience, 1000, 0, Expected::Answer);
        let now = Instant::ORIGIN + secs(1000);
        patience.opened(now, missing);
        learned_of(&patience, now, expected)
    }

    #[test]
    fn patience_is_doubled_beyond_a_minute_only_where_something_may_be_on_its_way() {
        for missing in [None, Some(0), Some(2)] {
            assert_eq!(doubled(Expected::Pong, missing), MOST);
            assert_eq!(doubled(Expected::First, missing), MOST * 3);
            assert_eq!(doubled(Expected::Answer, missing), MOST * 3);
            assert_eq!(doubled(Expected::FirstAnswer, missing), MOST * 20);
        }
    }

    #[test]
    fn patience_is_not_doubled_beyond_a_minute_where_a_message_had_time_to_arrive_and_has_not() {
        for expected in [Expected::Answer, Expected::First, Expected::FirstAnswer, Expected::Pong] {
            assert_eq!(doubled(expected, Some(3)), MOST, "{expected:?}");
        }
    }

    fn longest(patience: &Patience) -> [Duration; 2] {
        patience.saved().map(|(_, silence)| silence)
    }

    #[test]
    fn a_busy_link_that_answers_its_close_frame_was_alive_until_then() {
        let mut patience = Patience::default();
        for link in 0..2 {
            give_up(&mut patience, 85, link, Expected::First);
        }
        let now = Instant::ORIGIN + secs(140);
        assert!(!patience.closed_cleanly(now, 0), "one is remembered");
        assert!(!patience.closed_cleanly(now, 7), "it was not given up");
        assert_eq!(longest(&patience), [secs(0), secs(0)]);
        assert!(patience.closed_cleanly(now, 1));
        assert!(!patience.closed_cleanly(now, 1), "twice");
        assert_eq!(longest(&patience), [secs(0), secs(140)]);
        for expected in [Expected::Answer, Expected::First, Expected::FirstAnswer] {
            assert_eq!(learned_of(&patience, now, expected), secs(175));
        }
        assert_eq!(learned(&patience, now), Duration::ZERO, "an idle link is another matter");
    }

    #[test]
    fn an_idle_link_that_answers_its_close_frame_was_held_up_by_its_path_and_teaches_nothing() {
        let mut patience = Patience::default();
        give_up(&mut patience, 20, 0, Expected::Pong);
        assert!(patience.closed_cleanly(Instant::ORIGIN + secs(30), 0));
        assert_eq!(longest(&patience), [secs(0), secs(0)]);
    }

    #[test]
    fn a_close_that_is_answered_after_this_side_stood_still_proves_nothing() {
        let mut patience = Patience::default();
        give_up(&mut patience, 20, 0, Expected::Answer);
        assert!(!patience.closed_cleanly(Instant::ORIGIN + secs(200), 0));
        assert_eq!(longest(&patience), [secs(0), secs(0)]);
    }

    #[test]
    fn what_is_restored_is_forgotten_at_the_same_age() {
        let mut patience = Patience::default();
        patience.answered(Instant::ORIGIN, secs(8), Expected::Answer);
        let now = Instant::ORIGIN + 48 * HOUR;
        let restored = Patience::restored(patience.saved(), now);
        assert_eq!(learned(&restored, now), secs(18) / 4);
        // The clock was set back.
        let restored = Patience::restored([(now, secs(8)); 2], Instant::ORIGIN);
        assert_eq!(learned(&restored, now), secs(18) / 4);
    }
}
