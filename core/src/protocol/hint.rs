use alloc::string::{String, ToString};
use core::time::Duration;

use crate::rng::Random;
use crate::time::{duration_from_millis, millis};

/// A server's requests to its clients: when to come back, and how long a link may be silent.
///
/// It comes as the `Retry-After` of a refused upgrade, as the reason of a close frame
/// (`retry-after=5;spread=30`, in whole seconds), or as a message `{"steadfast":"hint",…}`.
/// Nothing is taken for longer than a day: no server parks its clients for good.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Hint {
    /// Not before this has passed. Obeyed to the moment if `spread` is zero, which is how a server
    /// hands out slots; otherwise a floor with some spread on top.
    pub retry_after: Option<Duration>,
    /// At some moment of a window of this length, which begins after `retry_after`.
    pub spread: Option<Duration>,
    /// The server closes a link on which nothing was heard for this long.
    pub max_idle: Option<Duration>,
}

/// The names in a close reason, in the order in which they are written.
const RETRY_AFTER: &str = "retry-after";
const SPREAD: &str = "spread";
const MAX_IDLE: &str = "max-idle";

impl Hint {
    /// The longest that a hint may ask for: a day.
    pub const LONGEST: Duration = Duration::from_hours(24);

    /// A wait below this is no slot that a server hands out.
    pub(crate) const LEAST_SLOT: Duration = Duration::from_secs(1);

    /// The shortest window over which those who were given the same wait are spread.
    pub(crate) const LEAST_SPREAD: Duration = Duration::from_secs(1);

    /// No request.
    pub const NONE: Self = Self { retry_after: None, spread: None, max_idle: None };

    /// Come back after this long (`Retry-After`).
    #[must_use]
    pub fn retry_after(wait: Duration) -> Self {
        Self { retry_after: Some(wait.min(Self::LONGEST)), ..Self::NONE }
    }

    /// Come back at some moment of a window of this length.
    #[must_use]
    pub fn spread(window: Duration) -> Self {
        Self { spread: Some(window.min(Self::LONGEST)), ..Self::NONE }
    }

    /// Come back exactly after this long, not before and not later: the place is kept.
    #[must_use]
    pub fn slot(wait: Duration) -> Self {
        Self { spread: Some(Duration::ZERO), ..Self::retry_after(wait) }
    }

    /// Reads the reason of a close frame. What is not understood is passed over: a reason is free
    /// text, and most mean something else.
    #[must_use]
    pub fn from_close_reason(reason: &str) -> Self {
        let mut hint = Self::NONE;
        for (name, value) in reason.split(';').filter_map(|part| part.split_once('=')) {
            let Some(asked) = seconds(value.trim()) else { continue };
            let asked = Some(asked.min(Self::LONGEST));
            match name.trim() {
                RETRY_AFTER => hint.retry_after = asked,
                SPREAD => hint.spread = asked,
                MAX_IDLE => hint.max_idle = asked,
                _ => {}
            }
        }
        hint
    }

    /// A wait as a close reason and `Retry-After` have it: in whole seconds, rounded up, at most a
    /// day.
    #[must_use]
    pub fn whole_seconds(wait: Duration) -> u64 {
        let wait = wait.min(Self::LONGEST);
        wait.as_secs() + u64::from(wait.subsec_nanos() > 0)
    }

    /// Writes it as the reason of a close frame, in whole seconds, rounded up.
    #[must_use]
    pub fn to_close_reason(self) -> String {
        let parts =
            [(RETRY_AFTER, self.retry_after), (SPREAD, self.spread), (MAX_IDLE, self.max_idle)];
        let mut reason = String::new();
        for (name, asked) in parts {
            let Some(asked) = asked else { continue };
            if !reason.is_empty() {
                reason.push(';');
            }
            let seconds = Self::whole_seconds(asked);
            reason.push_str(name);
            reason.push('=');
            reason.push_str(&seconds.to_string());
        }
        reason
    }

    /// The header beside `Retry-After` that says over how many whole seconds those who come back spread: with 0
    /// they come exactly then.
    pub const SPREAD_HEADER: &str = "steadfast-spread";

    /// Reads the value of [`SPREAD_HEADER`](Self::SPREAD_HEADER).
    #[must_use]
    pub fn read_spread(value: &str) -> Option<Duration> {
        seconds(value.trim()).map(|window| window.min(Self::LONGEST))
    }

    /// Whether it asks for a wait. One of zero is none.
    #[must_use]
    pub fn asks_to_wait(self) -> bool {
        let is_wait = |asked: Option<Duration>| asked.is_some_and(|asked| !asked.is_zero());
        is_wait(self.retry_after) || is_wait(self.spread)
    }

