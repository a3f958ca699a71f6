use alloc::string::String;
use core::error::Error;
use core::fmt;

use crate::decimal;
use crate::error::ConfigError;

/// Bytes are no snapshot that can be read. Nothing of them is taken over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum SnapshotError {
    /// It is a snapshot, but not whole, or not as it was.
    Damaged,
    /// It is something else.
    Foreign,
    /// Another version wrote it.
    Version {
        /// Its version.
        found: u8,
        /// The latest version that can be read.
        known: u8,
    },
}

/// A connection cannot go on from a snapshot.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum RestoreError {
    /// The configuration makes no sense.
    Config(ConfigError),
    /// It is of another session than the configuration speaks of.
    Session {
        /// The session of the snapshot.
        found: String,
        /// The session of the configuration.
        wanted: String,
    },
}

impl SnapshotError {
    /// What the error says, put together without the formatter, which takes much code.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Damaged => "the snapshot is damaged".into(),
            Self::Foreign => "this is no snapshot of a connection".into(),
            Self::Version { found, known } => {
                let (found, known) =
                    (decimal::whole((*found).into()), decimal::whole((*known).into()));
                ["the snapshot has version ", &found, "; the latest known is ", &known].concat()
            }
        }
    }

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
    /// What the error says, put together without the formatter, which takes much code.
    #[must_use]
    pub fn message(&self) -> String {
        match self {
            Self::Config(error) => error.message(),
            Self::Session { found, wanted } => {
                ["the snapshot is of the session ", found, ", not of ", wanted].concat()
            }
        }
    }

    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(error) => error.code(),
            Self::Session { .. } => "snapshot.session",
        }
    }
}

impl From<ConfigError> for RestoreError {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl fmt::Display for SnapshotError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl fmt::Display for RestoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl Error for SnapshotError {}

impl Error for RestoreError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Config(error) => error.source(),
            Self::Session { .. } => None,
        }
    }
}
