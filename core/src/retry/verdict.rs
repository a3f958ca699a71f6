use core::time::Duration;

use crate::event::EventKind;

/// What to do after a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Give up: hand the failure on.
    GiveUp(GiveUp),
    /// Wait this long, then try again.
    RetryIn(Duration),
}

/// Why an operation is not tried again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum GiveUp {
    /// It was cancelled, or is not known.
    Cancelled,
    /// The next attempt would begin after its deadline.
    Deadline,
    /// It would fail again.
    Final,
    /// Its attempts ran out.
    MaxAttempts,
    /// The other side asked for a wait that is longer than the policy allows.
    ServerWait,
    /// Too many retries fail at the moment.
    Throttled,
}

impl Verdict {
    /// The event beside the failure of this attempt: there will be another, or none.
    #[must_use]
    pub fn consequence(self, attempt: u32) -> EventKind {
        match self {
            Self::GiveUp(_) => EventKind::RetryExhausted { attempts: attempt },
            Self::RetryIn(delay) => {
                EventKind::RetryAttempt { attempt: attempt.saturating_add(1), delay }
            }
        }
    }
}
