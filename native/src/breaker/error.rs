use steadfast_core::ConfigError;
use steadfast_core::breaker::Rejection;

/// A call behind a breaker failed, or was not made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum CircuitError<E> {
    /// There is no such circuit, and it cannot be made: its threshold or time-out makes no sense.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The call's own error.
    #[error("{0}")]
    Failed(E),
    /// It was turned away.
    #[error(transparent)]
    Open(#[from] Rejection),
}

impl<E> CircuitError<E> {
    /// The stable name of this error, the same in Rust and in JavaScript.
    #[must_use]
    pub fn code(&self) -> &'static str {
        match self {
            Self::Config(error) => error.code(),
            Self::Failed(_) => "circuit.call_failed",
            Self::Open(rejection) => rejection.code(),
        }
    }
}
