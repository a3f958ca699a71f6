use super::KeyKind;
use crate::store::StoreError;

/// A request was refused for who made it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AuthError {
    /// The key is of the other kind.
    #[error("this needs a {} key, beginning with {}", .needed.as_str(), .needed.prefix())]
    Kind {
        /// The kind that it takes.
        needed: KeyKind,
    },
    /// No key was given.
    #[error("a key is needed, as `Authorization: Bearer <key>`")]
    Missing,
    /// The report speaks of a session of another organisation.
    #[error("session.organizationId is {0:?}, which is not the organisation of this key")]
    Organization(String),
    /// An organisation cannot be called that.
    #[error("organization has {0} bytes; allowed are 1 to 128 bytes without control characters")]
    OrganizationName(usize),
    /// The operating system has no random numbers to give.
    #[error("no random numbers: {0}")]
    Random(#[from] getrandom::Error),
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
            Self::Kind { .. } => "auth.kind",
            Self::Missing => "auth.missing",
            Self::Organization(_) => "auth.organization",
            Self::OrganizationName(_) => "auth.organization_name",
            Self::Random(_) => "auth.random",
            Self::Store(error) => error.code(),
            Self::Unknown => "auth.unknown",
        }
    }
}
