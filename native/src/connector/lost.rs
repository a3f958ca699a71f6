use std::error::Error;
use std::fmt;
use std::io;
use std::sync::Arc;

use steadfast_core::connection::Cause;
use steadfast_core::protocol::Hint;

/// Why a link is gone, or never came up.
///
/// Made of a [`Cause`], which decides what happens next; an error of the network becomes
/// [`Cause::Network`]. What exactly failed is its [`source`](Error::source), where it is known.
///
/// Two are equal if cause and hint are: sources cannot be compared.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Lost {
    /// Why.
    pub cause: Cause,
    /// The peer's hint: when to come back, say.
    pub hint: Hint,
    source: Option<Arc<dyn Error + Send + Sync>>,
}

impl Lost {
    /// Lost, and the peer said when to come back.
    #[must_use]
    pub fn hinted(cause: Cause, hint: Hint) -> Self {
        Self { cause, hint, source: None }
    }

    /// The same, with the error that tells more. It is shown to the user of the connection by
    /// [`Connection::last_loss`](crate::Connection::last_loss), and in the log at the level
    /// `debug`, so it must not quote what is secret.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.source = Some(Arc::from(source.into()));
        self
    }
}

impl PartialEq for Lost {
    fn eq(&self, other: &Self) -> bool {
        (self.cause, self.hint) == (other.cause, other.hint)
    }
}

impl Eq for Lost {}

impl fmt::Display for Lost {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the link is lost: {}", self.cause)
    }
}

impl Error for Lost {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn Error + 'static))
    }
}

impl From<Cause> for Lost {
    fn from(cause: Cause) -> Self {
        Self::hinted(cause, Hint::NONE)
    }
}

impl From<io::Error> for Lost {
    fn from(error: io::Error) -> Self {
        Self::from(Cause::Network).with_source(error)
    }
}