    /// This hint with a wait that ends within `cap`, its window included. A slot that lies beyond
    /// is moved to the cap. Any other wait that reaches the cap ends at a moment within its last
    /// tenth, so that not all clients come back together.
    #[must_use]
    pub fn within(self, cap: Duration, random: &mut impl Random) -> Self {
        let Some(asked) = self.retry_after else {
            return Self { spread: self.spread.map(|window| window.min(cap)), ..self };
        };
        // What is added to a wait of which the server did not say over how long to spread it.
        let own = (asked >= Self::LEAST_SLOT).then(|| (asked / 2).max(Self::LEAST_SPREAD));
        let window = self.spread.or(own);
        if asked >= cap && window.is_some_and(|window| !window.is_zero()) {
            let early = random.next_between(0.0, millis(cap) / 10.0);
            let asked = cap.saturating_sub(duration_from_millis(early));
            return Self { retry_after: Some(asked), spread: Some(Duration::ZERO), ..self };
        }
        let asked = asked.min(cap);
        let spread = window.map(|window| window.min(cap.saturating_sub(asked)));
        Self { retry_after: Some(asked), spread, ..self }
    }

    /// This hint, and where it says nothing, the earlier one.
    #[must_use]
    pub fn or(self, earlier: Self) -> Self {
        Self {
            retry_after: self.retry_after.or(earlier.retry_after),
            spread: self.spread.or(earlier.spread),
            max_idle: self.max_idle.or(earlier.max_idle),
        }
    }
}

/// Whole seconds. More than a number holds is as good as any number.
fn seconds(text: &str) -> Option<Duration> {
    let is_whole = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    is_whole.then(|| Duration::from_secs(text.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rng::SeededRandom;

    #[test]
    fn a_close_reason_is_read_in_any_order_and_with_spaces() {
        let hint = Hint::from_close_reason("spread=30; retry-after = 5 ;max-idle=60");
        assert_eq!(hint.retry_after, Some(Duration::from_secs(5)));
        assert_eq!(hint.spread, Some(Duration::from_secs(30)));
        assert_eq!(hint.max_idle, Some(Duration::from_mins(1)));
        assert_eq!(Hint::from_close_reason(&hint.to_close_reason()), hint);
    }

    #[test]
    fn free_text_and_nonsense_are_no_hint() {
        let numbers = ["retry-after=-1", "retry-after=1.5", "retry-after=NaN", "retry-after=1e9"];
        let texts = ["", "going away", "retry-after", "retry-after=soon", "retry-after=", "a=1"];
        for reason in texts.into_iter().chain(numbers) {
            assert_eq!(Hint::from_close_reason(reason), Hint::NONE, "{reason}");
        }
    }

    #[test]
    fn no_server_parks_its_clients_for_longer_than_a_day() {
        let hint = Hint::from_close_reason("retry-after=99999999999;spread=86401");
        assert_eq!(hint.retry_after, Some(Hint::LONGEST));
        assert_eq!(hint.spread, Some(Hint::LONGEST));
        let more_than_a_number_holds = Hint::from_close_reason("retry-after=99999999999999999999");
        assert_eq!(more_than_a_number_holds.retry_after, Some(Hint::LONGEST));
    }

    #[test]
    fn within_a_cap_the_floor_holds_and_the_window_is_cut() {
        let (minute, second) = (Duration::from_mins(1), Duration::from_secs(1));
        let mut random = SeededRandom::new(1);
        let mut within = |hint: Hint| hint.within(minute, &mut random);
        let hint = within(Hint::retry_after(50 * second));
        assert_eq!((hint.retry_after, hint.spread), (Some(50 * second), Some(10 * second)));
        assert_eq!(within(Hint::slot(Hint::LONGEST)), Hint::slot(minute));
        assert_eq!(within(Hint::spread(Hint::LONGEST)), Hint::spread(minute));
        for _ in 0..100 {
            let hint = within(Hint::retry_after(Hint::LONGEST));
            let wait = hint.retry_after.unwrap() + hint.spread.unwrap();
            assert!((54 * second..=minute).contains(&wait), "{wait:?}");
        }
    }

    #[test]
    fn a_cap_of_zero_leaves_nothing_of_a_wait() {
        let mut random = SeededRandom::new(1);
        for hint in [Hint::retry_after(Hint::LONGEST), Hint::slot(Hint::LONGEST), Hint::NONE] {
            assert!(!hint.within(Duration::ZERO, &mut random).asks_to_wait());
        }
    }

    #[test]
    fn a_spread_in_a_header_is_whole_seconds_and_anything_else_is_none() {
        assert_eq!(Hint::read_spread(" 0 "), Some(Duration::ZERO));
        assert_eq!(Hint::read_spread("999999"), Some(Hint::LONGEST));
        for text in ["", "-1", "1.5", "soon"] {
            assert_eq!(Hint::read_spread(text), None, "{text}");
        }
    }

    #[test]
    fn no_duration_is_too_long_to_be_written() {
        let longest = Some(Duration::MAX);
        let hint = Hint { retry_after: longest, spread: longest, max_idle: longest };
        assert_eq!(hint.to_close_reason(), "retry-after=86400;spread=86400;max-idle=86400");
    }

    #[test]
    fn a_slot_is_a_wait_without_a_spread() {
        assert_eq!(
            Hint::slot(Duration::from_millis(1500)).to_close_reason(),
            "retry-after=2;spread=0"
        );
    }
}
