use alloc::string::{String, ToString};
use core::time::Duration;

/// What a server wishes of its clients: when to come back, and how long a link may be silent.
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

    /// No wish at all.
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
            let Ok(seconds) = value.trim().parse() else { continue };
            let asked = Some(Duration::from_secs(seconds).min(Self::LONGEST));
            match name.trim() {
                RETRY_AFTER => hint.retry_after = asked,
                SPREAD => hint.spread = asked,
                MAX_IDLE => hint.max_idle = asked,
                _ => {}
            }
        }
        hint
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
            let seconds = asked.as_secs() + u64::from(asked.subsec_nanos() > 0);
            reason.push_str(name);
            reason.push('=');
            reason.push_str(&seconds.to_string());
        }
        reason
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

#[cfg(test)]
mod tests {
    use super::*;

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
        for reason in ["", "going away", "retry-after", "retry-after=soon", "retry-after=-1", "a=1"]
        {
            assert_eq!(Hint::from_close_reason(reason), Hint::NONE, "{reason}");
        }
    }

    #[test]
    fn no_server_parks_its_clients_for_longer_than_a_day() {
        let hint = Hint::from_close_reason("retry-after=99999999999;spread=86401");
        assert_eq!(hint.retry_after, Some(Hint::LONGEST));
        assert_eq!(hint.spread, Some(Hint::LONGEST));
    }

    #[test]
    fn a_slot_is_a_wait_without_a_spread() {
        assert_eq!(
            Hint::slot(Duration::from_millis(1500)).to_close_reason(),
            "retry-after=2;spread=0"
        );
    }
}
