use std::error::Error;
use std::fmt;

use steadfast_core::ConfigError;
use steadfast_core::breaker::Rejection;

/// A call behind a breaker failed, or was not made.
///
/// Where the call's own error is an [`Error`], so is this, and has it as its
/// [`source`](Error::source). A call whose errors are texts, or boxed, has
/// [`into_boxed`](Self::into_boxed).
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CircuitError<E> {
    /// There is no such circuit, and it cannot be made: its threshold or time-out makes no sense.
    Config(ConfigError),
    /// The call's own error.
    Failed(E),
    /// It was turned away.
    Open(Rejection),
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

    /// The same as a boxed error, for calls whose errors are boxed, or texts, and so are no errors
    /// by themselves.
    #[must_use]
    pub fn into_boxed(self) -> Box<dyn Error + Send + Sync>
    where
        E: Into<Box<dyn Error + Send + Sync>>,
    {
        match self {
            Self::Config(error) => error.into(),
            Self::Failed(error) => error.into(),
            Self::Open(rejection) => rejection.into(),
        }
    }
}

impl<E> From<ConfigError> for CircuitError<E> {
    fn from(error: ConfigError) -> Self {
        Self::Config(error)
    }
}

impl<E> From<Rejection> for CircuitError<E> {
    fn from(rejection: Rejection) -> Self {
        Self::Open(rejection)
    }
}

impl<E: fmt::Display> fmt::Display for CircuitError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Config(error) => write!(f, "{error}"),
            Self::Failed(error) => write!(f, "{error}"),
            Self::Open(rejection) => write!(f, "{rejection}"),
        }
    }
}

impl<E: Error + 'static> Error for CircuitError<E> {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::Config(error) => Some(error),
            Self::Failed(error) => Some(error),
            Self::Open(rejection) => Some(rejection),
        }
    }
}
