use std::fmt;
use std::path::PathBuf;

use super::settings::names;

/// The collector cannot run as configured.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file cannot be read.
    #[error("{file} cannot be read: {reason}", file = .file.display())]
    File {
        /// The file.
        file: PathBuf,
        /// Why.
        reason: String,
    },
    /// The database's folder does not exist.
    #[error("database {}: there is no folder {}", .file.display(), .folder.display())]
    Folder {
        /// The file.
        file: PathBuf,
        /// The folder that does not exist.
        folder: PathBuf,
    },
    /// A program set a rule of [`Config::health`](super::Config::health) that makes no sense.
    #[error(transparent)]
    Health(#[from] steadfast_core::ConfigError),
    /// The file sets a setting that does not exist.
    #[error("{place} is not known; allowed are {allowed}", allowed = names())]
    Unknown {
        /// Where it stands.
        place: Place,
    },
    /// A value is not one that is allowed.
    #[error("{place} is {value:?}; allowed is {allowed}")]
    Value {
        /// Where it stands.
        place: Place,
        /// The value; of a secret only that there is one.
        value: String,
        /// What is allowed.
        allowed: &'static str,
    },
}

/// Where a value came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// Nowhere: it is the default.
    Default,
    /// A program set this field of a [`Config`](super::Config).
    Field(&'static str),
    /// This key in a file.
    File {
        /// The file.
        file: PathBuf,
        /// The key.
        key: String,
    },
    /// This flag, with its dashes.
    Flag(String),
    /// This variable of the environment.
    Variable(String),
}

impl ConfigError {
    /// The stable name of this refusal.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::File { .. } => "config.file",
            Self::Folder { .. } => "config.folder",
            Self::Health(error) => error.code(),
            Self::Unknown { .. } => "config.unknown",
            Self::Value { .. } => "config.value",
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::Field(name) => f.write_str(name),
            Self::File { file, key } => write!(f, "{key} in {}", file.display()),
            Self::Flag(name) | Self::Variable(name) => f.write_str(name),
        }
    }
}
