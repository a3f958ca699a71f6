use std::error::Error;
use std::fmt;
use std::time::Duration;

use steadfast_core::ConfigError;
use steadfast_core::breaker::Rejection;
use steadfast_core::retry::GiveUp;

/// An operation was given up.
///
/// Where the operation's own error is an [`Error`], so is this, and has it as its
/// [`source`](Error::source). An operation whose errors are texts, or boxed, has
/// [`into_boxed`](Self::into_boxed).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RetryError<E> {
    /// It was cancelled. Nothing was called any more.
    Cancelled {
        /// The attempts that had begun.
        attempts: u32,
        /// How the last of them that ended had failed.
        last: Option<AttemptError<E>>,
    },
    /// The breaker turned an attempt away.
    CircuitOpen {
        /// Why, and when to ask again.
        rejection: Rejection,
        /// How the attempt before it had failed, if there was one.
        last: Option<AttemptError<E>>,
    },
    /// An option makes no sense. Nothing was called.
    Config(ConfigError),
    /// The next attempt would have begun after the deadline.
    Deadline {
        /// The attempts that were made.
        attempts: u32,
        /// How the last of them failed.
        last: AttemptError<E>,
    },
    /// The attempts ran out.
    Exhausted {
        /// The attempts that were made.
        attempts: u32,
        /// How the last of them failed.
        last: AttemptError<E>,
    },
    /// It failed as it would fail again.
    Final {
        /// The attempts that were made.
        attempts: u32,
        /// How the last of them failed.
        last: AttemptError<E>,
    },
    /// It had to wait, or an attempt to be timed, outside of a tokio runtime, or on one without
    /// timers.
    Runtime(&'static str),
    /// The other side asked for a wait longer than `max_server_wait`.
    ServerWait {
        /// The attempts that were made.
        attempts: u32,
        /// The wait that it asked for.
        retry_after: Duration,
        /// How the last of them failed.
        last: AttemptError<E>,
    },
    /// The throttle held the retry back: too many fail at the moment.
    Throttled {
        /// The attempts that were made.
        attempts: u32,
        /// How the last of them failed.
        last: AttemptError<E>,
    },
}

/// How one attempt failed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum AttemptError<E> {
    /// By the operation's own error.
    Failed(E),
    /// By an answer that says to try again, and that was let go of before the next attempt.
    Rejected,
    /// It took longer than it was given.
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
            Self::ServerWait { .. } => "retry.server_wait",
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
            | Self::ServerWait { last, .. }
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
            | Self::ServerWait { last, .. }
            | Self::Throttled { last, .. } => last,
        };
        match last {
            AttemptError::Failed(error) => Some(error),
            AttemptError::Rejected | AttemptError::TimedOut(_) => None,
        }
    }

    /// How long the other side asked to be left alone, where that was too long to wait.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::ServerWait { retry_after, .. } => Some(*retry_after),
            _ => None,
        }
    }

    /// The same as a boxed error, for operations whose errors are boxed, or texts, and so are no
    /// errors by themselves. Its source is the operation's own error.
    #[must_use]
    pub fn into_boxed(self) -> Box<dyn Error + Send + Sync>
    where
        E: Into<Box<dyn Error + Send + Sync>> + fmt::Display,
    {
        let message = self.to_string();
        match self {
            Self::Config(error) => error.into(),
            other => Box::new(Boxed { message, source: other.into_inner().map(Into::into) }),
        }
    }

    pub(super) fn given_up(
        reason: GiveUp,
        attempts: u32,
        last: AttemptError<E>,
        retry_after: Duration,
    ) -> Self {
        match reason {
            GiveUp::Cancelled => Self::Cancelled { attempts, last: Some(last) },
            GiveUp::Deadline => Self::Deadline { attempts, last },
            GiveUp::Final => Self::Final { attempts, last },
            GiveUp::ServerWait => Self::ServerWait { attempts, retry_after, last },
            GiveUp::Throttled => Self::Throttled { attempts, last },
            _ => Self::Exhausted { attempts, last },
        }
    }
}

impl<E> From<ConfigError> for RetryError<E> {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl<E: fmt::Display> fmt::Display for RetryError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cancelled { attempts, .. } => write!(f, "cancelled after {attempts} attempts"),
            Self::CircuitOpen { rejection, .. } => write!(f, "{rejection}"),
            Self::Config(error) => write!(f, "{error}"),
            Self::Deadline { attempts, last } => {
                let next = attempts.saturating_add(1);
                write!(f, "the deadline does not leave time for attempt {next}: {last}")
            }
            Self::Exhausted { attempts, last } => {
                write!(f, "attempt {attempts} was the last: {last}")
            }
            Self::Final { last, .. } => write!(f, "{last}"),
            Self::Runtime(message) => f.write_str(message),
            Self::ServerWait { retry_after, last, .. } => {
                let millis = retry_after.as_millis();
                write!(
                    f,
                    "the server asked for a wait of {millis} ms, more than maxServerWait: {last}"
                )
            }
            Self::Throttled { last, .. } => {
                write!(f, "too many retries fail at the moment: {last}")
            }
        }
    }
}

impl<E: Error + 'static> Error for RetryError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.last().and_then(AttemptError::cause)
    }
}

impl<E: fmt::Display> fmt::Display for AttemptError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Failed(error) => write!(f, "{error}"),
            Self::Rejected => f.write_str("the answer was to try again"),
            Self::TimedOut(after) => write!(f, "timed out after {} ms", after.as_millis()),
        }
    }
}

impl<E: Error + 'static> AttemptError<E> {
    fn cause(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Failed(error) => Some(error),
            Self::Rejected | Self::TimedOut(_) => None,
        }
    }
}

impl<E: Error + 'static> Error for AttemptError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause()
    }
}

/// What [`RetryError::into_boxed`] gives.
#[derive(Debug)]
struct Boxed {
    message: String,
    source: Option<Box<dyn Error + Send + Sync>>,
}

impl fmt::Display for Boxed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl Error for Boxed {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_ref().map(|source| &**source as &(dyn Error + 'static))
    }
}
