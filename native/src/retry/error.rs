use std::time::Duration;

use steadfast_core::ConfigError;
use steadfast_core::breaker::Rejection;
use steadfast_core::retry::GiveUp;

/// An operation was given up.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RetryError<E> {
    /// It was cancelled. Nothing was called any more.
    #[error("cancelled after {attempts} attempts")]
    Cancelled {
        /// The attempts that had begun.
        attempts: u32,
        /// How the last of them that ended had failed.
        last: Option<AttemptError<E>>,
    },
    /// The breaker turned an attempt away.
    #[error("{rejection}")]
    CircuitOpen {
        /// Why, and when to ask again.
        rejection: Rejection,
        /// How the attempt before it had failed, if there was one.
        last: Option<AttemptError<E>>,
    },
    /// What was asked for makes no sense. Nothing was called.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The next attempt would have begun after the deadline.
    #[error("the deadline does not leave time for attempt {}: {last}", .attempts + 1)]
    Deadline {
        /// The attempts that were made.
        attempts: u32,
        /// How the last of them failed.
        last: AttemptError<E>,
    },
    /// The attempts ran out.
    #[error("attempt {attempts} was the last: {last}")]
    Exhausted {
        /// The attempts that were made.
        attempts: u32,
        /// How the last of them failed.
        last: AttemptError<E>,
    },
    /// It failed as it would fail again.
    #[error("{last}")]
    Final {
        /// The attempts that were made.
        attempts: u32,
        /// How the last of them failed.
        last: AttemptError<E>,
    },
    /// It had to wait, or an attempt to be timed, outside of a tokio runtime, or on one without
    /// timers.
    #[error("{0}")]
    Runtime(&'static str),
    /// The throttle held the retry back: too many fail at the moment.
    #[error("too many retries fail at the moment: {last}")]
    Throttled {
        /// The attempts that were made.
        attempts: u32,
        /// How the last of them failed.
        last: AttemptError<E>,
    },
}

/// How one attempt failed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum AttemptError<E> {
    /// By the operation's own error.
    #[error("{0}")]
    Failed(E),
    /// By an answer that says to try again, and that was let go of before the next attempt.
    #[error("the answer was to try again")]
    Rejected,
    /// It took longer than it was given.
    #[error("timed out after {} ms", .0.as_millis())]
    TimedOut(Duration),
}

impl<E> RetryError<E> {
    /// The stable name of this error, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Cancelled { .. } => "retry.cancelled",
            Self::CircuitOpen { rejection, .. } => rejection.code(),
            Self::Config(error) => error.code(),
            Self::Deadline { .. } => "retry.deadline",
            Self::Exhausted { .. } => "retry.exhausted",
            Self::Final { .. } => "retry.final",
            Self::Runtime(_) => "system.runtime",
            Self::Throttled { .. } => "retry.throttled",
        }
    }

    /// How the last attempt failed; absent if none has.
    #[must_use]
    pub fn last(&self) -> Option<&AttemptError<E>> {
        match self {
            Self::Cancelled { last, .. } | Self::CircuitOpen { last, .. } => last.as_ref(),
            Self::Config(_) | Self::Runtime(_) => None,
            Self::Deadline { last, .. }
            | Self::Exhausted { last, .. }
            | Self::Final { last, .. }
            | Self::Throttled { last, .. } => Some(last),
        }
    }

    /// The operation's own error at the last attempt; absent if it ended otherwise.
    #[must_use]
    pub fn into_inner(self) -> Option<E> {
        let last = match self {
            Self::Cancelled { last, .. } | Self::CircuitOpen { last, .. } => last?,
            Self::Config(_) | Self::Runtime(_) => return None,
            Self::Deadline { last, .. }
            | Self::Exhausted { last, .. }
            | Self::Final { last, .. }
            | Self::Throttled { last, .. } => last,
        };
        match last {
            AttemptError::Failed(error) => Some(error),
            AttemptError::Rejected | AttemptError::TimedOut(_) => None,
        }
    }

    pub(super) fn given_up(reason: GiveUp, attempts: u32, last: AttemptError<E>) -> Self {
        match reason {
            GiveUp::Cancelled => Self::Cancelled { attempts, last: Some(last) },
            GiveUp::Deadline => Self::Deadline { attempts, last },
            GiveUp::Final => Self::Final { attempts, last },
            GiveUp::Throttled => Self::Throttled { attempts, last },
            _ => Self::Exhausted { attempts, last },
        }
    }
}
