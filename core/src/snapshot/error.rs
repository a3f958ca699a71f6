use alloc::string::String;

use crate::error::ConfigError;

/// Bytes are no snapshot that can be read. Nothing of them is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SnapshotError {
    /// It is a snapshot, but not whole, or not as it was.
    #[error("the snapshot is damaged")]
    Damaged,
    /// It is something else.
    #[error("this is no snapshot of a connection")]
    Foreign,
    /// Another version wrote it.
    #[error("the snapshot has version {found}; only {known} is known")]
    Version {
        /// Its version.
        found: u8,
        /// The version that can be read.
        known: u8,
    },
}

/// A connection cannot go on from a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RestoreError {
    /// The configuration makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// It is of another session than the configuration speaks of.
    #[error("the snapshot is of the session {found}, not of {wanted}")]
    Session {
        /// The session of the snapshot.
        found: String,
        /// The session of the configuration.
        wanted: String,
    },
}

impl SnapshotError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Damaged => "snapshot.damaged",
            Self::Foreign => "snapshot.foreign",
            Self::Version { .. } => "snapshot.version",
        }
    }
}

impl RestoreError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(error) => error.code(),
            Self::Session { .. } => "snapshot.session",
        }
    }
}
