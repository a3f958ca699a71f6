use alloc::string::String;
use core::fmt;

use crate::connection::{IllegalTransition, Status};
use crate::decimal::{self, count};
use crate::error::ConfigError;

/// A change of a session was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ManagerError {
    /// The session exists already.
    DuplicateSession(String),
    /// The status cannot follow the present one.
    IllegalTransition(IllegalTransition),
    /// What was registered makes no sense.
    Invalid(ConfigError),
    /// There is no attempt that could have failed.
    NotReconnecting(Status),
    /// The time stamp of a heartbeat lies in the future.
    TimestampInFuture {
        /// How far ahead it is, in milliseconds.
        ahead_millis: u64,
    },
    /// There are as many sessions as the configuration allows.
    TooManySessions {
        /// The bound.
        max: usize,
    },
    /// The organisation has as many sessions as the configuration allows.
    TooManySessionsOfOrganization {
        /// The bound.
        max: usize,
    },
    /// The user has as many sessions as the configuration allows.
    TooManySessionsOfUser {
        /// The bound.
        max: usize,
    },
    /// No such session.
    UnknownSession(String),
}

impl ManagerError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::DuplicateSession(_) => "manager.duplicate_session",
            Self::IllegalTransition(error) => error.code(),
            Self::Invalid(error) => error.code(),
            Self::NotReconnecting(_) => "manager.not_reconnecting",
            Self::TimestampInFuture { .. } => "manager.timestamp_in_future",
            Self::TooManySessions { .. } => "manager.too_many_sessions",
            Self::TooManySessionsOfOrganization { .. } => {
                "manager.too_many_sessions_of_organization"
            }
            Self::TooManySessionsOfUser { .. } => "manager.too_many_sessions_of_user",
            Self::UnknownSession(_) => "manager.unknown_session",
        }
    }
    /// What the error says, put together without the formatter, which takes much code.
    #[must_use]
    pub fn message(&self) -> String {
        let full = |before: &str, max: usize, after: &str| [before, &count(max), after].concat();
        match self {
            Self::DuplicateSession(id) => ["session \"", id, "\" is registered already"].concat(),
            Self::IllegalTransition(error) => error.message(),
            Self::Invalid(error) => error.message(),
            Self::NotReconnecting(status) => {
                let only = "; only one that is RECONNECTING has attempts";
                ["the session is ", status.as_str(), only].concat()
            }
            Self::TimestampInFuture { ahead_millis } => {
                let ahead = decimal::text(*ahead_millis as f64);
                ["clientTimestamp is ", &ahead, " ms in the future; allowed is the past"].concat()
            }
            Self::TooManySessions { max } => {
                full("", *max, " sessions are registered, which is maxSessions")
            }
            Self::TooManySessionsOfOrganization { max } => {
                let after = " sessions, which is maxSessionsPerOrganization";
                full("the organisation has ", *max, after)
            }
            Self::TooManySessionsOfUser { max } => {
                full("the user has ", *max, " sessions, which is maxSessionsPerUser")
            }
            Self::UnknownSession(id) => ["session \"", id, "\" is not registered"].concat(),
        }
    }
}

impl From<IllegalTransition> for ManagerError {
    fn from(error: IllegalTransition) -> Self {
        Self::IllegalTransition(error)
    }
}

impl From<ConfigError> for ManagerError {
    fn from(error: ConfigError) -> Self {
        Self::Invalid(error)
    }
}

impl fmt::Display for ManagerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl core::error::Error for ManagerError {}
