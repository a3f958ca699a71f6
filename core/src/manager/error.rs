use alloc::string::String;

use crate::connection::{IllegalTransition, Status};
use crate::error::ConfigError;

/// A change of a session was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManagerError {
    /// The session exists already.
    #[error("session {0:?} is registered already")]
    DuplicateSession(String),
    /// The status cannot follow the present one.
    #[error(transparent)]
    IllegalTransition(#[from] IllegalTransition),
    /// What was registered makes no sense.
    #[error(transparent)]
    Invalid(#[from] ConfigError),
    /// There is no attempt that could have failed.
    #[error("the session is {}; only one that is RECONNECTING has attempts", .0.as_str())]
    NotReconnecting(Status),
    /// The time stamp of a heartbeat lies in the future.
    #[error("clientTimestamp is {ahead_millis} ms in the future; allowed is the past")]
    TimestampInFuture {
        /// How far ahead it is, in milliseconds.
        ahead_millis: u64,
    },
    /// There are as many sessions as the configuration allows.
    #[error("{max} sessions are registered, which is maxSessions")]
    TooManySessions {
        /// The bound.
        max: usize,
    },
    /// The organisation has as many sessions as the configuration allows.
    #[error("the organisation has {max} sessions, which is maxSessionsPerOrganization")]
    TooManySessionsOfOrganization {
        /// The bound.
        max: usize,
    },
    /// The user has as many sessions as the configuration allows.
    #[error("the user has {max} sessions, which is maxSessionsPerUser")]
    TooManySessionsOfUser {
        /// The bound.
        max: usize,
    },
    /// No such session.
    #[error("session {0:?} is not registered")]
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
}
