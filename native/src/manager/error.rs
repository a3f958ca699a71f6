use steadfast_core::ConfigError;
use steadfast_core::manager;

use crate::runtime::Missing;

/// A manager, a monitor or a server could not be made. Nothing was started.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// An option makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// There is no tokio runtime to keep its deadlines on.
    #[error("no tokio runtime: it has to be made within one")]
    Runtime,
    /// The tokio runtime has no timers.
    #[error("{0}")]
    RuntimeIncomplete(&'static str),
}

/// Something asked of a manager was refused. Nothing has changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ManagerError {
    /// The manager was closed.
    #[error("the manager is closed")]
    Closed,
    /// It makes no sense, or no sense now.
    #[error(transparent)]
    Refused(#[from] manager::ManagerError),
}

impl From<Missing> for StartError {
    fn from(missing: Missing) -> Self {
        match missing {
            Missing::Runtime => Self::Runtime,
            missing => Self::RuntimeIncomplete(missing.message()),
        }
    }
}

impl StartError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(error) => error.code(),
            Self::Runtime | Self::RuntimeIncomplete(_) => "system.runtime",
        }
    }
}

impl ManagerError {
    /// The stable name of this refusal, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Closed => "manager.closed",
            Self::Refused(error) => error.code(),
        }
    }
}
