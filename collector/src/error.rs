use crate::auth::AuthError;
use crate::config::{ConfigError, ListenAddress};
use crate::outgoing::OutgoingError;
use crate::store::StoreError;

/// The collector could not be started.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum StartError {
    /// The first keys could not be made.
    #[error(transparent)]
    Auth(#[from] AuthError),
    /// It cannot run as configured.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The fleet cannot be set up as configured.
    #[error(transparent)]
    Fleet(#[from] steadfast_core::ConfigError),
    /// The address cannot be listened on.
    #[error("cannot listen on {address}: {reason}")]
    Listen {
        /// The address, as it is set.
        address: ListenAddress,
        /// Why.
        reason: std::io::Error,
    },
    /// Webhooks cannot be sent.
    #[error(transparent)]
    Outgoing(#[from] OutgoingError),
    /// What is counted cannot be set up.
    #[error(transparent)]
    Metrics(#[from] prometheus::Error),
    /// The database cannot be used.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StartError {
    /// The stable name of this failure.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Auth(error) => error.code(),
            Self::Config(error) => error.code(),
            Self::Fleet(error) => error.code(),
            Self::Listen { .. } => "config.listen",
            Self::Metrics(_) => "metrics",
            Self::Outgoing(error) => error.code(),
            Self::Store(error) => error.code(),
        }
    }
}
