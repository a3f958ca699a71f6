use std::time::Duration;

use super::{KeyPolicy, Permission};
use crate::store::StoreError;

/// A request was refused for who made it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The key was good once.
    #[error("the key has expired, or was revoked")]
    Expired,
    /// The key is of a kind that may not do this.
    #[error("this needs a {needed}")]
    Kind {
        /// What the key would have to permit.
        needed: Permission,
    },
    /// A key cannot be called that.
    #[error(
        "name has {0} bytes; allowed are at most {max} bytes without control characters",
        max = KeyPolicy::MAX_NAME
    )]
    KeyName(usize),
    /// No key was given.
    #[error("a key is needed, as `Authorization: Bearer <key>`")]
    Missing,
    /// Pages of this origin may not use the key.
    #[error("pages of this origin may not use this key")]
    Origin,
    /// Not the origin of a page.
    #[error("origins has {0:?}; allowed are origins such as https://app.example")]
    OriginName(String),
    /// Not as many origins as may be.
    #[error("origins has too many entries; allowed is {0}")]
    Origins(&'static str),
    /// The report speaks of a session of another organisation.
    #[error("session.organizationId is {0:?}, which is not the organisation of this key")]
    Organization(String),
    /// An organisation cannot be called that.
    #[error("organization has {0} bytes; allowed are 1 to 128 bytes without control characters")]
    OrganizationName(usize),
    /// Not a number of requests that a minute may have.
    #[error("perMinute is {0}; allowed is 1 to {max}", max = KeyPolicy::MAX_PER_MINUTE)]
    PerMinute(u32),
    /// The operating system has no random numbers to give.
    #[error("no random numbers: {0}")]
    Random(#[from] getrandom::Error),
    /// More requests came with the key than may.
    #[error("{per_minute} requests a minute may come with this key")]
    Rate {
        /// How many may.
        per_minute: u32,
        /// How long the next one has to wait.
        wait: Duration,
    },
    /// The key could not be looked up.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The key is not one of this collector.
    #[error("the key is not known here")]
    Unknown,
}

impl AuthError {
    /// The stable name of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Expired => "auth.expired",
            Self::Kind { .. } => "auth.kind",
            Self::KeyName(_) => "key.name",
            Self::Missing => "auth.missing",
            Self::Origin => "auth.origin",
            Self::OriginName(_) => "key.origin",
            Self::Origins(_) => "key.origins",
            Self::Organization(_) => "auth.organization",
            Self::OrganizationName(_) => "auth.organization_name",
            Self::PerMinute(_) => "key.per_minute",
            Self::Rate { .. } => "auth.rate",
            Self::Random(_) => "auth.random",
            Self::Store(error) => error.code(),
            Self::Unknown => "auth.unknown",
        }
    }
}
